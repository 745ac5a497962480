"""XLSX and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.errors import AnswersError

from ._columns import header
from ._rows import BadRow, Row, Source, Table

__all__ = ["read_parquet", "read_xlsx"]

_BATCH = 256


def read_xlsx(source: Source) -> Table:
    """The first sheet of a workbook; its first row with anything in it is the header.

    Raises:
        AnswersError: the file is no workbook, the sheet is empty, or a column stands in the
            header twice.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(source.path))
        name = workbook.sheet_names[0]
        sheet = workbook.get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=True)
    except (CalamineError, OSError, IndexError) as problem:
        raise source.error(f"not an XLSX workbook: {problem}") from None
    if not cells:
        raise source.error(f"the sheet {name!r} is empty")
    first = 1 if sheet.start is None else sheet.start[0] + 1
    columns = header(source, [str(_cell(cell)) for cell in cells[0]], first)
    rows = (
        Row(number, dict(zip(columns, map(_cell, row), strict=True)))
        for number, row in enumerate(cells[1:], start=first + 1)
        if any(cell != "" for cell in row)
    )
    return Table(columns, rows)


def _cell(value: Any) -> Any:
    """A cell's value; whole numbers, which XLSX knows not, as such."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def read_parquet(source: Source) -> Table:
    """The rows of a Parquet file, a batch at a time.

    Raises:
        AnswersError: also while reading rows: the file is no Parquet file or is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source.path)
        columns = tuple(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as problem:
        raise _damaged(source, problem) from None
    return Table(columns, _batches(source, file), file.close)


def _batches(source: Source, file: Any) -> Iterator[Row | BadRow]:
    import pyarrow as pa

    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            for fields in batch.to_pylist():
                number += 1
                yield Row(number, fields)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise _damaged(source, problem) from None


def _damaged(source: Source, problem: Exception) -> AnswersError:
    reason = " ".join(str(problem).split())[:200]
    return source.error(f"not a whole Parquet file: {reason}")
