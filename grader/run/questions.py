"""Questions as they were when the answers were graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from grader.model import KeyPoint, Question

__all__ = ["RunMisconception", "RunPoint", "RunQuestion"]


class RunPoint(msgspec.Struct, frozen=True):
    """A key point as graded against, or the reference sentence serving as one.

    Attributes:
        id: the point's id, or "s1", "s2", … for reference sentences.
        text: the statement, in the question's language.
        weight: its share of the grade relative to the other points, above 0.
        translations: the statement in other languages, by language code.
    """

    id: str
    text: str
    weight: float = 1.0
    translations: Mapping[str, str] = {}


class RunMisconception(msgspec.Struct, frozen=True):
    """A misconception as graded against and the share of the full score it costs (0..1)."""

    id: str
    text: str
    cost: float = 0.25
    translations: Mapping[str, str] = {}


class RunQuestion(msgspec.Struct, frozen=True):
    """A question as it was when the answers were graded.

    Attributes:
        topics: at least one; the first is the main one.
        references: the reference answers' texts.
        key_points: everything the grades' points refer to.
        language: language code of the texts.
        translations: the question's text in other languages, by language code.
    """

    id: str
    text: str
    topics: tuple[str, ...]
    references: tuple[str, ...] = ()
    key_points: tuple[RunPoint, ...] = ()
    misconceptions: tuple[RunMisconception, ...] = ()
    language: str = "ru"
    translations: Mapping[str, str] = {}

    @classmethod
    def of(cls, question: Question, points: Sequence[KeyPoint] | None = None) -> RunQuestion:
        """The snapshot of a question.

        Args:
            question: from the bank, with its rubric if it has one.
            points: what it was graded against if not the rubric's key points, such as
                reference sentences.
        """
        rubric = question.rubric
        if points is None:
            points = rubric.key_points if rubric else ()
        return cls(
            id=question.id,
            text=question.text,
            topics=question.topics,
            references=question.references,
            key_points=tuple(
                RunPoint(p.id, p.text, p.weight, dict(p.translations)) for p in points
            ),
            misconceptions=tuple(
                RunMisconception(m.id, m.text, m.cost, dict(m.translations))
                for m in (rubric.misconceptions if rubric else ())
            ),
            language=question.language,
            translations={lang: t.question for lang, t in question.translations.items()},
        )
