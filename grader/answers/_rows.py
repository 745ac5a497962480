"""What readers of all formats hand on: rows of named fields, or what is wrong with a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from grader.errors import AnswersError

__all__ = ["MAX_ANSWER", "TOO_LONG", "BadRow", "Row", "Source", "Table"]

# Characters an answer may have; some forty pages.
MAX_ANSWER = 200_000
TOO_LONG = f"the row is too long; an answer may have {MAX_ANSWER:,} characters"


class BadRow(msgspec.Struct, frozen=True):
    """A row that is no answer: where it stands and what is wrong with it.

    Attributes:
        path: the file, as the user named it; "-" for standard input.
        line: line or row of the file, counted from 1; None when the file is one answer.
        field: the column or key concerned.
    """

    what: str
    path: str
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        return str(AnswersError(self.what, path=self.path, line=self.line, field=self.field))


class Row(NamedTuple):
    """One row: its fields by column name.

    Attributes:
        path: the row's own file, where it is not the whole source's.
    """

    line: int | None
    fields: dict[str, Any]
    path: str | None = None


class Table(NamedTuple):
    """The rows of a source, read as they are asked for.

    Attributes:
        columns: the columns that every row has; None where each row names its own (JSON).
        close: lets go of the file, whether or not all rows were read.
    """

    columns: tuple[str, ...] | None
    rows: Iterator[Row | BadRow]
    close: Callable[[], None] = lambda: None


class Source(NamedTuple):
    """A file or folder, or what came on standard input.

    Attributes:
        name: what error messages call it.
        data: the bytes, when they are not in a file.
        questions: ids of the known questions; None if any will do.
    """

    name: str
    path: Path
    data: bytes | None = None
    questions: frozenset[str] | None = None

    def open(self) -> BinaryIO:
        """The bytes as a stream, from the beginning."""
        return self.path.open("rb") if self.data is None else BytesIO(self.data)

    def read(self) -> bytes:
        """All bytes."""
        return self.path.read_bytes() if self.data is None else self.data

    def bad(self, what: str, line: int | None = None, field: str | None = None) -> BadRow:
        """A bad row of this source."""
        return BadRow(what, self.name, line, field)

    def error(self, what: str, line: int | None = None, field: str | None = None) -> AnswersError:
        """An error about the source as a whole."""
        return AnswersError(what, path=self.name, line=line, field=field)
