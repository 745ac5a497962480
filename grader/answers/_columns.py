"""Which column of a file holds what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from grader.errors import AnswersError
from grader.files import did_you_mean, quoted

from ._rows import Source

__all__ = ["FIELDS", "Columns", "check_mapping", "header", "missing", "recognized", "resolve"]

# Usual names of the columns, in order of preference, as _plain writes them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "answer_id": ("answer_id", "id", "ответ_id", "id_ответа"),
    "question_id": ("question_id", "qid", "question", "вопрос_id", "id_вопроса", "вопрос"),
    "answer": ("answer", "text", "response", "completion", "output", "ответ", "текст"),
    "respondent": (
        *("respondent", "student", "candidate", "model", "author", "name", "user"),
        *("студент", "кандидат", "респондент", "имя", "модель", "автор"),
    ),
}
_NEEDED = ("question_id", "answer")
_FIELD_OF = {name: field for field, names in FIELDS.items() for name in names}


class Columns(NamedTuple):
    """The columns that hold each field, None for none; ``extra`` are all others."""

    answer_id: str | None
    question_id: str | None
    answer: str | None
    respondent: str | None
    extra: tuple[str, ...]


def header(source: Source, cells: Iterable[str], line: int) -> tuple[str, ...]:
    """The columns that a header row names; one without a name gets its number.

    Raises:
        AnswersError: two columns have the same name.
    """
    seen: dict[str, None] = {}
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {number}"
        if name in seen:
            raise source.error("the header has this column twice", line, name)
        seen[name] = None
    return tuple(seen)


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping of fields there are not.

    Raises:
        AnswersError: naming the field and the nearest that there is.
    """
    for field in mapping:
        if field not in FIELDS:
            hint = did_you_mean(field, FIELDS)
            known = ", ".join(FIELDS)
            raise AnswersError(f"--map {field}=…: no such field{hint} (fields: {known})")


def resolve(columns: Iterable[str], mapping: Mapping[str, str]) -> Columns:
    """Find the columns: by the mapping first, then by their usual names."""
    columns = tuple(columns)
    taken = {column for column in mapping.values() if column in columns}
    found: dict[str, str | None] = {}
    for field, names in FIELDS.items():
        if field in mapping:
            found[field] = mapping[field] if mapping[field] in columns else None
            continue
        free = {_plain(column): column for column in reversed(columns) if column not in taken}
        found[field] = next((free[name] for name in names if name in free), None)
        if found[field] is not None:
            taken.add(str(found[field]))
    return Columns(**found, extra=tuple(column for column in columns if column not in taken))


def missing(columns: Iterable[str], mapping: Mapping[str, str]) -> tuple[str, str] | None:
    """The first field that is needed or mapped but has no column, and what to do; None if none."""
    columns = tuple(columns)
    found = resolve(columns, mapping)
    shown = ", ".join(quoted(column, 30) for column in columns[:12]) or "none"
    if len(columns) > 12:
        shown += f" and {len(columns) - 12} more"
    for field in FIELDS:
        if getattr(found, field) is None:
            if field in mapping:
                hint = did_you_mean(mapping[field], columns)
                what = f"no column {quoted(mapping[field])}{hint} (there are {shown})"
                return field, what
            if field in _NEEDED:
                return field, f"missing among {shown}; name its column: --map {field}=COLUMN"
    return None


def recognized(columns: Iterable[str]) -> set[str]:
    """The fields that some of the columns are usual names of."""
    return {_FIELD_OF[plain] for column in columns if (plain := _plain(column)) in _FIELD_OF}


def _plain(column: str) -> str:
    """A column's name without regard to case, spaces and hyphens."""
    name = unicodedata.normalize("NFC", column).strip().casefold()
    return name.replace(" ", "_").replace("-", "_")
