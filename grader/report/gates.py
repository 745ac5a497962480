"""Gates: what a run has to reach, by itself and beside a baseline.

A run is no worse than a baseline by more than a margin if the lower end of a one-sided 95 %
interval of the difference, paired by question, lies above minus the margin: non-inferiority, as
in ICH E9, Statistical Principles for Clinical Trials (1998), section 3.3.2. That no difference
could be shown is no proof that there is none; docs/decisions/0013-gates.md says more.
"""

from __future__ import annotations

import math
import os
from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from grader.errors import RunError
from grader.files import did_you_mean
from grader.report.schema import GateComparison, GateResult, Mean, Report, Unit
from grader.run import Run, round_off
from grader.stats import Estimate, paired

__all__ = ["MARGIN", "Gates", "check_gates", "gated", "refuse_gates"]

MARGIN = 0.02

# Two-sided, so that its lower end is that of the one-sided 95 % interval.
_LEVEL = 0.90
# More than anyone will ask; a forecast beyond is no help.
_MOST_QUESTIONS = 100_000
# In a run's identity, as are options of how it is kept; what else stands there decides grades.
_ANSWERS = "answers"


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run has to reach; nothing by default. Scores are 0..1.

    Attributes:
        fail_under: least mean score of all answers.
        topics: least mean score by topic.
        baseline: directory of a run than which this one must not be worse.
        margin: by more than so much; means of the questions that both have are compared.
    """

    fail_under: Unit | None = None
    topics: Mapping[str, Unit] = {}
    baseline: str | None = None
    margin: Annotated[float, Meta(gt=0, le=1)] = MARGIN

    def __bool__(self) -> bool:
        return self.fail_under is not None or bool(self.topics) or self.baseline is not None


def gated(report: Report, gates: Gates, run: Run) -> Report:
    """The report with what the gates say of the run; see :func:`check_gates`."""
    return msgspec.structs.replace(report, gates=check_gates(gates, run, report))


def check_gates(gates: Gates, run: Run, report: Report) -> tuple[GateResult, ...]:
    """What each gate says: first the mean, then the topics, then the baseline.

    A mean that cannot be judged passes no gate, nor does a run without a score for a question
    that the baseline has one for.

    Args:
        gates: what to reach.
        run: with its manifest, which must say how it was graded if there is a baseline.
        report: of that run.

    Raises:
        RunError: there is no such topic; the baseline cannot be read, was graded otherwise, has
            no score, or no question in common with the run.
    """
    identity = run.manifest.get("identity")
    baseline = refuse_gates(gates, topics=_topics(run, report), identity=identity)
    results = []
    if gates.fail_under is not None:
        results.append(_reaches(report.overall, gates.fail_under))
    means = {topic.topic: topic.score for topic in report.topics}
    nothing = Mean(answers=0, judged=0, mean=None, low=None, high=None)
    for topic, threshold in gates.topics.items():
        results.append(_reaches(means.get(topic, nothing), threshold, topic))
    if baseline is not None:
        results.append(_no_worse(gates, baseline, run, report))
    return tuple(results)


def refuse_gates(gates: Gates, *, topics: Collection[str], identity: object) -> Run | None:
    """Refuse gates that cannot be applied, which can be told before anything is graded.

    Args:
        gates: what to reach.
        topics: all that there are.
        identity: of the run's manifest: what its grades depend on.

    Returns:
        The baseline, if one is asked for.

    Raises:
        RunError: there is no such topic, or the baseline cannot be read or was graded otherwise.
    """
    for topic in gates.topics:
        if topic not in topics:
            known = ", ".join(sorted(topics)) or "none"
            near = did_you_mean(topic, topics)
            raise RunError(f"no topic '{topic}' to hold to a threshold; topics are {known}{near}")
    if gates.baseline is None:
        return None
    baseline = Run.read(gates.baseline)
    _graded_alike(baseline.manifest.get("identity"), identity, gates.baseline)
    return baseline


def _topics(run: Run, report: Report) -> set[str]:
    bank = run.manifest.get("bank") or {}
    asked = {topic for question in run.questions.values() for topic in question.topics}
    return asked | {topic.topic for topic in report.topics} | set(bank.get("topics") or {})


def _graded_alike(theirs: object, ours: object, path: str | os.PathLike[str]) -> None:
    if not isinstance(theirs, Mapping):
        raise RunError("its manifest does not say how it was graded; grade it again", path=path)
    if not isinstance(ours, Mapping):
        raise RunError("the run's manifest does not say how it was graded; grade it again")
    names = [name for name in {**theirs, **ours} if name != _ANSWERS and not name.startswith("--")]
    other = [
        f"{name} {theirs.get(name, 'none')} (here {ours.get(name, 'none')})"
        for name in names
        if theirs.get(name) != ours.get(name)
    ]
    if other:
        what = f"cannot be the baseline, it was graded with another {', another '.join(other)}"
        raise RunError(f"{what}; grade its answers again in the same way", path=path)


def _reaches(mean: Mean, threshold: float, topic: str | None = None) -> GateResult:
    return GateResult(
        gate="mean" if topic is None else "topic",
        outcome="passed" if mean.mean is not None and mean.mean >= threshold else "failed",
        topic=topic,
        threshold=threshold,
        score=mean,
    )


def _no_worse(gates: Gates, baseline: Run, run: Run, report: Report) -> GateResult:
    path = Path(str(gates.baseline))
    before, after = _question_means(baseline), _question_means(run)
    if not before:
        raise RunError("cannot be the baseline, none of its answers has a score", path=path)
    if not before.keys() & {question.question_id for question in report.questions}:
        raise RunError("cannot be the baseline, it has no question in common", path=path)
    missing = tuple(sorted(before.keys() - after.keys()))
    found = paired(before, after, level=_LEVEL)
    difference = Estimate(None) if found is None else found.difference
    comparison = GateComparison(
        baseline=path.resolve().name,
        margin=gates.margin,
        questions=len(before.keys() & after.keys()),
        missing=missing,
        difference=round_off(difference.value),
        low=round_off(difference.low),
        high=round_off(difference.high),
    )
    if (outcome := _outcome(comparison)) == "unclear":
        comparison = msgspec.structs.replace(comparison, enough_questions=_enough(comparison))
    return GateResult(gate="baseline", outcome=outcome, comparison=comparison)


def _question_means(run: Run) -> dict[str, float]:
    """The mean score of each question that has one."""
    scores: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
    for outcome in run.outcomes():
        if outcome.score is not None:
            scores[outcome.question_id].append(outcome.score)
    return {question: math.fsum(own) / len(own) for question, own in scores.items()}


def _outcome(found: GateComparison) -> Literal["passed", "failed", "unclear"]:
    if found.missing or (found.difference is not None and found.difference < -found.margin):
        return "failed"
    return "passed" if found.low is not None and found.low > -found.margin else "unclear"


def _enough(found: GateComparison) -> int | None:
    """So many questions would show it, should difference and spread stay as they are.

    An interval is as wide as one over the root of the number of questions.
    """
    if found.difference is None or found.low is None or found.difference <= -found.margin:
        return None
    wide, room = found.difference - found.low, found.difference + found.margin
    enough = found.questions * (wide / room) ** 2
    return math.floor(enough) + 1 if enough < _MOST_QUESTIONS else None
