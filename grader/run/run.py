"""A run in memory or read from its directory, and how it is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from grader.errors import RunError
from grader.files import did_you_mean
from grader.model import Grade
from grader.run.layout import BANK, MANIFEST, grade_files, sweep, write_lines
from grader.run.lines import AGAIN, Outcome, as_json, encode_grade
from grader.run.questions import RunQuestion
from grader.run.stored import StoredGrades
from grader.run.writing import replacing

__all__ = ["Run"]

T = TypeVar("T")


class Run(msgspec.Struct, frozen=True):
    """Grades of a set of answers with the questions and the manifest behind them.

    Attributes:
        grades: in the order of the input; a tuple, or those of a directory, which are decoded
            anew each time they are gone through.
        questions: the bank's questions as graded against, by id.
        manifest: free-form; see the package's text for the keys that reports use.
    """

    grades: Collection[Grade]
    questions: Mapping[str, RunQuestion]
    manifest: dict[str, Any]

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> Run:
        """Read a run; its grades stay on disk.

        Raises:
            RunError: the directory or one of its files is missing, cut off or not a run's. Going
                through the grades raises it too; names the file and the line.
        """
        folder = Path(directory)
        if not folder.is_dir():
            raise RunError("no run here; 'grader score ANSWERS --out DIR' makes one", path=folder)
        manifest = _read_json(folder / MANIFEST, dict[str, Any])
        bank = _read_json(folder / BANK, _BankFile)
        questions = {question.id: question for question in bank.questions}
        return cls(StoredGrades(grade_files(folder), questions), questions, manifest)

    def loaded(self) -> Run:
        """The run with all its grades in memory, for those who go through them many times.

        Raises:
            RunError: a grade cannot be read.
        """
        return msgspec.structs.replace(self, grades=tuple(self.grades))

    def write(
        self,
        directory: str | os.PathLike[str],
        *,
        also: Callable[[Path], object] | None = None,
    ) -> None:
        """Write the run; a new directory appears only when all its files are complete.

        Args:
            directory: made if missing; in an existing one each file is replaced whole.
            also: writes further files (reports) into the directory it is given.

        Raises:
            RunError: the directory cannot be written.
        """
        folder = Path(directory)
        try:
            if folder.exists():
                self._write_files(folder, also)
                return
            folder.parent.mkdir(parents=True, exist_ok=True)
            fresh = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
            shutil.rmtree(fresh, ignore_errors=True)  # left by a killed process of this number
            try:
                fresh.mkdir()
                self._write_files(fresh, also)
                fresh.replace(folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        except OSError as error:
            raise RunError(f"cannot write the run: {error.strerror}", path=folder) from error

    def write_manifest(self, folder: Path) -> None:
        """Write the manifest alone, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        with replacing(folder / MANIFEST) as path:
            path.write_bytes(_pretty(self.manifest))

    def _write_files(self, folder: Path, also: Callable[[Path], object] | None) -> None:
        sweep(folder)
        # First what may fail, so that a run that was here before is still whole then.
        if isinstance(self.grades, StoredGrades):
            self.grades.write(folder)
        else:
            write_lines(folder, map(encode_grade, self.grades))
        with replacing(folder / BANK) as path:
            path.write_bytes(_pretty(_BankFile(tuple(self.questions.values()))))
        if also is not None:
            also(folder)
        self.write_manifest(folder)

    def outcomes(self) -> Iterator[Outcome]:
        """Every grade without its evidence, in the order of the input.

        Raises:
            RunError: a grade cannot be read.
        """
        if isinstance(self.grades, StoredGrades):
            return self.grades.outcomes()
        return map(Outcome.of, self.grades)

    def chosen(self, answers: Set[str]) -> Iterator[tuple[int, Grade]]:
        """The grades of some answers, by their ids, each with its place in the input, from 0 up.

        Raises:
            RunError: a grade cannot be read.
        """
        if isinstance(self.grades, StoredGrades):
            return self.grades.chosen(answers)
        return ((n, grade) for n, grade in enumerate(self.grades) if grade.answer_id in answers)

    def question(self, question_id: str) -> RunQuestion:
        """The question with this id; if the run has none, one that has only its id."""
        found = self.questions.get(question_id)
        return found or RunQuestion(id=question_id, text=question_id, topics=())

    def grade(self, answer_id: str) -> Grade:
        """The grade of one answer.

        Raises:
            RunError: the run has no such answer; suggests the nearest id.
        """
        for _, grade in self.chosen({answer_id}):
            return grade
        near = did_you_mean(answer_id, [outcome.answer_id for outcome in self.outcomes()])
        raise RunError(f"the run has no answer '{answer_id}'{near}")


class _BankFile(msgspec.Struct, frozen=True):
    questions: tuple[RunQuestion, ...]


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=as_json), indent=2) + b"\n"


def _read_json(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise RunError(f"the run is not complete; {AGAIN}", path=path) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", path=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{error}; {AGAIN}", path=path) from error
