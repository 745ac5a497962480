"""A run: the grades of a set of answers, what they were graded against, and how.

On disk a run is a directory of ``grades.jsonl`` (one grade a line), ``bank.json`` (the
questions as they were) and ``manifest.json`` (versions, hashes, options, signature); reports
lie beside them. Files are written whole under a temporary name and renamed, so a reader never
sees half of one.

Keys of the manifest that reports use, all optional::

    signature  one line that names everything the grades depend on
    bank       {name, title: text or {lang: text}, scale: number, topics: {id: text or {…}}}
    bad_rows   [{path, line, field, what}] rows of the input that were left out
"""

from __future__ import annotations

import difflib
import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from grader.errors import RunError
from grader.model import Evidence, Flag, Grade, KeyPoint, MisconceptionHit, Question, Step

__all__ = [
    "Run",
    "RunMisconception",
    "RunPoint",
    "RunQuestion",
    "decode_grade",
    "encode_grade",
    "replacing",
    "rounded",
]

GRADES = "grades.jsonl"
BANK = "bank.json"
MANIFEST = "manifest.json"
DIGITS = 6

_AGAIN = "score the answers again"
_T = TypeVar("_T")


class RunPoint(msgspec.Struct, frozen=True):
    """A key point as graded against, or the reference sentence serving as one.

    Attributes:
        id: the point's id, or "s1", "s2", … for reference sentences.
        text: the statement, in the question's language.
        weight: its share of the grade relative to the other points, above 0.
        translations: the statement in other languages, by language code.
    """

    id: str
    text: str
    weight: float = 1.0
    translations: Mapping[str, str] = {}


class RunMisconception(msgspec.Struct, frozen=True):
    """A misconception as graded against and the share of the full score it costs (0..1)."""

    id: str
    text: str
    cost: float = 0.25
    translations: Mapping[str, str] = {}


class RunQuestion(msgspec.Struct, frozen=True):
    """A question as it was when the answers were graded.

    Attributes:
        topics: at least one; the first is the main one.
        references: the reference answers' texts.
        key_points: everything the grades' points refer to.
        language: language code of the texts.
        translations: the question's text in other languages, by language code.
    """

    id: str
    text: str
    topics: tuple[str, ...]
    references: tuple[str, ...] = ()
    key_points: tuple[RunPoint, ...] = ()
    misconceptions: tuple[RunMisconception, ...] = ()
    language: str = "ru"
    translations: Mapping[str, str] = {}

    @classmethod
    def of(cls, question: Question, points: Sequence[KeyPoint] | None = None) -> RunQuestion:
        """The snapshot of a question.

        Args:
            question: from the bank, with its rubric if it has one.
            points: what it was graded against if not the rubric's key points, such as
                reference sentences.
        """
        rubric = question.rubric
        if points is None:
            points = rubric.key_points if rubric else ()
        return cls(
            id=question.id,
            text=question.text,
            topics=question.topics,
            references=question.references,
            key_points=tuple(
                RunPoint(p.id, p.text, p.weight, dict(p.translations)) for p in points
            ),
            misconceptions=tuple(
                RunMisconception(m.id, m.text, m.cost, dict(m.translations))
                for m in (rubric.misconceptions if rubric else ())
            ),
            language=question.language,
            translations={lang: t.question for lang, t in question.translations.items()},
        )


