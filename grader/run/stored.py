"""The grades of a run on disk, decoded as they are asked for."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar, cast

import numpy as np

from grader.errors import RunError
from grader.model import Grade
from grader.run import jsonl, parquet
from grader.run.layout import BANK, lines_of, write_lines, write_parts
from grader.run.lines import AGAIN, Outcome

__all__ = ["StoredGrades"]

Graded = TypeVar("Graded", Grade, Outcome)


class _Format(Protocol):
    """What the module of a file format can do."""

    def count(self, path: Path) -> int: ...
    def grades(
        self, path: Path, wanted: frozenset[str] | None = None
    ) -> Iterator[tuple[int, Grade | None]]: ...
    def outcomes(self, path: Path) -> Iterator[tuple[int, Outcome]]: ...


_FORMATS = {".jsonl": cast(_Format, jsonl), ".parquet": cast(_Format, parquet)}


class StoredGrades(Collection[Grade]):
    """Grades in files; every iteration reads them anew and holds one at a time.

    An answer that is there twice is noticed at the end of an iteration, by hashes, which take
    8 bytes an answer.

    Args:
        files: JSON Lines or Parquet, in order.
        questions: ids of the questions that grades may refer to.
        count: how many grades there are; counted when asked for if None.

    Raises:
        RunError: a file cannot be opened. So does an iteration for a line that is no grade; names
            the file and the line.
    """

    def __init__(
        self, files: Sequence[Path], questions: Collection[str], count: int | None = None
    ) -> None:
        self._files = files
        self._questions = questions
        self._count = count
        for path in self._files:
            with _naming(path), path.open("rb"):
                pass

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(_counted(path) for path in self._files)
        return self._count

    def __iter__(self) -> Iterator[Grade]:
        return self._checked(_grades)

    def __contains__(self, grade: object) -> bool:
        return any(grade == own for own in self)

    def outcomes(self) -> Iterator[Outcome]:
        """Every grade without its evidence, which is decoded several times as fast."""
        return self._checked(_outcomes)

    def chosen(self, answers: Set[str]) -> Iterator[tuple[int, Grade]]:
        """The grades of some answers, each with its place among all, from 0 up."""
        wanted = frozenset(answers)
        place = 0
        for path in self._files:
            with _naming(path):
                for _, grade in _FORMATS[path.suffix].grades(path, wanted):
                    if grade is not None:
                        yield place, grade
                    place += 1

    def write(self, folder: Path) -> None:
        """Copy the grades into the directory of a run: lines as one file, Parquet as parts.

        Raises:
            OSError: they cannot be read or written.
        """
        if all(path.suffix == ".jsonl" for path in self._files):
            write_lines(folder, lines_of(self._files))
        else:
            write_parts(folder, self._files)

    def _checked(self, read: Callable[[Path], Iterator[tuple[int, Graded]]]) -> Iterator[Graded]:
        hashes = array("q")
        for path in self._files:
            for line, item in read(path):
                if item.question_id not in self._questions:
                    what = f"question '{item.question_id}' is not in {BANK}"
                    raise RunError(what, path=path, line=line, field="question_id")
                hashes.append(hash(item.answer_id))
                yield item
        if repeated := _repeated(hashes):
            self._refuse(repeated)

    def _refuse(self, hashes: Set[int]) -> None:
        """Name the first answer that is there twice, among those with these hashes."""
        first: dict[str, tuple[Path, int]] = {}
        for path in self._files:
            for line, item in _outcomes(path):
                if hash(item.answer_id) not in hashes:
                    continue
                before, at = first.setdefault(item.answer_id, (path, line))
                if (before, at) != (path, line):
                    where = f"line {at}" if before == path else f"line {at} of {before.name}"
                    what = f"answer '{item.answer_id}' is already on {where}"
                    raise RunError(what, path=path, line=line, field="answer_id")


def _repeated(hashes: array[int]) -> set[int]:
    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64))
    return set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def _counted(path: Path) -> int:
    with _naming(path):
        return _FORMATS[path.suffix].count(path)


def _grades(path: Path) -> Iterator[tuple[int, Grade]]:
    with _naming(path):
        for line, grade in _FORMATS[path.suffix].grades(path):
            if grade is not None:
                yield line, grade


def _outcomes(path: Path) -> Iterator[tuple[int, Outcome]]:
    with _naming(path):
        yield from _FORMATS[path.suffix].outcomes(path)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors of reading a file, with its name."""
    try:
        yield
    except RunError as error:
        raise RunError(error.what, path=path, line=error.line, field=error.field) from error
    except FileNotFoundError as error:
        raise RunError(f"the run is not complete; {AGAIN}", path=path) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", path=path) from error
