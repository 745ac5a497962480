"""Files of grades as JSON Lines: one grade a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from grader.errors import RunError
from grader.model import Grade
from grader.run.lines import Outcome, decode_grade, decode_id, decode_outcome

__all__ = ["count", "grades", "outcomes"]

_BUFFER = 1 << 20

T = TypeVar("T")


def count(path: Path) -> int:
    """How many grades a file has."""
    return sum(1 for _ in _decoded(path, len))


def grades(path: Path, wanted: frozenset[str] | None = None) -> Iterator[tuple[int, Grade | None]]:
    """Each line's number, from 1 up, with its grade; with None if ``wanted`` lacks the answer.

    Raises:
        RunError: a line is no grade; names the line.
    """
    if wanted is None:
        return _decoded(path, decode_grade)
    return _decoded(path, lambda line: decode_grade(line) if decode_id(line) in wanted else None)


def outcomes(path: Path) -> Iterator[tuple[int, Outcome]]:
    """Each line's number, from 1 up, with its outcome.

    Raises:
        RunError: a line is no grade; names the line.
    """
    return _decoded(path, decode_outcome)


def _decoded(path: Path, decode: Callable[[bytes], T]) -> Iterator[tuple[int, T]]:
    with path.open("rb", buffering=_BUFFER) as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield number, decode(line)
        except RunError as error:
            raise RunError(error.what, line=number, field=error.field) from error