class Run(msgspec.Struct, frozen=True):
    """Grades of a set of answers with the questions and the manifest behind them.

    Attributes:
        grades: in the order of the input.
        questions: the bank's questions as graded against, by id.
        manifest: free-form; see the module's text for the keys that reports use.
    """

    grades: tuple[Grade, ...]
    questions: Mapping[str, RunQuestion]
    manifest: dict[str, Any]

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> Run:
        """Read a run.

        Raises:
            RunError: the directory or one of its files is missing, cut off or not a run's;
                names the file and the line.
        """
        folder = Path(directory)
        if not folder.is_dir():
            raise RunError("no run here; 'grader score ANSWERS --out DIR' makes one", path=folder)
        manifest = _read_json(folder / MANIFEST, dict[str, Any])
        bank = _read_json(folder / BANK, _BankFile)
        questions = {question.id: question for question in bank.questions}
        return cls(tuple(_read_grades(folder / GRADES, questions)), questions, manifest)

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

    def _write_files(self, folder: Path, also: Callable[[Path], object] | None) -> None:
        with replacing(folder / BANK) as path:
            path.write_bytes(_pretty(_BankFile(tuple(self.questions.values()))))
        with replacing(folder / GRADES) as path, path.open("wb") as file:
            file.writelines(encode_grade(grade) for grade in self.grades)
        if also is not None:
            also(folder)
        # Last, because a directory with a manifest is taken for a finished run.
        with replacing(folder / MANIFEST) as path:
            path.write_bytes(_pretty(self.manifest))

    def question(self, question_id: str) -> RunQuestion:
        """The question with this id; if the run has none, one that has only its id."""
        found = self.questions.get(question_id)
        return found or RunQuestion(id=question_id, text=question_id, topics=())

    def grade(self, answer_id: str) -> Grade:
        """The grade of one answer.

        Raises:
            RunError: the run has no such answer; suggests the nearest id.
        """
        for grade in self.grades:
            if grade.answer_id == answer_id:
                return grade
        near = difflib.get_close_matches(answer_id, [g.answer_id for g in self.grades], n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise RunError(f"the run has no answer '{answer_id}'{hint}")


class _BankFile(msgspec.Struct, frozen=True):
    questions: tuple[RunQuestion, ...]


class _Line(msgspec.Struct, frozen=True):
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


_DECODER = msgspec.json.Decoder(_Line)


def encode_grade(grade: Grade) -> bytes:
    """A grade as one line of grades.jsonl, newline included, numbers rounded to 6 digits.

    A value in ``extra`` that JSON has no word for is written as its text.

    Raises:
        RunError: the grade holds text that is not valid Unicode (a lone surrogate).
    """
    grade = rounded(grade)
    fields = {name: getattr(grade, name) for name in grade.__struct_fields__}
    fields |= {"flags": tuple(flag.name for flag in grade.flags), "flag_details": grade.flags}
    try:
        return msgspec.json.encode(_Line(**fields), enc_hook=_as_json) + b"\n"
    except UnicodeEncodeError as error:
        raise RunError(f"answer '{grade.answer_id}' is not valid Unicode") from error


def decode_grade(line: bytes) -> Grade:
    """The grade a line of grades.jsonl holds.

    Raises:
        RunError: the line is no grade.
    """
    try:
        read = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise RunError(what, field=where.strip("`").removeprefix("$.") or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(f"the line is cut off or not JSON; {_AGAIN}") from error
    if read.score is not None and not 0.0 <= read.score <= 1.0:
        raise RunError(f"the score {read.score} is not between 0 and 1", field="score")
    flags = read.flag_details
    if flags is None:  # a line some other program wrote
        flags = tuple(Flag(name, 1.0) for name in read.flags)
    elif tuple(flag.name for flag in flags) != read.flags:
        raise RunError("'flags' and 'flag_details' name different flags", field="flags")
    fields = {name: getattr(read, name) for name in Grade.__struct_fields__}
    return Grade(**fields | {"flags": flags})


def rounded(grade: Grade) -> Grade:
    """The grade with every measurement rounded to 6 digits, as files hold it."""
    replace = msgspec.structs.replace
    ends = grade.interval
    return replace(
        grade,
        score=_round(grade.score),
        points=_round_all(grade.points),
        signals=_round_all(grade.signals),
        flags=tuple(replace(f, factor=_digits(f.factor)) for f in grade.flags),
        interval=None if ends is None else (_digits(ends[0]), _digits(ends[1])),
        evidence=tuple(
            replace(e, coverage=_round(e.coverage), signals=_round_all(e.signals))
            for e in grade.evidence
        ),
        misconceptions=tuple(replace(m, cost=_digits(m.cost)) for m in grade.misconceptions),
        steps=tuple(replace(s, score=_digits(s.score)) for s in grade.steps),
    )


def _digits(value: float) -> float:
    return round(float(value), DIGITS) + 0.0  # the addend turns -0.0 into 0.0


def _round(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else _digits(value)


def _round_all(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _round(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_as_json), indent=2) + b"\n"


def _read_json(path: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise RunError(f"the run is not complete; {_AGAIN}", path=path) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", path=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{error}; {_AGAIN}", path=path) from error


def _read_grades(path: Path, questions: Mapping[str, RunQuestion]) -> Iterator[Grade]:
    lines: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    grade = decode_grade(line)
                except RunError as error:
                    raise RunError(error.what, path=path, line=number, field=error.field) from error
                if grade.question_id not in questions:
                    what = f"question '{grade.question_id}' is not in {BANK}"
                    raise RunError(what, path=path, line=number, field="question_id")
                first = lines.setdefault(grade.answer_id, number)
                if first != number:
                    what = f"answer '{grade.answer_id}' is already on line {first}"
                    raise RunError(what, path=path, line=number, field="answer_id")
                yield grade
    except FileNotFoundError as error:
        raise RunError(f"the run is not complete; {_AGAIN}", path=path) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", path=path) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well.

    On an exception the temporary file is removed and ``path`` stays as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
