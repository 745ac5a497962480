"""One way in for all formats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import file_digest, sha256
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from grader.errors import AnswersError
from grader.files import did_you_mean
from grader.model import Answer

from ._check import Intake
from ._columns import check_mapping, missing
from ._rows import BadRow, Row, Source, Table

__all__ = ["AnswerSet", "AnswerSource", "read_answers", "read_rows"]

# Modules are imported when a file asks for them.
_READERS: Mapping[str, str] = {
    ".jsonl": "_json:read_json_lines",
    ".ndjson": "_json:read_json_lines",
    ".json": "_json:read_json",
    ".csv": "_delimited:read_csv",
    ".tsv": "_delimited:read_tsv",
    ".xlsx": "_tables:read_xlsx",
    ".parquet": "_tables:read_parquet",
    ".eval": "_inspect_ai:read_eval",
}
_FOLDER = "_folder:read_folder"
_STANDARD_INPUT = "-"
_NO_MAPPING: Mapping[str, str] = MappingProxyType({})


class AnswerSet(msgspec.Struct, frozen=True):
    """The answers of a source, in its order.

    Attributes:
        bad: the rows left out, in order; empty unless they were to be skipped.
        sha256: hash of the source's contents, as 64 hexadecimal digits; of a folder, of its
            files' paths below it and contents.
    """

    answers: tuple[Answer, ...]
    bad: tuple[BadRow, ...]
    sha256: str


class AnswerSource:
    """The answers of a file, a folder or standard input, read as they are asked for.

    Args:
        source: a .jsonl, .ndjson, .json, .csv, .tsv, .xlsx, .parquet or .eval file, a folder of
            such files or of .txt and .md files, or "-" for standard input (JSON Lines, JSON, CSV,
            TSV).
        mapping: column by field ("answer_id", "question_id", "answer", "respondent") where the
            column has no usual name.
        known_questions: the ids that answers may refer to; given as a mapping from ids to
            questions or their texts (``bank.questions``), an answer may name its question by the
            text too. None to take any.
        stdin: what to read for "-"; the process's standard input if None.

    Raises:
        AnswersError: there is no such source, or it is of no known kind.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        mapping: Mapping[str, str] = _NO_MAPPING,
        known_questions: Collection[str] | None = None,
        stdin: BinaryIO | None = None,
    ) -> None:
        self._source = _open(source, known_questions, stdin)
        self._mapping = mapping
        self._questions = known_questions

    def __iter__(self) -> Iterator[Answer | BadRow]:
        """The answers in order, a bad row where there is none; may be asked for again.

        Raises:
            AnswersError: also while iterating: the source cannot be read or a column is missing.
        """
        check_mapping(self._mapping)
        try:
            table = _reader(self._source)(self._source)
            try:
                yield from _checked(self._source, table, self._mapping, self._questions)
            finally:
                table.close()
        except OSError as problem:
            raise self._source.error(f"cannot be read: {problem.strerror or problem}") from None

    def content_hash(self) -> str:
        """SHA-256 of the contents; of a folder, of its files' paths below it and contents.

        Raises:
            AnswersError: the source cannot be read.
        """
        try:
            return _content_hash(self._source)
        except OSError as problem:
            raise self._source.error(f"cannot be read: {problem.strerror or problem}") from None

    def check(self, answers: int, bad: Sequence[BadRow], *, skip_bad: bool) -> None:
        """Refuse what was read if nothing of it, or not all of it, can be graded.

        Args:
            answers: how many there were.
            bad: the rows that were none.
            skip_bad: whether these may be left out.

        Raises:
            AnswersError: names the first bad row and counts the others.
        """
        if bad and not (skip_bad and answers):
            first, rest = bad[0], len(bad) - 1
            what = first.what + (f"; and {rest} more" if rest else "")
            what += "; --skip-bad grades the rest" if answers else "; no good row is left"
            raise AnswersError(what, path=first.path, line=first.line, field=first.field)
        if not answers:
            raise self._source.error("no answers")


