"""Machine grades against a person's: the statistics by which testing programmes judge a grader.

The statistics and their definitions are those that ETS's RSMTool 12 reports (see ``pairs`` and
``fairness`` for sources), with a few beside: rank correlation, the correlation within questions,
and bootstrap intervals. Where RSMTool gives a constant for something undefined (R² of a constant
human grade, kappa of a single category), the value here is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from grader.stats.bootstrap import LEVEL, RESAMPLES, SEED, FloatArray
from grader.stats.comparison import Answers, Draw, compare
from grader.stats.fairness import by_size, fairness, standardized_differences
from grader.stats.pairs import correlation, trimmed
from grader.stats.results import Alone, Fairness, QuestionAgreement, Subgroup, Validation
from grader.stats.sums import above, floor

__all__ = ["validate"]


def validate(
    machine: Sequence[float | None],
    human: Sequence[float | None],
    questions: Sequence[str],
    *,
    scale: float,
    step: float = 1.0,
    second: Sequence[float | None] | None = None,
    lengths: Sequence[float] | None = None,
    groups: Sequence[str | None] | None = None,
    signals: Mapping[str, Sequence[float | None]] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Validation:
    """Compare machine grades with a person's.

    Args:
        machine: grades on the human scale; None and NaN mean "cannot judge".
        human: a person's, 0..scale; None and NaN mean that there is none.
        questions: each answer's question; questions are what the bootstrap resamples.
        scale: greatest human grade there can be, a whole number of steps.
        step: between neighbouring categories of the scale.
        second: another person's grades of some of the answers.
        lengths: each answer's length in any unit.
        groups: each answer's subgroup; None gathers answers that name none.
        signals: what further signals alone would give, on the human scale, by name.
        level: coverage of the intervals, 0..1.
        resamples: how many times to resample.
        seed: of the generator.

    Raises:
        ValueError: the sequences differ in length, no answer has both grades, a human grade lies
            outside the scale, or scale, step or level is out of its range.
    """
    signals = signals or {}
    sides = [machine, human, questions, second, lengths, groups, *signals.values()]
    if len({len(side) for side in sides if side is not None}) > 1:
        raise ValueError("grades, questions, lengths and groups differ in length")
    count = _count(scale, step)
    x, y = _numbers(human), trimmed(_numbers(machine), scale, step)
    kept = ~(np.isnan(x) | np.isnan(y))
    if not kept.any():
        raise ValueError("no answer has both grades")
    answers = Answers(
        machine=y,
        human=x,
        second=np.full_like(x, math.nan) if second is None else _numbers(second),
        length=None if lengths is None else _numbers(lengths),
        questions=np.array([str(question) for question in questions], dtype=object),
        groups=None if groups is None else np.array(groups, dtype=object),
    ).only(kept)
    for grades in (answers.human, answers.second):
        if np.nanmin(grades, initial=0.0) < 0 or np.nanmax(grades, initial=0.0) > scale:
            raise ValueError(f"a human grade lies outside 0..{scale:g}")
    draw = Draw(step, count, level, resamples, seed)
    subgroups, fair = _by_group(answers, draw)
    return Validation(
        missing=int((~kept).sum()),
        overall=compare(answers, draw),
        subgroups=subgroups,
        fairness=fair,
        questions=_questions(answers),
        alone=tuple(
            _alone(name, answers, trimmed(_numbers(values), scale, step)[kept], draw)
            for name, values in signals.items()
        ),
    )


def _alone(signal: str, answers: Answers, values: FloatArray, draw: Draw) -> Alone:
    judged = ~np.isnan(values)
    if not judged.any():
        return Alone(signal, None, None)
    own = answers._replace(machine=values).only(judged)
    return Alone(signal, compare(own, draw), compare(answers.only(judged), draw))


def _count(scale: float, step: float) -> int:
    """The categories 0, step, 2 step … up to the scale's end."""
    if not (step > 0 and math.isfinite(scale) and scale > 0):
        raise ValueError(f"scale and step must be above 0, not {scale:g} and {step:g}")
    steps = round(scale / step)
    if steps < 1 or not math.isclose(steps * step, scale, rel_tol=1e-9):
        raise ValueError(f"the scale {scale:g} is not a whole number of steps of {step:g}")
    return steps + 1


def _numbers(values: Sequence[float | None]) -> FloatArray:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _by_group(answers: Answers, draw: Draw) -> tuple[tuple[Subgroup, ...], Fairness | None]:
    if answers.groups is None:
        return (), None
    groups: list[str | None] = answers.groups.tolist()
    resampling = draw.by_question(answers)
    rounded = draw.rounded(answers.machine)
    machine, whole, raters = (
        standardized_differences(answers.human, other, groups, resampling)
        for other in (answers.machine, rounded, answers.second)
    )
    subgroups = tuple(
        Subgroup(
            group=name,
            statistics=compare(answers.only(np.array([g == name for g in groups])), draw),
            dsm=machine[index],
            dsm_rounded=whole[index],
            raters_dsm=raters[index],
        )
        for index, name in enumerate(by_size(groups))
    )
    return subgroups, fairness(answers.machine, answers.human, groups, resampling)


def _questions(answers: Answers) -> tuple[QuestionAgreement, ...]:
    found = []
    for question in dict.fromkeys(answers.questions.tolist()):
        own = answers.only(answers.questions == question)
        x, y = own.human, own.machine
        vx, vy = (np.array([np.var(side)]) for side in (x, y))
        covariance = np.array([np.mean((x - x.mean()) * (y - y.mean()))])
        pearson = float(correlation(above(vx, floor(x)), above(vy, floor(y)), covariance)[0])
        found.append(
            QuestionAgreement(
                question_id=question,
                n=len(x),
                pearson=None if math.isnan(pearson) else pearson,
                human=float(x.mean()),
                machine=float(y.mean()),
            )
        )
    return tuple(sorted(found, key=lambda q: (q.pearson is None, q.pearson or 0.0, q.question_id)))
