"""A folder of answer files that are parts of one whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from grader.errors import AnswersError

from ._rows import BadRow, Row, Source, Table

__all__ = ["part_files", "read_parts"]


def part_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """The parts in order of their names; none if the folder is not one of parts alone."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    parts = [path for path in files if path.is_file() and path.suffix.lower() in suffixes]
    return parts if len(parts) == len(files) else []


def read_parts(
    source: Source, files: list[Path], reader: Callable[[Source], Callable[[Source], Table]]
) -> Table:
    """The rows of all files, one file after the other.

    Args:
        reader: what reads a file of its kind.
    """
    return Table(None, _rows(source, files, reader))


def _rows(
    source: Source, files: list[Path], reader: Callable[[Source], Callable[[Source], Table]]
) -> Iterator[Row | BadRow]:
    for path in files:
        part = Source(str(Path(source.name) / path.name), path, None, source.questions)
        try:
            table = reader(part)(part)
            try:
                for row in table.rows:
                    yield row if isinstance(row, BadRow) else row._replace(path=part.name)
            finally:
                table.close()
        except OSError as problem:
            what = f"cannot be read: {problem.strerror or problem}"
            raise AnswersError(what, path=part.name) from None
