"""Human grades of a run's answers: carried through from the input, or from a file beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from grader.answers import Row, read_rows
from grader.errors import AnswersError, GraderError, RunError
from grader.files import did_you_mean, quoted
from grader.model import Grade

__all__ = ["GradeColumns"]

_ANSWER_ID = "answer_id"
_ALSO = "id"
_SHOWN = 12


class _Cell(NamedTuple):
    """A value and where it stands."""

    value: Any
    line: int | None


class GradeColumns:
    """The columns that say something about each answer of a run.

    They are those that the run carried through from the input, those of the file if there is one
    (which take precedence), and "question_id", "respondent" and "topic" (the main one).

    Args:
        grades: the run's, in whose order everything comes out.
        source: what error messages call the run.
        file: rows with an answer_id and further columns, in any format answers are read from.

    Attributes:
        unknown: rows of the file whose answer the run has not.

    Raises:
        AnswersError: the file cannot be read, has no answer_id, names an answer twice, or names
            none of the run's.
    """

    def __init__(
        self, grades: Sequence[Grade], source: str | Path, file: str | Path | None = None
    ) -> None:
        self._grades = grades
        self._source = source
        self._file = file
        rows = {} if file is None else _by_answer(read_rows(file), file)
        known = {grade.answer_id for grade in grades}
        self.unknown = len(rows.keys() - known)
        self._rows = {name: row for name, row in rows.items() if name in known}
        if file is not None and not self._rows:
            raise AnswersError("names no answer of the run", path=file, field=_ANSWER_ID)

    def numbers(self, field: str) -> list[float | None]:
        """A column of grades; None where a cell is empty or missing.

        Raises:
            GraderError: there is no such column, or a cell is not a number of 0 or above; names
                the answer.
        """
        return [
            self._number(grade, cell, field)
            for grade, cell in zip(self._grades, self._cells(field), strict=True)
        ]

    def texts(self, field: str) -> list[str | None]:
        """A column of labels; None where a cell is empty or missing.

        Raises:
            GraderError: there is no such column.
        """
        return [_text(cell) for cell in self._cells(field)]

    def error(self, what: str, field: str | None = None, line: int | None = None) -> GraderError:
        """An error about the grades: in the file if there is one with the column, else the run."""
        if self._file is not None and (line is not None or field in self._file_columns()):
            return AnswersError(what, path=self._file, line=line, field=field)
        return RunError(what, path=self._source, field=field)

    def _cells(self, field: str) -> list[_Cell]:
        cells = [self._cell(grade, field) for grade in self._grades]
        if all(cell is None for cell in cells):
            names = self._names()
            shown = ", ".join(quoted(name, 30) for name in names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            hint = did_you_mean(field, names)
            what = f"no column {quoted(field)}{hint} (there are {shown}{more})"
            raise RunError(what, path=self._source)
        return [cell or _Cell(None, None) for cell in cells]

    def _cell(self, grade: Grade, field: str) -> _Cell | None:
        row = self._rows.get(grade.answer_id)
        if row is not None and field in row.fields:
            return _Cell(row.fields[field], row.line)
        if field in grade.extra:
            return _Cell(grade.extra[field], None)
        own = _own(grade)
        return _Cell(own[field], None) if field in own else None

    def _number(self, grade: Grade, cell: _Cell, field: str) -> float | None:
        value = cell.value
        if isinstance(value, str):
            text = value.strip().replace(",", ".").replace("−", "-")
            if not text:
                return None
            try:
                value = float(text)
            except ValueError:
                value = cell.value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._bad(grade, cell, field, "not a number")
        if not math.isfinite(value):
            raise self._bad(grade, cell, field, "not a finite number")
        if value < 0:
            raise self._bad(grade, cell, field, "below 0")
        return float(value)

    def _bad(self, grade: Grade, cell: _Cell, field: str, problem: str) -> GraderError:
        what = f"answer {quoted(grade.answer_id)}: {quoted(cell.value, 30)} is {problem}"
        return self.error(what, field, cell.line)

    def _names(self) -> list[str]:
        extra = (name for grade in self._grades for name in grade.extra)
        own = (name for grade in self._grades for name in _own(grade))
        return list(dict.fromkeys([*self._file_columns(), *extra, *own]))

    def _file_columns(self) -> list[str]:
        names = dict.fromkeys(name for row in self._rows.values() for name in row.fields)
        return [name for name in names if name not in (_ANSWER_ID, _ALSO)]


def _own(grade: Grade) -> Mapping[str, Any]:
    found: dict[str, Any] = {"question_id": grade.question_id}
    if grade.respondent is not None:
        found["respondent"] = grade.respondent
    if grade.topics:
        found["topic"] = grade.topics[0]
    return found


def _text(cell: _Cell) -> str | None:
    if cell.value is None:
        return None
    return str(cell.value).strip() or None


def _by_answer(rows: Sequence[Row], file: str | Path) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        key = _ANSWER_ID if _ANSWER_ID in row.fields else _ALSO
        if key not in row.fields:
            shown = ", ".join(quoted(name, 30) for name in list(row.fields)[:_SHOWN])
            what = f"no column '{_ANSWER_ID}' to tell the answers by (there are {shown})"
            raise AnswersError(what, path=file, line=row.line)
        name = str(row.fields[key]).strip()
        if name in found:
            what = f"a second row for answer {quoted(name)} (first on line {found[name].line})"
            raise AnswersError(what, path=file, line=row.line, field=key)
        found[name] = row
    return found
