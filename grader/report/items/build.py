"""From a run, and human grades if there are, to the quality of its questions and points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grader.errors import RunError
from grader.model import Grade
from grader.report.aggregate import bank_scale, bank_summary
from grader.report.items.schema import (
    ItemsReport,
    MisconceptionItem,
    PointItem,
    PointSuggestions,
    QuestionItem,
)
from grader.report.validation.schema import Resampled
from grader.run import Run, RunQuestion
from grader.stats import (
    FEWEST,
    LEVEL,
    RESAMPLES,
    SEED,
    Reliability,
    item_statistics,
    likely_scale,
    point_statistics,
    reliability,
    rest_scores,
)

__all__ = ["answer_grades", "build_items"]


def answer_grades(
    run: Run,
    human: Sequence[float | None],
    field: str | None = None,
    *,
    scale: float | None = None,
) -> list[float | None]:
    """Human grades as shares of their scale.

    Args:
        human: a grade for each of the run's answers, in its order; None where there is none.
        field: where these are from.
        scale: greatest human grade there can be; guessed from the grades if None.

    Raises:
        RunError: there is no grade at all, or one is greater than the scale.
    """
    given = [grade for grade in human if grade is not None]
    if not given:
        raise RunError("no answer of the run has a human grade", field=field)
    end = likely_scale(given, other=bank_scale(run.manifest)) if scale is None else scale
    if (greatest := max(given)) > end:
        what = f"the grade {greatest:g} is above {end:g}"
        raise RunError(f"{what}; --scale tells the greatest there can be", field=field)
    return [None if grade is None else grade / end for grade in human]


def build_items(
    run: Run,
    human: Sequence[float | None] | None = None,
    *,
    field: str | None = None,
    suggestions: tuple[PointSuggestions, ...] | None = None,
) -> ItemsReport:
    """Judge the questions and key points of a run by its grades.

    Args:
        human: a person's grade of each of the run's answers in its order, 0..1; None where there
            is none.
        field: where these are from.
        suggestions: terms for key points whose keywords rarely fire, from whoever can read texts.

    Raises:
        RunError: the run has no answers.
    """
    grades = tuple(run.grades)
    if not grades:
        raise RunError("the run has no answers")
    whole, rest, names = _by_respondent(grades)
    without = dict(zip(names, whole.without, strict=True))
    places: dict[str, list[int]] = {}
    for index, grade in enumerate(grades):
        places.setdefault(grade.question_id, []).append(index)
    questions = [
        _question(
            run.question(name),
            [grades[index] for index in own],
            [rest[index] for index in own],
            None if human is None else [human[index] for index in own],
            without.get(name),
        )
        for name, own in places.items()
    ]
    return ItemsReport(
        bank=bank_summary(run.manifest),
        signature=str(run.manifest.get("signature") or ""),
        human=field,
        fewest=FEWEST,
        resampled=Resampled(LEVEL, RESAMPLES, SEED),
        answers=len(grades),
        unscored=sum(grade.score is None for grade in grades),
        reliability=whole,
        questions=tuple(sorted(questions, key=_least_telling_first)),
        suggestions=suggestions,
    )


def _least_telling_first(item: QuestionItem) -> tuple[bool, float, float, str]:
    r, facility = item.statistics.discrimination.value, item.statistics.facility
    return r is None, r or 0.0, 1.0 if facility is None else facility, item.question_id


def _by_respondent(
    grades: Sequence[Grade],
) -> tuple[Reliability, list[float | None], list[str]]:
    """Alpha, each answer's score on its respondent's other questions, and alpha's questions.

    Several answers of one respondent to one question count as one with their mean score.
    """
    cells: dict[tuple[str, str], list[float]] = {}
    for grade in grades:
        if grade.respondent is not None and grade.score is not None:
            cells.setdefault((grade.respondent, grade.question_id), []).append(grade.score)
    people = list(dict.fromkeys(person for person, _ in cells))
    questions = list(dict.fromkeys(question for _, question in cells))
    means = {place: sum(scores) / len(scores) for place, scores in cells.items()}
    table = [[means.get((person, question)) for question in questions] for person in people]
    rest = {
        (person, question): value
        for person, row in zip(people, rest_scores(table), strict=True)
        for question, value in zip(questions, row, strict=True)
    }
    each = [
        None if grade.respondent is None else rest.get((grade.respondent, grade.question_id))
        for grade in grades
    ]
    return reliability(table), each, questions


def _question(
    question: RunQuestion,
    grades: Sequence[Grade],
    rest: Sequence[float | None],
    human: Sequence[float | None] | None,
    alpha_without: float | None,
) -> QuestionItem:
    widths = [grade.interval[1] - grade.interval[0] for grade in grades if grade.interval]
    graded = [value for value in human or () if value is not None]
    return QuestionItem(
        question_id=question.id,
        answers=len(grades),
        statistics=item_statistics([grade.score for grade in grades], rest, human),
        human=sum(graded) / len(graded) if graded else None,
        width=sum(widths) / len(widths) if widths else None,
        alpha_without=alpha_without,
        points=_points(question, grades),
        misconceptions=_misconceptions(question, grades),
    )


def _points(question: RunQuestion, grades: Sequence[Grade]) -> tuple[PointItem, ...]:
    weights = {point.id: point.weight for point in question.key_points}
    judged = dict.fromkeys(name for grade in grades for name in grade.points)
    names = [*weights, *(name for name in judged if name not in weights)]
    found = point_statistics(
        [[grade.points.get(name) for name in names] for grade in grades],
        [weights.get(name, 1.0) for name in names],
    )
    return tuple(PointItem(name, each) for name, each in zip(names, found, strict=True))


def _misconceptions(
    question: RunQuestion, grades: Sequence[Grade]
) -> tuple[MisconceptionItem, ...]:
    counts = Counter(name for grade in grades for name in {hit.id for hit in grade.misconceptions})
    names = dict.fromkeys([*(each.id for each in question.misconceptions), *counts])
    enough = len(grades) >= FEWEST
    return tuple(
        MisconceptionItem(name, counts[name], enough and not counts[name]) for name in names
    )
