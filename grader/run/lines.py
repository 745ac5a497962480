"""Grades as lines of JSON, and the part of a grade that reports count by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from grader.errors import RunError
from grader.model import Evidence, Flag, Grade, MisconceptionHit, Step

__all__ = [
    "AGAIN",
    "DIGITS",
    "Line",
    "Outcome",
    "as_json",
    "checked",
    "decode_grade",
    "decode_id",
    "decode_outcome",
    "encode_grade",
    "grade_of",
    "line_of",
    "round_off",
    "rounded",
]

AGAIN = "score the answers again"
DIGITS = 6
_SCALE = 10.0**DIGITS

T = TypeVar("T")


class Line(msgspec.Struct, frozen=True):
    """A line of grades.jsonl.

    ``flags`` holds the names alone, which is what most readers want; ``flag_details`` holds
    the same flags in full and is what a grade is read back from.
    """

    answer_id: str
    question_id: str
    respondent: str | None
    topics: tuple[str, ...]
    score: float | None
    points: Mapping[str, float | None] = {}
    signals: Mapping[str, float | None] = {}
    flags: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None
    needs_review: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    misconceptions: tuple[MisconceptionHit, ...] = ()
    steps: tuple[Step, ...] = ()
    flag_details: tuple[Flag, ...] | None = None
    text: str = ""
    extra: Mapping[str, Any] = {}


class _Id(msgspec.Struct):
    answer_id: str


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A grade without its evidence and derivation, which are most of it; see :class:`Grade`.

    Attributes:
        flags: their names.
    """

    answer_id: str
    question_id: str
    respondent: str | None
    topics: tuple[str, ...]
    score: float | None
    points: Mapping[str, float | None] = {}
    flags: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None
    needs_review: bool | None = None
    misconceptions: tuple[MisconceptionHit, ...] = ()
    text: str = ""
    extra: Mapping[str, Any] = {}

    @classmethod
    def of(cls, grade: Grade) -> Outcome:
        """The outcome of a grade, its numbers as files hold them."""
        return cls(
            answer_id=grade.answer_id,
            question_id=grade.question_id,
            respondent=grade.respondent,
            topics=grade.topics,
            score=round_off(grade.score),
            points=_round_all(grade.points),
            flags=tuple(flag.name for flag in grade.flags),
            interval=_round_ends(grade.interval),
            needs_review=grade.needs_review,
            misconceptions=grade.misconceptions,
            text=grade.text,
            extra=grade.extra,
        )


Read = TypeVar("Read", Line, Outcome)

_LINE = msgspec.json.Decoder(Line)
_OUTCOME = msgspec.json.Decoder(Outcome)
_ID = msgspec.json.Decoder(_Id)


def encode_grade(grade: Grade) -> bytes:
    """A grade as one line of grades.jsonl, newline included, numbers rounded to 6 digits.

    A value in ``extra`` that JSON has no word for is written as its text.

    Raises:
        RunError: the grade holds text that is not valid Unicode (a lone surrogate).
    """
    try:
        return msgspec.json.encode(line_of(grade), enc_hook=as_json) + b"\n"
    except UnicodeEncodeError as error:
        raise RunError(f"answer '{grade.answer_id}' is not valid Unicode") from error


def decode_grade(line: bytes) -> Grade:
    """The grade a line of grades.jsonl holds.

    Raises:
        RunError: the line is no grade.
    """
    return grade_of(_decoded(_LINE, line))


def decode_outcome(line: bytes) -> Outcome:
    """The outcome a line of grades.jsonl holds; what else stands there is not looked at.

    Raises:
        RunError: the line is no grade.
    """
    return checked(_decoded(_OUTCOME, line))


def decode_id(line: bytes) -> str:
    """The answer's id in a line of grades.jsonl; what else stands there is not looked at.

    Raises:
        RunError: the line is no grade.
    """
    return _decoded(_ID, line).answer_id


def line_of(grade: Grade) -> Line:
    """What a file holds of a grade."""
    grade = rounded(grade)
    return Line(
        answer_id=grade.answer_id,
        question_id=grade.question_id,
        respondent=grade.respondent,
        topics=grade.topics,
        score=grade.score,
        points=grade.points,
        signals=grade.signals,
        flags=tuple([flag.name for flag in grade.flags]),
        interval=grade.interval,
        needs_review=grade.needs_review,
        evidence=grade.evidence,
        misconceptions=grade.misconceptions,
        steps=grade.steps,
        flag_details=grade.flags,
        text=grade.text,
        extra=grade.extra,
    )


def grade_of(line: Line) -> Grade:
    """The grade that a file holds.

    Raises:
        RunError: its score is none, or its flags contradict each other.
    """
    checked(line)
    flags = line.flag_details
    if flags is None:  # a line some other program wrote
        flags = tuple(Flag(name, 1.0) for name in line.flags)
    elif tuple(flag.name for flag in flags) != line.flags:
        raise RunError("'flags' and 'flag_details' name different flags", field="flags")
    fields = {name: getattr(line, name) for name in Grade.__struct_fields__}
    return Grade(**fields | {"flags": flags})


def checked(read: Read) -> Read:
    """A line or an outcome whose score is one.

    Raises:
        RunError: it is not.
    """
    if read.score is not None and not 0.0 <= read.score <= 1.0:
        raise RunError(f"the score {read.score} is not between 0 and 1", field="score")
    return read


def _decoded(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise RunError(what, field=where.strip("`").removeprefix("$.") or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(f"the line is cut off or not JSON; {AGAIN}") from error


def rounded(grade: Grade) -> Grade:
    """The grade with every measurement rounded to 6 digits, as files hold it."""
    replace = msgspec.structs.replace
    return replace(
        grade,
        score=round_off(grade.score),
        points=_round_all(grade.points),
        signals=_round_all(grade.signals),
        flags=tuple([replace(f, factor=_digits(f.factor)) for f in grade.flags]),
        interval=_round_ends(grade.interval),
        evidence=tuple(
            [
                replace(e, coverage=round_off(e.coverage), signals=_round_all(e.signals))
                for e in grade.evidence
            ]
        ),
        misconceptions=tuple([replace(m, cost=_digits(m.cost)) for m in grade.misconceptions]),
        steps=tuple([replace(s, score=_digits(s.score)) for s in grade.steps]),
    )


def _digits(value: float) -> float:
    # Rounding to a whole number is several times as quick as to a number of digits.
    return round(float(value) * _SCALE) / _SCALE


def round_off(value: float | None) -> float | None:
    """A measurement as files hold it; None if it is not a number."""
    return None if value is None or math.isnan(value) else _digits(value)


def _round_ends(ends: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if ends is None else (_digits(ends[0]), _digits(ends[1]))


def _round_all(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: round_off(value) for name, value in values.items()}


def as_json(value: Any) -> Any:
    """A value that JSON has no word for as one that it has: a NumPy number, else a text."""
    return value.item() if hasattr(value, "item") else str(value)
