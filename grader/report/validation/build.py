"""From a run and human grades of its answers to a validation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from grader.errors import RunError
from grader.report.aggregate import bank_scale, bank_summary
from grader.report.validation.schema import (
    ComparedAnswer,
    Fields,
    Resampled,
    Scale,
    ValidationReport,
)
from grader.run import Run
from grader.stats import LEVEL, RESAMPLES, SEED, likely_scale, likely_step, validate

__all__ = ["MOST_GROUPS", "build_validation"]

MOST_GROUPS = 50
_FEWEST = 2
_GREATEST = 1e9
_MOST_CATEGORIES = 1001
_WORD = re.compile(r"\w+")


def build_validation(
    run: Run,
    human: Sequence[float | None],
    fields: Fields,
    *,
    second: Sequence[float | None] | None = None,
    groups: Sequence[str | None] | None = None,
    scale: float | None = None,
    step: float | None = None,
) -> ValidationReport:
    """Compare a run's scores with people's grades of the same answers.

    Args:
        human: a grade for each of the run's answers, in its order; None where there is none.
        fields: where the grades and subgroups are from.
        second: another person's.
        groups: each answer's subgroup; None gathers answers that name none.
        scale: greatest human grade there can be; guessed from the grades if None.
        step: between neighbouring categories; likewise.

    Raises:
        RunError: fewer than 2 answers have a score and a human grade, a grade is greater than the
            scale, the scale is not a whole number of steps, or there are very many subgroups.
    """
    grades = tuple(run.grades)
    second = [None] * len(grades) if second is None else second
    kept = [
        index
        for index, (grade, person) in enumerate(zip(grades, human, strict=True))
        if grade.score is not None and person is not None
    ]
    graded = sum(person is not None for person in human)
    if len(kept) < _FEWEST:
        raise RunError(_too_few(len(grades), graded, len(kept)), field=fields.human)
    told = _scale([*human, *second], scale, step, bank_scale(run.manifest))
    _check(run, human, told, fields.human)
    _check(run, second, told, fields.second)
    if groups is not None and len(set(groups)) > MOST_GROUPS:
        what = f"{len(set(groups))} different values; {MOST_GROUPS} subgroups are the most"
        raise RunError(what, field=fields.group)
    compared = tuple(
        ComparedAnswer(
            answer_id=grades[index].answer_id,
            question_id=grades[index].question_id,
            machine=(grades[index].score or 0.0) * told.end,
            human=human[index] or 0.0,
            second=second[index],
            group=None if groups is None else groups[index],
        )
        for index in kept
    )
    return ValidationReport(
        bank=bank_summary(run.manifest),
        signature=str(run.manifest.get("signature") or ""),
        fields=fields,
        scale=told,
        resampled=Resampled(LEVEL, RESAMPLES, SEED),
        answers=len(grades),
        ungraded=len(grades) - graded,
        unscored=graded - len(kept),
        statistics=validate(
            [each.machine for each in compared],
            [each.human for each in compared],
            [each.question_id for each in compared],
            scale=told.end,
            step=told.step,
            second=[each.second for each in compared],
            lengths=[float(len(_WORD.findall(grades[index].text))) for index in kept],
            groups=None if groups is None else [each.group for each in compared],
            signals=_signals(run, kept, told.end),
        ),
        compared=compared,
    )


def _signals(run: Run, kept: Sequence[int], scale: float) -> dict[str, list[float | None]]:
    """What the run's further signals alone would give these answers, on the human scale."""
    grades = tuple(run.grades)
    told = run.manifest.get("signals") or []
    names = [str(one["name"]) for one in told if isinstance(one, dict) and "name" in one]
    values = {name: [grades[index].signals.get(name) for index in kept] for name in names}
    return {
        name: [None if value is None else value * scale for value in own]
        for name, own in values.items()
    }


def _too_few(answers: int, graded: int, kept: int) -> str:
    what = f"{kept} of {answers} answers {'has' if kept == 1 else 'have'} a score and a human grade"
    if graded > kept:
        what += f" ({graded} {'has' if graded == 1 else 'have'} a human grade)"
    return f"{what}; at least {_FEWEST} are needed"


def _scale(
    grades: Sequence[float | None], end: float | None, step: float | None, bank: float
) -> Scale:
    for name, value in (("scale", end), ("step", step)):
        if value is not None and not 0 < value < _GREATEST:
            raise RunError(f"the {name} {value:g} is not above 0 and below {_GREATEST:g}")
    given = [grade for grade in grades if grade is not None]
    top = likely_scale(given, other=bank) if end is None else end
    between = likely_step(given, top) if step is None else step
    steps = round(top / between)
    if steps < 1 or not math.isclose(steps * between, top, rel_tol=1e-9):
        raise RunError(f"the scale 0 to {top:g} is not a whole number of steps of {between:g}")
    if steps >= _MOST_CATEGORIES:
        what = f"the scale 0 to {top:g} in steps of {between:g} has {steps + 1} categories"
        raise RunError(f"{what}; {_MOST_CATEGORIES} are the most")
    return Scale(top, between, end is None, step is None)


def _check(run: Run, grades: Sequence[float | None], scale: Scale, field: str | None) -> None:
    for grade, person in zip(run.grades, grades, strict=True):
        if person is not None and person > scale.end:
            what = f"answer '{grade.answer_id}': the grade {person:g} is above {scale.end:g}"
            raise RunError(f"{what}; --scale tells the greatest there can be", field=field)
