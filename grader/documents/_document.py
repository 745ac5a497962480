"""A file's data together with where in the file each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import GraderError
from grader.files import (
    BrokenJson,
    decode,
    json_elements,
    json_value,
    read_bytes,
)

__all__ = ["YAML_SUFFIXES", "Document", "Place", "read_document", "read_json_lines"]

YAML_SUFFIXES = (".yaml", ".yml")
_MAX_BYTES = 50 * 2**20

Step = str | int


class Document:
    """Data read from a file.

    Attributes:
        data: the value as read.
        path: the file, as the user names it.
        error: the class of errors about it.
        typed: whether texts and numbers are told apart (JSON), or all scalars are texts (YAML).
    """

    def __init__(
        self,
        data: Any,
        path: str,
        error: type[GraderError],
        *,
        positions: Mapping[int, Mapping[Any, int]] | None = None,
        first_line: int | None = 1,
        typed: bool = False,
    ) -> None:
        self.data = data
        self.path = path
        self.error = error
        self.typed = typed
        self._positions = positions or {}
        self._first_line = first_line

    def line(self, steps: tuple[Step, ...]) -> int | None:
        """The line of the value that these keys and indexes lead to, or of the nearest above."""
        line, value = self._first_line, self.data
        for step in steps:
            line = self._positions.get(id(value), {}).get(step, line)
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        return line

    def value(self, steps: tuple[Step, ...]) -> Any:
        """The value that these keys and indexes lead to."""
        value = self.data
        for step in steps:
            value = value[step]
        return value


class Place(NamedTuple):
    """A value's place in a document."""

    document: Document
    steps: tuple[Step, ...] = ()

    def at(self, *steps: Step) -> Place:
        """A place further down."""
        return Place(self.document, self.steps + steps)

    def either(self, *names: str) -> Place:
        """The place of the first of these fields that the file has."""
        fields = self.document.value(self.steps)
        return self.at(next((name for name in names if name in fields), names[0]))

    @property
    def line(self) -> int | None:
        """Its line, counted from 1."""
        return self.document.line(self.steps)

    def error(self, what: str) -> GraderError:
        """An error that names file, line and field."""
        field = ""
        for step in self.steps:
            field += f"[{step}]" if isinstance(step, int) else f".{step}"
        return self.document.error(
            what, path=self.document.path, line=self.line, field=field.removeprefix(".") or None
        )


def read_document(
    path: Path,
    error: type[GraderError],
    *,
    digests: list[bytes] | None = None,
    list_keys: tuple[str, ...] = (),
) -> Document:
    """A YAML or JSON file of at most 50 MB.

    Args:
        error: the class of errors about it.
        digests: gets the SHA-256 of the file's bytes appended.
        list_keys: for JSON, the key that a bare list of elements belongs under.

    Raises:
        GraderError: of the given class, when the file cannot be read, is no UTF-8, no YAML or
            JSON, or is empty.
    """
    text = _text(path, error, digests)
    if path.suffix.lower() in YAML_SUFFIXES:
        from ._yaml import parse_yaml

        return parse_yaml(text, str(path), error)
    try:
        rest, elements = json_elements(text, list_keys)
        lines: dict[Step, int] = {}
        values = []
        for index, (line, value) in enumerate(elements):
            lines[index] = line
            values.append(value)
    except BrokenJson as problem:
        raise error(str(problem), path=path, line=problem.line) from None
    return Document(
        {**rest, list_keys[0]: values},
        str(path),
        error,
        positions={id(values): lines},
        first_line=None,
        typed=True,
    )


def read_json_lines(
    path: Path, error: type[GraderError], *, digests: list[bytes] | None = None
) -> list[Document]:
    """The lines of a JSON Lines file of at most 50 MB, each a document; blank ones left out.

    Raises:
        GraderError: of the given class, when the file cannot be read, is no UTF-8, or a line is
            no JSON.
    """
    documents = []
    for line, text in enumerate(_text(path, error, digests).split("\n"), start=1):
        if text.strip():
            try:
                value = json_value(text)
            except BrokenJson as problem:
                raise error(str(problem), path=path, line=line) from None
            documents.append(Document(value, str(path), error, first_line=line, typed=True))
    if not documents:
        raise error("is empty", path=path)
    return documents


def _text(path: Path, error: type[GraderError], digests: list[bytes] | None) -> str:
    from hashlib import sha256

    data = read_bytes(path, error, limit=_MAX_BYTES)
    if digests is not None:
        digests.append(sha256(data).digest())
    text = decode(data, error, path=path)
    if not text.strip():
        raise error("is empty", path=path)
    return text
