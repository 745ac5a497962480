"""Files of grades as Parquet: simple columns to query by, the rest of a grade as JSON texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from grader.errors import RunError
from grader.model import Grade
from grader.run.lines import (
    AGAIN,
    Line,
    Outcome,
    as_json,
    checked,
    encode_grade,
    grade_of,
    line_of,
)

__all__ = ["count", "decode_part", "encode_part", "grades", "outcomes"]

_NESTED = ("points", "signals", "evidence", "misconceptions", "steps", "flag_details", "extra")
_BATCH = 1024

T = TypeVar("T")

_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    field.name: msgspec.json.Decoder(field.type)
    for field in msgspec.structs.fields(Line)
    if field.name in _NESTED
}
_OUTCOME = [*(name for name in Outcome.__struct_fields__ if name != "interval"), "low", "high"]


def encode_part(grades: Iterable[Grade]) -> bytes:
    """Grades as a Parquet file, numbers rounded to 6 digits.

    ``low`` and ``high`` are the interval's ends; points, signals, evidence, misconceptions, steps,
    flag_details and extra are JSON texts; all else is a column of its own type.

    Raises:
        RunError: a grade holds text that is not valid Unicode (a lone surrogate).
    """
    import pyarrow as pa
    from pyarrow import parquet

    grades = list(grades)
    try:
        table = pa.Table.from_pylist([_row(line_of(grade)) for grade in grades], _schema())
    except UnicodeEncodeError:
        for grade in grades:
            encode_grade(grade)  # names the grade
        raise
    file = BytesIO()
    parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def decode_part(data: bytes) -> list[Grade]:
    """The grades of a Parquet file.

    Raises:
        RunError: it is no such file, or a row is no grade; names the row.
    """
    return [grade for _, grade in grades(BytesIO(data)) if grade is not None]


def count(path: Path) -> int:
    """How many grades a file has.

    Raises:
        RunError: it is no file of grades.
    """
    with _opened(path) as file:
        rows: int = file.metadata.num_rows
        return rows


def grades(
    source: Path | IO[bytes], wanted: frozenset[str] | None = None
) -> Iterator[tuple[int, Grade | None]]:
    """Each row's number, from 1 up, with its grade; with None if ``wanted`` lacks the answer.

    Raises:
        RunError: the file is none of grades, or a row is no grade; names the row.
    """
    number = 0
    for batch in _batches(source):
        for row in _rows(batch, wanted):
            number += 1
            yield number, None if row is None else _read(number, row, _grade)


def outcomes(path: Path) -> Iterator[tuple[int, Outcome]]:
    """Each row's number, from 1 up, with its outcome; the other columns are not read.

    Raises:
        RunError: the file is none of grades, or a row is no grade; names the row.
    """
    number = 0
    for batch in _batches(path, _OUTCOME):
        for row in batch.to_pylist():
            number += 1
            yield number, _read(number, row, _outcome)


def _batches(source: Path | IO[bytes], columns: Sequence[str] | None = None) -> Iterator[Any]:
    with _opened(source) as file:
        yield from file.iter_batches(_BATCH, columns=columns)


@contextmanager
def _opened(source: Path | IO[bytes]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source) as file:
            if not file.schema_arrow.equals(_schema()):
                raise RunError(f"the columns are not those of grades; {AGAIN}")
            yield file
    except pa.ArrowInvalid as error:
        raise RunError(f"the file is cut off or not Parquet; {AGAIN}") from error


@lru_cache(maxsize=1)
def _schema() -> Any:
    import pyarrow as pa

    text, number, texts = pa.string(), pa.float64(), pa.list_(pa.string())
    kinds = {
        "answer_id": text,
        "question_id": text,
        "respondent": text,
        "topics": texts,
        "score": number,
        "low": number,
        "high": number,
        "needs_review": pa.bool_(),
        "flags": texts,
        "text": text,
        **dict.fromkeys(_NESTED, text),
    }
    empty = {"respondent", "score", "low", "high", "needs_review"}
    return pa.schema([pa.field(name, kind, name in empty) for name, kind in kinds.items()])


def _row(line: Line) -> dict[str, Any]:
    row = {name: getattr(line, name) for name in line.__struct_fields__}
    row["low"], row["high"] = row.pop("interval") or (None, None)
    for name in _NESTED:
        row[name] = msgspec.json.encode(row[name], enc_hook=as_json).decode()
    return row


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    low, high = row.pop("low"), row.pop("high")
    row["interval"] = None if low is None or high is None else (low, high)
    row["topics"], row["flags"] = tuple(row["topics"]), tuple(row["flags"])
    for name in row.keys() & _DECODERS:
        try:
            row[name] = _DECODERS[name].decode(row[name])
        except msgspec.DecodeError as error:
            raise RunError(str(error), field=name) from error
    return row


def _rows(batch: Any, wanted: frozenset[str] | None) -> Iterator[dict[str, Any] | None]:
    if wanted is None:
        yield from batch.to_pylist()
        return
    for place, answer_id in enumerate(batch.column("answer_id").to_pylist()):
        yield batch.slice(place, 1).to_pylist()[0] if answer_id in wanted else None


def _grade(fields: dict[str, Any]) -> Grade:
    return grade_of(Line(**fields))


def _outcome(fields: dict[str, Any]) -> Outcome:
    return checked(Outcome(**fields))


def _read(number: int, row: dict[str, Any], make: Callable[[dict[str, Any]], T]) -> T:
    try:
        return make(_fields(row))
    except RunError as error:
        raise RunError(error.what, line=number, field=error.field) from error
