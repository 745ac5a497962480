"""CSV and TSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from grader.errors import AnswersError
from grader.files import decode

from ._columns import header, recognized
from ._rows import TOO_LONG, BadRow, Row, Source, Table

__all__ = ["read_csv", "read_tsv"]

# Bytes of a line and characters of a row: room for the longest answer and other columns beside it.
_MAX_LINE = 8 * 2**20
_MAX_ROW = 2_000_000
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")
_DELIMITERS = (",", ";", "\t")


def read_csv(source: Source) -> Table:
    """Comma, semicolon or tab separated values with a header row.

    Raises:
        AnswersError: there is no header, it is not UTF-8, or a column stands in it twice.
    """
    return _read(source, None)


def read_tsv(source: Source) -> Table:
    """Tab separated values with a header row.

    Raises:
        AnswersError: there is no header, it is not UTF-8, or a column stands in it twice.
    """
    return _read(source, "\t")


def _read(source: Source, delimiter: str | None) -> Table:
    # The limit is the process's: it is only ever raised, and rows are bounded below.
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_ROW))
    lines = _Lines(source)
    try:
        if delimiter is None:
            delimiter = _sniff(lines)
        columns = _header(source, next(_records(source, lines, delimiter), None))
    except BaseException:
        lines.close()
        raise
    return Table(columns, _rows(source, lines, delimiter, columns), lines.close)


def _header(source: Source, record: tuple[int, list[str]] | BadRow | None) -> tuple[str, ...]:
    if record is None:
        raise source.error("no header row: the file is empty")
    if isinstance(record, BadRow):
        raise source.error(record.what, record.line)
    number, cells = record
    return header(source, cells, number)


def _rows(
    source: Source, lines: _Lines, delimiter: str, columns: tuple[str, ...]
) -> Iterator[Row | BadRow]:
    for record in _records(source, lines, delimiter):
        if isinstance(record, BadRow):
            yield record
            continue
        number, cells = record
        if not any(cells):
            continue
        if len(cells) == len(columns):
            yield Row(number, dict(zip(columns, cells, strict=True)))
        else:
            count = f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}"
            yield source.bad(f"{count}, but the header has {len(columns)}", number)


def _records(
    source: Source, lines: _Lines, delimiter: str
) -> Iterator[tuple[int, list[str]] | BadRow]:
    """Rows of cells, numbered by their first line."""
    while not lines.at_end:
        # After an error a reader is of no more use: the next row gets a new one.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            lines.begin()
            for cells in reader:
                if lines.problem is None:
                    if cells:
                        yield lines.first, cells
                else:
                    yield source.bad(lines.problem, lines.problem_line)
                lines.begin()
        except csv.Error as problem:
            if lines.at_end:
                what = "a quoted cell that begins in this row never ends; no row after it was read"
            else:
                what = f"broken CSV: {problem}"
            yield source.bad(what, lines.first)
        except _TooLong:
            if lines.number > lines.first:
                # Where the row ends cannot be told, so what follows cannot be read either.
                what = f"{TOO_LONG} (a quote that never ends?); no row after it was read"
                yield source.bad(what, lines.first)
                return
            yield source.bad(TOO_LONG, lines.first)


class _TooLong(Exception):  # noqa: N818 - never leaves this module
    """The row being read is longer than a row may be."""


class _Lines:
    """The lines of a source as text, numbered, with what is wrong in the row being read."""

    def __init__(self, source: Source) -> None:
        self.number = 0
        self.first = 1
        self.problem: str | None = None
        self.problem_line = 1
        self.at_end = False
        self._source = source
        self._handle: BinaryIO = source.open()
        self._size = 0
        self._parts: list[str] = []
        self._peeked: bytes | None = None

    def __iter__(self) -> _Lines:
        return self

    def close(self) -> None:
        """Let go of the file."""
        self._handle.close()

    def peek(self) -> bytes:
        """The first line, which will come again."""
        if self._peeked is None:
            self._peeked = self._handle.readline(_MAX_LINE)
        return self._peeked

    def begin(self) -> None:
        """A new row begins with the next line."""
        self.first = self.number if self._parts else self.number + 1
        self.problem = None
        self._size = 0

    def __next__(self) -> str:
        if not self._parts:
            self._parts = self._split(self._line())
        part = self._parts.pop(0)
        self._size += len(part)
        if self._size > _MAX_ROW:
            raise _TooLong
        return part

    def _line(self) -> bytes:
        line = self._handle.readline(_MAX_LINE) if self._peeked is None else self._peeked
        self._peeked = None
        if not line:
            self.at_end = True
            raise StopIteration
        self.number += 1
        if len(line) == _MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = self._handle.readline(_MAX_LINE)
            raise _TooLong
        return line

    def _split(self, line: bytes) -> list[str]:
        try:
            text = decode(line, AnswersError, path=self._source.name, first_line=self.number)
        except AnswersError as problem:
            if self.problem is None:
                self.problem, self.problem_line = problem.what, self.number
            text = line.decode("utf-8", "replace")
        # A file that ends its lines with \r alone, which the csv module wants split, has but one
        # line here; in any other file \r alone is part of a cell.
        whole_file = self.number == 1 and not text.endswith("\n")
        return _LONE_RETURN.split(text) if whole_file else [text]


def _sniff(lines: _Lines) -> str:
    """The delimiter that makes most of the header: known columns first, then any columns."""
    header = lines.peek().decode("utf-8", "replace").lstrip("\ufeff")

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return len(recognized(cells)), len(cells)

    return max(_DELIMITERS, key=worth)
