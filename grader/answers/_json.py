"""JSON Lines and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from grader.errors import AnswersError
from grader.files import BrokenJson, decode, json_elements, json_value, quoted

from ._results import is_samples, result_file
from ._rows import TOO_LONG, BadRow, Row, Source, Table

__all__ = ["LIST_KEYS", "read_json", "read_json_lines"]

LIST_KEYS = ("answers", "responses", "items", "rows", "records", "data", "results")

# An answer of the greatest length has some 2.4 MB when every character is written as two escapes.
_MAX_LINE = 8 * 2**20


def read_json_lines(source: Source) -> Table:
    """One JSON object a line; blank lines are skipped."""
    with source.open() as handle:
        first = handle.readline(_MAX_LINE)
    if is_samples(first):
        from ._lm_eval import samples

        return Table(None, samples(source, _lines(source)))
    return Table(None, _lines(source))


def _lines(source: Source) -> Iterator[Row | BadRow]:
    decoder = msgspec.json.Decoder()
    with source.open() as handle:
        for number, line in _bounded_lines(handle):
            if line is None:
                yield source.bad(TOO_LONG, number)
                continue
            if line.isspace():
                continue
            try:
                value = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                # Rarely taken, so the slower reader that tells more may look again.
                result = _again(source, line, number)
                if isinstance(result, BadRow):
                    yield result
                    continue
                value = result.fields["value"]
            if isinstance(value, dict):
                yield Row(number, value)
            elif number == 1 and isinstance(value, list):
                raise source.error("a JSON list, not JSON Lines; name the file .json", 1)
            else:
                yield source.bad(f"expected a JSON object, got {quoted(value)}", number)


def _bounded_lines(handle: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for one too long to be an answer, which is never held whole."""
    number = 0
    while line := handle.readline(_MAX_LINE):
        number += 1
        if len(line) == _MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = handle.readline(_MAX_LINE)
            yield number, None
        else:
            yield number, line


def _again(source: Source, line: bytes, number: int) -> Row | BadRow:
    """What the fast decoder refused: NaN, a byte order mark, or an error to be explained."""
    try:
        text = decode(line.rstrip(b"\r\n"), AnswersError, path=source.name, first_line=number)
        if not text.strip():
            return source.bad("a byte order mark and nothing else", number)
        return Row(number, {"value": json_value(text)})
    except AnswersError as problem:
        return source.bad(problem.what, number)
    except BrokenJson as problem:
        if number == 1 and line.strip() in (b"[", b"{"):
            what = "JSON over several lines, not JSON Lines; name the file .json"
            raise source.error(what, 1) from None
        return source.bad(str(problem), number)


def read_json(source: Source) -> Table:
    """A JSON list of objects, an object that holds one, or JSON Lines under another name.

    Or what an evaluation framework wrote: see :mod:`grader.answers._results`.

    Raises:
        AnswersError: also while reading rows: the text is not UTF-8 or not JSON.
    """
    text = decode(source.read(), AnswersError, path=source.name)
    if (found := result_file(source, text)) is not None:
        return found
    return read_json_lines(source) if _is_lines(text) else Table(None, _elements(source, text))


def _is_lines(text: str) -> bool:
    """Whether each line is an object of its own, as far as the first one tells."""
    first, _, rest = text.strip().partition("\n")
    if not (first.startswith("{") and first.rstrip().endswith("}")):
        return False
    try:
        value = json_value(first)
    except BrokenJson:
        return bool(rest)
    return bool(rest) or not any(isinstance(each, list) for each in value.values())


def _elements(source: Source, text: str) -> Iterator[Row | BadRow]:
    try:
        _, elements = json_elements(text, LIST_KEYS, any_key=True)
        for line, value in elements:
            yield _element(source, line, value)
    except BrokenJson as problem:
        raise source.error(str(problem), problem.line) from None


def _element(source: Source, line: int, value: Any) -> Row | BadRow:
    if isinstance(value, dict):
        return Row(line, value)
    return source.bad(f"expected a JSON object, got {quoted(value)}", line)
