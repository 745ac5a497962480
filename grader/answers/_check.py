"""From rows of a file to answers: find the fields, check them, give ids."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from grader.files import did_you_mean, nearest, quoted
from grader.model import Answer, Question

from ._columns import Columns, missing, resolve
from ._rows import MAX_ANSWER, BadRow, Row, Source

__all__ = ["Intake"]

_CACHED = 10_000
_NEEDED = ("question_id", "answer")


class Intake:
    """Turns rows into answers, remembering the ids it has seen.

    Args:
        known_questions: question ids, or questions (or their texts) by id; None to take any.
    """

    def __init__(
        self,
        source: Source,
        mapping: Mapping[str, str],
        known_questions: Collection[str] | None,
    ) -> None:
        self._source = source
        self._mapping = mapping
        self._questions = _Questions(known_questions)
        self._columns: dict[tuple[str, ...], tuple[Columns, tuple[str, str] | None]] = {}
        self._places: dict[str, int | str | None] = {}
        self._counts: Counter[str] = Counter()

    def take(self, row: Row) -> Answer | BadRow:
        """The row as an answer, or what is wrong with it."""
        try:
            return self._take(row)
        except _Bad as problem:
            path = row.path or self._source.name
            return BadRow(problem.what, path, row.line, problem.field)

    def _take(self, row: Row) -> Answer:
        fields = row.fields
        columns = self._find(fields)
        question_id = self._question(fields, columns)
        text = _answer(fields, columns)
        respondent = _optional(fields, columns.respondent)
        answer_id = self._answer_id(row, columns, question_id, respondent)
        extra = {name: _plain(fields[name]) for name in columns.extra} if columns.extra else {}
        return Answer(answer_id, question_id, text, respondent, extra, row.line)

    def _find(self, fields: dict[str, Any]) -> Columns:
        names = tuple(fields)
        if names not in self._columns:
            if len(self._columns) > _CACHED:
                self._columns.clear()
            lacking = missing(names, {k: v for k, v in self._mapping.items() if k in _NEEDED})
            self._columns[names] = resolve(names, self._mapping), lacking
        columns, lacking = self._columns[names]
        if lacking is not None:
            raise _Bad(lacking[1], lacking[0])
        return columns

    def _question(self, fields: dict[str, Any], columns: Columns) -> str:
        assert columns.question_id is not None
        value = fields[columns.question_id]
        if value is None:
            raise _Bad("is empty", columns.question_id)
        given = unicodedata.normalize("NFC", _scalar(value, columns.question_id)).strip()
        if not given:
            raise _Bad("is empty", columns.question_id)
        found = self._questions.find(given)
        if found is None:
            what = f"unknown question {quoted(given)}{self._questions.hint(given)}"
            raise _Bad(what, columns.question_id)
        return found

    def _answer_id(
        self, row: Row, columns: Columns, question_id: str, respondent: str | None
    ) -> str:
        self._counts[question_id] += 1
        given = _optional(row.fields, columns.answer_id)
        if given is not None:
            if given in self._places:
                place = self._places[given]
                first = f"on line {place}" if isinstance(place, int) else f"in {place}"
                what = f"a second answer {quoted(given)} (first {first})"
                raise _Bad(what, columns.answer_id)
            answer_id = given
        else:
            base = f"{question_id}-{respondent or self._counts[question_id]}"
            answer_id, number = base, 2
            while answer_id in self._places:
                answer_id = f"{base}-{number}"
                number += 1
        self._places[answer_id] = row.line if row.path is None else _place(row.path, row.line)
        return answer_id


def _place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


class _Bad(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, what: str, field: str | None) -> None:
        super().__init__(what)
        self.what = what
        self.field = field


def _scalar(value: Any, field: str | None) -> str:
    """A text, or a number or the like as text."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise _Bad("holds half of a surrogate pair", field) from None
        return value
    if isinstance(value, (dict, list, tuple, bytes)):
        kind = {dict: "an object", bytes: "bytes"}.get(type(value), "a list")
        raise _Bad(f"expected a text, got {kind}", field)
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    """A value of any format as JSON can hold it; NaN and infinities become None."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    try:
        return msgspec.to_builtins(value)
    except TypeError:
        return str(value)


def _answer(fields: dict[str, Any], columns: Columns) -> str:
    assert columns.answer is not None
    value = fields[columns.answer]
    text = "" if value is None else _scalar(value, columns.answer)
    if len(text) > MAX_ANSWER:
        what = f"{len(text):,} characters; an answer may have {MAX_ANSWER:,}"
        raise _Bad(what, columns.answer)
    return text


def _optional(fields: dict[str, Any], column: str | None) -> str | None:
    if column is None or fields[column] is None:
        return None
    return _scalar(fields[column], column).strip() or None


class _Questions:
    """The questions there are, by id and by text."""

    def __init__(self, known: Collection[str] | None) -> None:
        self._any = known is None
        self._ids = frozenset(known or ())
        texts = known if isinstance(known, Mapping) else {}
        self._by_text: dict[str, str] = {}
        for question_id, question in texts.items():
            for text in _wordings(question):
                self._by_text.setdefault(_comparable(text), question_id)
        self._hints: dict[str, str] = {}

    def find(self, given: str) -> str | None:
        """The id of the question whose id or text this is; None if there is none."""
        if self._any or given in self._ids:
            return given
        return self._by_text.get(_comparable(given)) if self._by_text else None

    def hint(self, given: str) -> str:
        """The nearest question, as the end of an error message."""
        if given not in self._hints:
            if len(self._hints) > _CACHED:
                self._hints.clear()
            hint = did_you_mean(given, self._ids)
            if not hint and self._by_text:
                text = nearest(_comparable(given), self._by_text)
                hint = "" if text is None else f"; did you mean {self._by_text[text]!r}?"
            self._hints[given] = hint
        return self._hints[given]


def _wordings(question: str | Question) -> list[str]:
    if isinstance(question, str):
        return [question]
    return [question.text, *(each.question for each in question.translations.values())]


def _comparable(text: str) -> str:
    """A question's text without regard to case, spacing, ё and the final mark."""
    text = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(text.split()).rstrip(" ?.!…:")