def read_answers(
    source: str | Path,
    *,
    mapping: Mapping[str, str] = _NO_MAPPING,
    known_questions: Collection[str] | None = None,
    skip_bad: bool = False,
    stdin: BinaryIO | None = None,
) -> AnswerSet:
    """All answers of a file, a folder or standard input; arguments as of :class:`AnswerSource`.

    Args:
        skip_bad: leave bad rows out and list them in the result, instead of raising.

    Raises:
        AnswersError: there is no such source, it cannot be read, a needed column is missing, a
            row is bad (the message names the first and counts the others), or no answer is left.
    """
    opened = AnswerSource(source, mapping=mapping, known_questions=known_questions, stdin=stdin)
    answers: list[Answer] = []
    bad: list[BadRow] = []
    for one in opened:
        if isinstance(one, Answer):
            answers.append(one)
        else:
            bad.append(one)
    opened.check(len(answers), bad, skip_bad=skip_bad)
    return AnswerSet(tuple(answers), tuple(bad), opened.content_hash())


def read_rows(source: str | Path, *, stdin: BinaryIO | None = None) -> tuple[Row, ...]:
    """The rows of a file as they stand, whatever their columns.

    Args:
        source: a file of any format that ``read_answers`` takes, or "-" for standard input.
        stdin: what to read for "-"; the process's standard input if None.

    Raises:
        AnswersError: there is no such file, it cannot be read, or a row is broken.
    """
    opened = _open(source, None, stdin)
    if opened.data is None and opened.path.is_dir():
        raise opened.error("is a folder; name a file")
    rows: list[Row] = []
    try:
        table = _reader(opened)(opened)
        try:
            for row in table.rows:
                if isinstance(row, BadRow):
                    raise AnswersError(row.what, path=row.path, line=row.line, field=row.field)
                rows.append(row)
        finally:
            table.close()
    except OSError as problem:
        raise opened.error(f"cannot be read: {problem.strerror or problem}") from None
    return tuple(rows)


def _open(
    source: str | Path, known_questions: Collection[str] | None, stdin: BinaryIO | None
) -> Source:
    questions = None if known_questions is None else frozenset(known_questions)
    if str(source) == _STANDARD_INPUT:
        data = (sys.stdin.buffer if stdin is None else stdin).read()
        return Source("<stdin>", Path(_STANDARD_INPUT), data, questions)
    path = Path(source)
    if not path.exists():
        raise AnswersError("no such file or folder", path=path)
    if not path.is_dir() and path.suffix.lower() not in _READERS:
        known = ", ".join(_READERS)
        hint = did_you_mean(path.suffix, _READERS) if path.suffix else ""
        raise AnswersError(f"answers are read from a folder or a file of {known}{hint}", path=path)
    return Source(str(source), path, None, questions)


def _checked(
    source: Source,
    table: Table,
    mapping: Mapping[str, str],
    known_questions: Collection[str] | None,
) -> Iterator[Answer | BadRow]:
    intake = Intake(source, mapping, known_questions)
    unseen = dict(mapping)
    if table.columns is not None:
        if lacking := missing(table.columns, mapping):
            raise source.error(lacking[1], field=lacking[0])
        unseen = {}
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
            continue
        if unseen:
            unseen = {k: v for k, v in unseen.items() if v not in row.fields}
        yield intake.take(row)
    for field, column in unseen.items():
        raise source.error(f"no row has {column!r}, which --map names for it", field=field)


def _reader(source: Source) -> Callable[[Source], Table]:
    if source.data is not None:
        where = _sniffed(source, source.data)
    elif source.path.is_dir():
        from ._parts import part_files, read_parts

        if parts := part_files(source.path, frozenset(_READERS)):
            return lambda folder: read_parts(folder, parts, _reader)
        where = _FOLDER
    else:
        where = _READERS[source.path.suffix.lower()]
    module, _, name = where.partition(":")
    reader: Callable[[Source], Table] = getattr(import_module(f".{module}", __package__), name)
    return reader


def _sniffed(source: Source, data: bytes) -> str:
    """What came on standard input, by how it begins."""
    if data.startswith((b"PK\x03\x04", b"PAR1")):
        raise source.error("standard input takes JSON Lines, JSON or CSV; give the file's name")
    begin = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return _READERS[".json" if begin.startswith((b"[", b"{")) else ".csv"]


def _content_hash(source: Source) -> str:
    if source.data is not None:
        return sha256(source.data).hexdigest()
    if not source.path.is_dir():
        with source.path.open("rb") as handle:
            return file_digest(handle, "sha256").hexdigest()
    from ._folder import folder_files

    whole = sha256()
    for path in folder_files(source.path):
        with path.open("rb") as handle:
            digest = file_digest(handle, "sha256").digest()
        name = path.relative_to(source.path).as_posix()
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + digest)
    return whole.hexdigest()
