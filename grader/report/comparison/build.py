"""From runs to their comparison."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product

import numpy as np

from grader.errors import RunError
from grader.files import quoted
from grader.report.aggregate import bank_summary, topic_titles
from grader.report.comparison.schema import (
    ChangedPoint,
    ChangedQuestion,
    ComparedRun,
    ComparisonReport,
    Difference,
    Incomparable,
    Pair,
    PassAtK,
    ShownAnswer,
    SystemSummary,
    TopicDifference,
    Verdict,
)
from grader.report.comparison.systems import (
    Key,
    NamedRun,
    System,
    differing,
    find,
    nearest_answers,
    run_names,
    systems,
)
from grader.report.validation.schema import Resampled
from grader.run import Outcome, RunQuestion
from grader.stats import (
    ALPHA,
    FLIPS,
    LEVEL,
    POWER,
    SEED,
    TIE,
    Clustered,
    FloatArray,
    PairedDifference,
    holm,
    mean_intervals,
    paired,
    pass_at_k,
    pooled_sd,
)

__all__ = ["PASS", "build_comparison"]

PASS = 0.6
"""An answer with this score passes, unless one says otherwise."""

_MOST_K = 100
_FEWEST = 2
_COVERED = 0.5


def build_comparison(
    runs: Sequence[NamedRun],
    *,
    baseline: str | None = None,
    all_pairs: bool = False,
    pass_mark: float = PASS,
    changed: int = 5,
    anyway: bool = False,
) -> ComparisonReport:
    """Compare every respondent of every run with one of them, or all with one another.

    Args:
        runs: each with the path that the user knows it by.
        baseline: label of the respondent compared with; by default the first.
        pass_mark: score from which an answer passes, 0..1.
        changed: so many of the questions that changed most.
        anyway: compare runs even if they were graded differently.

    Raises:
        RunError: the runs were graded differently; there are fewer than two respondents, or very
            many; no two of them have 2 questions in common; there is no such baseline.
    """
    different = differing(runs)
    if different and not anyway:
        raise RunError(_refusal(different))
    found, names = systems(runs), run_names(runs)
    first = found[0] if baseline is None else find(baseline, found)
    others = [system for system in found if system is not first]
    wanted = combinations([first, *others], 2) if all_pairs else product([first], others)
    compared, apart = _compared(wanted)
    return ComparisonReport(
        bank=bank_summary(runs[0][1].manifest),
        runs=tuple(
            ComparedRun(name, str(run.manifest.get("signature") or ""))
            for name, (_, run) in zip(names, runs, strict=True)
        ),
        graded_differently=tuple(
            f"{name}: {' / '.join(dict.fromkeys(values))}" for name, values in different.items()
        ),
        resampled=Resampled(LEVEL, FLIPS, SEED),
        alpha=ALPHA,
        power=POWER,
        tie=TIE,
        pass_mark=pass_mark,
        baseline=first.label,
        systems=_leaderboard(names, found, pass_mark),
        pairs=_Builder(runs, found, changed).pairs(compared),
        incomparable=apart,
    )


def _refusal(different: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{name} {' / '.join(dict.fromkeys(v))}" for name, v in different.items()]
    what = f"the runs were graded differently: {'; '.join(parts)}"
    return f"{what}; grade them alike, or --anyway compares them nevertheless"


def _compared(
    wanted: Iterable[tuple[System, System]],
) -> tuple[list[tuple[System, System]], tuple[Incomparable, ...]]:
    """The pairs that can be compared, and those that have too little in common."""
    compared, apart = [], []
    for first, second in wanted:
        common = len(first.means.keys() & second.means.keys())
        if common < _FEWEST:
            apart.append(Incomparable(first.label, second.label, common))
        else:
            compared.append((first, second))
    if not compared:
        names = f"{quoted(apart[0].first)} and {quoted(apart[0].second)}"
        common = apart[0].questions
        what = f"{names} have {common or 'no'} scored {'question' if common else 'questions'}"
        raise RunError(f"{what} in common; a comparison needs two")
    return compared, tuple(apart)


def _leaderboard(
    names: Sequence[str], found: Sequence[System], pass_mark: float
) -> tuple[SystemSummary, ...]:
    means = [Clustered.single(_sorted_means(system)) for system in found]
    intervals = mean_intervals(means)
    made = []
    for system, interval in zip(found, intervals, strict=True):
        counted = [(len(s), sum(x >= pass_mark for x in s)) for s in system.scores.values()]
        judged = sum(n for n, _ in counted)
        made.append(
            SystemSummary(
                label=system.label,
                run=names[system.key.run],
                respondent=system.key.respondent,
                answers=system.answers,
                judged=judged,
                questions=len(counted),
                samples=_most(counted),
                score=interval,
                spread=pooled_sd(system.scores.values()),
                passed=sum(passed for _, passed in counted) / judged if judged else None,
                pass_at_k=_pass_at_k(counted),
            )
        )
    return tuple(sorted(made, key=_rank))


def _rank(system: SystemSummary) -> tuple[bool, float, str]:
    mean = system.score.mean
    return mean is None, -(mean or 0.0), system.label


def _most(counted: Sequence[tuple[int, int]]) -> int:
    """The most answers that a question has."""
    return max((n for n, _ in counted), default=0)


def _sorted_means(system: System) -> FloatArray:
    return np.array([system.means[id] for id in sorted(system.means)])


def _pass_at_k(counted: Sequence[tuple[int, int]]) -> tuple[PassAtK, ...]:
    """From how many answers each question has and how many of them pass."""
    made = []
    for k in range(1, min(_MOST_K, _most(counted)) + 1):
        values = [pass_at_k(n, passed, k) for n, passed in counted if n >= k]
        made.append(PassAtK(k, math.fsum(values) / len(values), len(values)))
    return tuple(made)


class _Builder:
    """Compares pairs of systems."""

    def __init__(self, runs: Sequence[NamedRun], found: Sequence[System], changed: int) -> None:
        self._runs, self._found, self._changed = runs, found, changed
        self._titles = topic_titles(runs[0][1].manifest)

    def pairs(self, compared: Sequence[tuple[System, System]]) -> tuple[Pair, ...]:
        """The pairs, their p corrected for one another."""
        results = [_result(first.means, second.means, len(compared)) for first, second in compared]
        moved = [_moved(*pair)[: self._changed] for pair in compared]
        answers = self._answers(compared, moved)
        return tuple(
            Pair(
                first=first.label,
                second=second.label,
                only_first=len(first.means.keys() - second.means.keys()),
                only_second=len(second.means.keys() - first.means.keys()),
                difference=difference,
                topics=self._topics(first, second),
                changed=tuple(self._changed_question(first, second, id, answers) for id in ids),
            )
            for (first, second), difference, ids in zip(
                compared, _corrected(results), moved, strict=True
            )
        )

    def _topics(self, first: System, second: System) -> tuple[TopicDifference, ...]:
        common = first.means.keys() & second.means.keys()
        by_topic: dict[str, list[str]] = {topic: [] for topic in self._titles}
        for id in sorted(common):
            for topic in self._question(id).topics:
                by_topic.setdefault(topic, []).append(id)
        asked = {topic: ids for topic, ids in by_topic.items() if ids}
        tested = {topic: ids for topic, ids in asked.items() if len(ids) >= _FEWEST}
        results = [
            _result({id: first.means[id] for id in ids}, second.means, len(tested))
            for ids in tested.values()
        ]
        differences = dict(zip(tested, _corrected(results), strict=True))
        return tuple(
            TopicDifference(topic, self._titles.get(topic, {}), len(ids), differences.get(topic))
            for topic, ids in asked.items()
        )

    def _question(self, id: str) -> RunQuestion:
        """The question as the first run that has it knows it."""
        known = (run for _, run in self._runs if id in run.questions)
        return next(known, self._runs[0][1]).question(id)

    def _answers(
        self, compared: Sequence[tuple[System, System]], moved: Sequence[Sequence[str]]
    ) -> dict[tuple[Key, str], Outcome]:
        wanted: dict[Key, set[str]] = defaultdict(set)
        for pair, ids in zip(compared, moved, strict=True):
            for system in pair:
                wanted[system.key].update(ids)
        return nearest_answers(self._runs, wanted, self._found)

    def _changed_question(
        self, first: System, second: System, id: str, answers: Mapping[tuple[Key, str], Outcome]
    ) -> ChangedQuestion:
        question = self._question(id)
        old, new = answers[first.key, id], answers[second.key, id]
        return ChangedQuestion(
            question_id=id,
            text=question.text,
            translations=question.translations,
            first=first.means[id],
            second=second.means[id],
            first_answer=_shown(old),
            second_answer=_shown(new),
            gained=_covered_only(new, old, question),
            lost=_covered_only(old, new, question),
        )


def _result(
    first: Mapping[str, float], second: Mapping[str, float], tests: int
) -> PairedDifference:
    """One of so many tests, over at least ``_FEWEST`` questions."""
    result = paired(first, second, alpha=ALPHA / tests)
    assert result is not None
    return result


def _moved(first: System, second: System) -> list[str]:
    """The questions whose scores differ by more than a tie, greatest difference first."""
    common = first.means.keys() & second.means.keys()
    apart = {id: round(abs(second.means[id] - first.means[id]), 9) for id in common}
    return sorted((id for id in common if apart[id] >= TIE), key=lambda id: (-apart[id], id))


def _corrected(results: Sequence[PairedDifference]) -> list[Difference]:
    """Results of tests made together, each with its verdict."""
    return [
        Difference(result, p, _verdict(result, p))
        for result, p in zip(results, holm([result.p for result in results]), strict=True)
    ]


def _verdict(result: PairedDifference, p: float) -> Verdict:
    if p >= ALPHA:
        return "not_shown"
    return "better" if result.second > result.first else "worse"


def _shown(outcome: Outcome) -> ShownAnswer:
    assert outcome.score is not None
    return ShownAnswer(outcome.answer_id, outcome.text, outcome.score, outcome.flags)


def _covered_only(one: Outcome, other: Outcome, question: RunQuestion) -> tuple[ChangedPoint, ...]:
    """The points that the one covers and the other does not; not those that nobody can judge."""
    return tuple(
        ChangedPoint(point.id, point.text, point.translations)
        for point in question.key_points
        if _coverage(one, point.id, 0.0) >= _COVERED > _coverage(other, point.id, 1.0)
    )


def _coverage(outcome: Outcome, point: str, unknown: float) -> float:
    coverage = outcome.points.get(point)
    return unknown if coverage is None else coverage
