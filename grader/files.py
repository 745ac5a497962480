"""Reading the user's files so that whatever is wrong with them can be named: file, line, what.

Shared by :mod:`grader.bank` and :mod:`grader.answers`; knows nothing of questions or answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from grader.errors import GraderError

__all__ = [
    "BrokenJson",
    "decode",
    "did_you_mean",
    "encoding_hint",
    "json_elements",
    "json_value",
    "nearest",
    "quoted",
    "read_bytes",
]

_BOM = b"\xef\xbb\xbf"
_CYRILLIC_WORD = re.compile("[А-Яа-яЁё]{2,}")
_SPACE = re.compile(r"[ \t\r\n]*")
# Python's json and pandas write NaN and Infinity, which are no JSON; both mean "no value".
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


class BrokenJson(ValueError):  # noqa: N818 - says what it is
    """Text that is not the JSON it should be; ``line`` counts from 1."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line

    @classmethod
    def of(cls, problem: ValueError | RecursionError, line: int = 1) -> BrokenJson:
        """The same in one line for the user."""
        if isinstance(problem, cls):
            return problem
        if isinstance(problem, json.JSONDecodeError):
            return cls(f"broken JSON at column {problem.colno}: {problem.msg}", problem.lineno)
        # The one other ValueError: Python converts no number of thousands of digits.
        reason = "nested too deeply" if isinstance(problem, RecursionError) else "a huge number"
        return cls(f"broken JSON: {reason}", line)


def read_bytes(path: Path, error: type[GraderError], *, limit: int | None = None) -> bytes:
    """The bytes of a file.

    Args:
        limit: the most bytes the file may have.

    Raises:
        GraderError: of the given class, when the file is missing, unreadable or above the limit.
    """
    try:
        with path.open("rb") as handle:
            data = handle.read() if limit is None else handle.read(limit + 1)
    except FileNotFoundError:
        raise error("no such file", path=path) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"cannot be read: {reason}", path=path) from None
    if limit is not None and len(data) > limit:
        raise error(f"larger than {limit // 2**20} MB, the most such a file may have", path=path)
    return data


def decode(data: bytes, error: type[GraderError], *, path: object, first_line: int = 1) -> str:
    """UTF-8 text; a byte order mark at the beginning of the file is dropped.

    Args:
        first_line: the line of the file that ``data`` begins on.

    Raises:
        GraderError: of the given class, naming line, byte and, where it can be told, the
            encoding that the text is really in.
    """
    skipped = len(_BOM) if first_line == 1 and data.startswith(_BOM) else 0
    try:
        return data[skipped:].decode("utf-8")
    except UnicodeDecodeError as problem:
        at = problem.start + skipped
        line = first_line + data.count(b"\n", 0, at)
        column = at - data.rfind(b"\n", 0, at)
        hint = encoding_hint(data)
        raise error(f"not UTF-8 (byte {column} of the line){hint}", path=path, line=line) from None


