"""One grade as a page shows it: every text ready, nothing left to decide in the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from grader.model import Evidence, Flag, Grade, Match
from grader.report.marking import pieces, stretch
from grader.report.messages import Messages
from grader.report.wording import matched, measures, step_detail
from grader.run import Run, RunQuestion

__all__ = ["GradeView", "MarkView", "Numbers", "PointView", "grade_view", "reference"]

TEXT = 20_000
"""At most so many characters of an answer are shown."""
_REFERENCE = 5_000


class Numbers(NamedTuple):
    """The numbers by which the page's filter knows questions, topics, respondents and flags."""

    questions: Mapping[str, int]
    topics: Mapping[str, int]
    respondents: Mapping[str | None, int]
    flags: Mapping[str, int]


class MarkView(NamedTuple):
    """A stretch of the answer, the kind of finding in it, and what was found."""

    text: str
    kind: str
    note: str


class PointView(NamedTuple):
    """A point with what covered it."""

    coverage: float | None
    text: str
    weight: str
    sentence: str
    found: str
    contradicted: str
    signals: str


class GradeView(NamedTuple):
    """A grade with what the page's filter and sort go by."""

    number: int
    question: int
    topics: str
    respondent: int | str
    flag_numbers: str
    score: float | None
    asked: str
    caption: str
    pieces: list[MarkView]
    cut: bool
    points: list[PointView]
    misconceptions: list[tuple[str, str]]
    flags: tuple[Flag, ...]
    steps: list[tuple[str, str, str]]
    signals: list[tuple[str, str]]
    reference: str


def grade_view(number: int, grade: Grade, run: Run, m: Messages, numbers: Numbers) -> GradeView:
    """The view of one grade.

    Args:
        number: its place in the input.
        numbers: must know the grade's question, topics, respondent and flags.
    """
    question = run.question(grade.question_id)
    caption = [part for part in (grade.respondent, grade.answer_id) if part]
    if grade.interval:
        caption.append(f"{m('true_interval')} {m.interval(*grade.interval)}")
    if grade.needs_review:
        caption.append(m("needs_review"))
    flags = dict.fromkeys(flag.name for flag in grade.flags)
    return GradeView(
        number=number,
        question=numbers.questions[grade.question_id],
        topics=" ".join(str(numbers.topics[topic]) for topic in grade.topics),
        respondent=numbers.respondents.get(grade.respondent, ""),
        flag_numbers=" ".join(str(numbers.flags[name]) for name in flags),
        score=grade.score,
        asked=m.pick(question.translations, question.text),
        caption=" · ".join(caption),
        pieces=_marked(grade, m),
        cut=len(grade.text) > TEXT,
        points=_points(grade, question, m),
        misconceptions=_misconceptions(grade, question, m),
        flags=grade.flags,
        steps=[
            (m.step(s.name), step_detail(s, question, m), m.score(s.score)) for s in grade.steps
        ],
        signals=[(m.signal(name), m.measure(value)) for name, value in grade.signals.items()],
        reference=reference(question),
    )


def reference(question: RunQuestion) -> str:
    """The question's first reference answer, empty if it has none."""
    return question.references[0][:_REFERENCE] if question.references else ""


def _marked(grade: Grade, m: Messages) -> list[MarkView]:
    views = []
    for piece in pieces(grade, TEXT) if grade.text.strip() else ():
        notes = dict.fromkeys(matched(match, grade, m)[1].strip() for match in piece.matches)
        views.append(MarkView(piece.text, piece.kind, "; ".join(note for note in notes if note)))
    return views


def _points(grade: Grade, question: RunQuestion, m: Messages) -> list[PointView]:
    known = {point.id: point for point in question.key_points}
    evidence = {item.point_id: item for item in grade.evidence}
    views = []
    for name in dict.fromkeys([*evidence, *grade.points]):
        item = evidence.get(name) or Evidence(name, grade.points[name])
        point = known.get(name)
        sentence = "" if item.sentence is None else stretch(grade.text, item.sentence).strip()
        views.append(
            PointView(
                coverage=item.coverage,
                text=m.pick(point.translations, point.text) if point else name,
                weight=m("weighs", weight=f"{point.weight:g}") if point else "",
                sentence=sentence[:TEXT],
                found=_found(item.matches, grade, m),
                contradicted=_found(item.contradicted, grade, m),
                signals=measures(item.signals, m, item.verdict),
            )
        )
    return views


def _found(matches: Iterable[Match], grade: Grade, m: Messages) -> str:
    return ", ".join(dict.fromkeys("".join(matched(match, grade, m)) for match in matches))


def _misconceptions(grade: Grade, question: RunQuestion, m: Messages) -> list[tuple[str, str]]:
    known = {item.id: item for item in question.misconceptions}
    return [
        (
            m.pick(known[hit.id].translations, known[hit.id].text) if hit.id in known else hit.id,
            m("misconception_cost", cost=m.score(hit.cost)),
        )
        for hit in grade.misconceptions
    ]
