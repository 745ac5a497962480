"""The words of the domain as plain immutable data: what goes in, what comes out.

Nothing here knows of files, texts or models. Scores and coverages are 0..1; ``None`` always
means "cannot judge", never zero.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = [
    "AllOf",
    "Answer",
    "AnyOf",
    "Evidence",
    "Flag",
    "Grade",
    "KeyPoint",
    "Match",
    "Misconception",
    "MisconceptionHit",
    "Near",
    "Pattern",
    "Question",
    "Regex",
    "Rubric",
    "Span",
    "Step",
    "Translation",
]

# msgspec frees types that carry a msgspec.Meta twice if the interpreter's last collection meets
# them (its issue 717), which ends one process in four by a crash. Freezing hides them from it.
atexit.register(gc.freeze)


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    """Alternatives: satisfied by any one of the phrases, compared by lemma.

    A phrase is words in order with at most two others between neighbours; a word ending in
    ``*`` matches by prefix.
    """

    phrases: tuple[str, ...]


class AllOf(msgspec.Struct, frozen=True, tag="all"):
    """Every part must occur in the answer; some of them give that share of coverage."""

    parts: tuple[Pattern, ...]


class Near(msgspec.Struct, frozen=True, tag="near"):
    """Every part must occur, all within a window of so many words."""

    parts: tuple[Pattern, ...]
    within: int = 8


class Regex(msgspec.Struct, frozen=True, tag="regex"):
    """A regular expression (RE2 syntax), searched without regard to case."""

    pattern: str


Pattern = AnyOf | AllOf | Near | Regex


class KeyPoint(msgspec.Struct, frozen=True):
    """One thing a full answer must say.

    Attributes:
        id: unique within its rubric.
        text: the point as a statement, in the question's language.
        weight: its share of the grade relative to the other points, above 0.
        keywords: any one of these patterns, satisfied, covers the point.
        cap_without: the most an answer can score (0..1) that misses this point.
        translations: the statement in other languages, by language code.
    """

    id: str
    text: str
    weight: float = 1.0
    keywords: tuple[Pattern, ...] = ()
    cap_without: float | None = None
    translations: Mapping[str, str] = {}


class Misconception(msgspec.Struct, frozen=True):
    """A typical wrong statement and the share of the full score it costs (0..1)."""

    id: str
    text: str
    keywords: tuple[Pattern, ...]
    cost: float = 0.25
    translations: Mapping[str, str] = {}


class Rubric(msgspec.Struct, frozen=True):
    """What a full answer to one question must say, and what it must not."""

    question_id: str
    key_points: tuple[KeyPoint, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()


class Translation(msgspec.Struct, frozen=True):
    """A question and its reference answers in another language."""

    question: str
    references: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """A question with its reference answers and its rubric, if it has one.

    Attributes:
        topics: at least one; the first is the main one.
        references: one or more full-mark answers; may be empty if the rubric has key points.
        language: language code of text and references.
        difficulty: "easy", "medium", "hard", or None.
    """

    id: str
    text: str
    topics: tuple[str, ...]
    references: tuple[str, ...] = ()
    language: str = "ru"
    difficulty: str | None = None
    rubric: Rubric | None = None
    translations: Mapping[str, Translation] = {}

    def reference_texts(self) -> tuple[tuple[str, str], ...]:
        """Every reference answer with its language, translations included."""
        own = [(text, self.language) for text in self.references]
        other = [
            (text, code)
            for code, translation in self.translations.items()
            for text in translation.references
        ]
        return tuple(own + other)


class Answer(msgspec.Struct, frozen=True):
    """One text by one respondent (a person or a model) to one question.

    Attributes:
        extra: further columns of the input row, carried through to the grade.
        line: the line or row of the input file, counted from 1.
    """

    id: str
    question_id: str
    text: str
    respondent: str | None = None
    extra: Mapping[str, Any] = {}
    line: int | None = None


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Characters ``start`` up to ``end`` (exclusive) of the answer's text."""

    start: int
    end: int


class Match(msgspec.Struct, frozen=True, gc=False):
    """Words of the answer that matched something expected.

    Attributes:
        span: where in the answer.
        target: what was expected, as the bank writes it.
        how: "exact", "lemma", "term", "typo", "phrase", "prefix", "regex".
    """

    span: Span
    target: str
    how: str


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """Why one point has the coverage it has.

    Attributes:
        point_id: the key point, or the reference sentence ("s1", "s2", …) serving as one.
        coverage: 0..1, or None when no signal could judge.
        sentence: the stretch of the answer that covered the point best, None if none did.
        signals: what each signal measured for this point, 0..1 or None.
        matches: the words that matched.
        contradicted: words that turn the point into its opposite, empty if none do.
        verdict: what the grading model says of the point: "covered", "partly", "absent",
            "contradicted"; None if it was not asked.
    """

    point_id: str
    coverage: float | None
    sentence: Span | None = None
    signals: Mapping[str, float | None] = {}
    matches: tuple[Match, ...] = ()
    contradicted: tuple[Match, ...] = ()
    verdict: str | None = None


class MisconceptionHit(msgspec.Struct, frozen=True, gc=False):
    """A misconception found in the answer, and where."""

    id: str
    cost: float
    matches: tuple[Match, ...] = ()


class Flag(msgspec.Struct, frozen=True, gc=False):
    """Something about the answer as a whole that lowers its score or deserves a look.

    Attributes:
        name: "empty", "question_echo", "keyword_list", "copy", "wrong_language", "gibberish",
            "too_long", "opposite_polarity", "incoherent", "dont_know", "hidden_characters",
            "off_topic".
        factor: what the score was multiplied by, 0..1; 1 when the flag only informs.
        detail: the measurement behind it, as a short text.
    """

    name: str
    factor: float
    detail: str = ""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One step of a grade's derivation: what was done and the score after it."""

    name: str
    score: float
    detail: str = ""


class Grade(msgspec.Struct, frozen=True):
    """How good one answer is, and why.

    Attributes:
        score: 0..1, or None when nothing could judge the answer.
        points: coverage 0..1 by point id.
        signals: whole-answer measurements, 0..1 or None.
        flags: see :class:`Flag`.
        interval: where the true grade lies, lower and upper end, or None when not calibrated.
        needs_review: whether the interval is so wide that a person should look; None when there
            is no interval.
        evidence: one for each point, in the rubric's order.
        steps: the derivation, in order; the last step's score is ``score``.
        text: the answer as given; all spans refer to it.
        extra: the input row's further columns.
    """

    answer_id: str
    question_id: str
    respondent: str | None
    topics: tuple[str, ...]
    score: float | None
    points: Mapping[str, float | None] = {}
    signals: Mapping[str, float | None] = {}
    flags: tuple[Flag, ...] = ()
    interval: tuple[float, float] | None = None
    needs_review: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    misconceptions: tuple[MisconceptionHit, ...] = ()
    steps: tuple[Step, ...] = ()
    text: str = ""
    extra: Mapping[str, Any] = {}