def encoding_hint(data: bytes) -> str:
    """What text that is not UTF-8 looks like, as the end of an error message; else empty."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "; looks like UTF-16; convert with iconv -f utf-16 -t utf-8"
    sample = data[:100_000]
    if b"\0" in sample:
        return ""
    try:
        text = sample.decode("cp1251")
    except UnicodeDecodeError:
        return ""
    # Accented letters of Western encodings look Cyrillic one by one, but not in runs.
    words = "".join(_CYRILLIC_WORD.findall(text))
    foreign = sum(char > "\x7f" for char in text)
    # KOI8-R read as cp1251 is Cyrillic too, but with upper and lower case exchanged.
    if len(words) < 0.6 * foreign or 2 * sum(map(str.islower, words)) < len(words):
        return ""
    return "; looks like cp1251; convert with iconv -f cp1251 -t utf-8"


def nearest(name: str, choices: Collection[str]) -> str | None:
    """The choice most like the name, or None when none is alike."""
    from rapidfuzz import fuzz, process, utils

    found = process.extractOne(
        name[:200],
        list(choices),
        scorer=fuzz.ratio,
        processor=utils.default_process,
        score_cutoff=60,
    )
    return None if found is None else str(found[0])


def did_you_mean(name: str, choices: Collection[str]) -> str:
    """The nearest choice as the end of an error message; empty when none is alike."""
    best = nearest(name, choices)
    return "" if best is None else f"; did you mean {best!r}?"


def quoted(value: object, limit: int = 60) -> str:
    """A value as an error message shows it: on one line and not too long."""
    if isinstance(value, str):
        text = repr(value[:limit])
        return text if len(text) <= limit else f"{text[: limit - 1]}…"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return "null" if value is None else repr(value)[:limit]


def json_value(text: str) -> Any:
    """A JSON value; NaN and Infinity, which some programs write, become None.

    Raises:
        BrokenJson: with what is wrong and where.
    """
    try:
        value, end = _DECODER.raw_decode(text, _skip(text, 0))
        _nothing_after(text, end)
    except (ValueError, RecursionError) as problem:
        raise BrokenJson.of(problem) from None
    return _whole_characters(value, text)


def json_elements(
    text: str, keys: Sequence[str], *, any_key: bool = False
) -> tuple[dict[str, Any], Iterator[tuple[int, Any]]]:
    """The elements of a JSON list, or of the list an object holds under one of the keys.

    Args:
        any_key: whether an object's only list will do, whatever its key.

    Returns:
        the object's other fields (none for a list) and (line, element), one at a time.

    Raises:
        BrokenJson: also while iterating: with what is wrong and where; or the value is no list
            and holds none.
    """
    start = _skip(text, 0)
    if text.startswith("[", start):
        return {}, _elements(text, start, last=True)
    whole = json_value(text)
    if isinstance(whole, dict):
        lists = [key for key, value in whole.items() if isinstance(value, list)]
        named = [key for key in keys if key in lists]
        chosen = named[0] if named else lists[0] if any_key and len(lists) == 1 else None
        if chosen is not None:
            del whole[chosen]
            return whole, _elements(text, _offset(text, start, chosen), last=False)
    expected = " or ".join(repr(key) for key in keys)
    raise BrokenJson(f"expected a JSON list, or an object with a list under {expected}")


def _elements(text: str, start: int, *, last: bool) -> Iterator[tuple[int, Any]]:
    """The elements of the list that begins at ``start``; ``last`` if nothing may follow it."""
    line, counted = 1, 0
    at = _skip(text, start + 1)
    try:
        while not text.startswith("]", at):
            line += text.count("\n", counted, at)
            counted = at
            value, end = _DECODER.raw_decode(text, at)
            yield line, _whole_characters(value, text[at:end], line)
            at = _skip(text, end)
            if text.startswith(",", at):
                at = _skip(text, at + 1)
            elif not text.startswith("]", at):
                raise json.JSONDecodeError("expected ',' or ']'", text, at)
        if last:
            _nothing_after(text, at + 1)
    except (ValueError, RecursionError) as problem:
        raise BrokenJson.of(problem, line) from None


def _offset(text: str, start: int, wanted: str) -> int:
    """Where the value of a key begins in an object known to be well-formed."""
    at = _skip(text, start + 1)
    found = -1
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        begin = _skip(text, _skip(text, at) + 1)
        if key == wanted:
            found = begin
        _, at = _DECODER.raw_decode(text, begin)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _nothing_after(text: str, end: int) -> None:
    end = _skip(text, end)
    if end != len(text):
        raise json.JSONDecodeError("more text after the value", text, end)


def _whole_characters(value: Any, text: str, line: int = 1) -> Any:
    """The value, once it is sure that it can be written as UTF-8 again."""
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise BrokenJson("half of a surrogate pair (\\ud800 to \\udfff)", line) from None
    return value
