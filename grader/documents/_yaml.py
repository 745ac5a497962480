"""YAML as nothing but texts, lists and mappings, with the line of every value.

Built from parser events: scalars stay as written (``no`` is a text, ``010`` keeps its zero),
duplicate keys and cycles are refused, and nothing is expanded before its size is known.
"""

from __future__ import annotations

from typing import Any

from grader.errors import GraderError

from ._document import Document

__all__ = ["parse_yaml"]

_MAX_DEPTH = 50
# Values that aliases may add: a few anchors a hundred bytes long can stand for gigabytes.
_MAX_ALIASED = 100_000
_QUOTE = "; put a text in quotes that begins with a special character or holds ': ' or ' #'"


def parse_yaml(text: str, path: str, error: type[GraderError]) -> Document:
    """The only document of a YAML file.

    Plain empty scalars and ``~`` become None, all others texts.

    Raises:
        GraderError: of the given class, with the line, when the text is not YAML or uses what
            such files have no need of.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    builder = _Builder(path, error)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        what = f"a character YAML does not allow (U+{ord(text[problem.position]):04X})"
        raise error(what, path=path, line=line) from None
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = None if mark is None else int(mark.line) + 1
        raise error(_in_one_line(problem), path=path, line=where) from None
    except (YAMLError, ValueError) as problem:
        raise error(f"broken YAML: {problem}", path=path) from None
    if builder.empty:
        raise error("is empty", path=path)
    return Document(
        builder.root, path, error, positions=builder.positions, first_line=builder.first_line
    )


def _in_one_line(problem: Any) -> str:
    what = f"broken YAML: {problem.problem or problem.context}"
    if "\\t" in what:
        return f"{what}; indent with spaces, not tabs"
    scalar_like = ("cannot start any token", "mapping values are not allowed")
    if "alias" in (problem.context or "") or any(part in what for part in scalar_like):
        return what + _QUOTE
    return what


class _Open:
    """A list or mapping whose end has not been read yet."""

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None, line: int) -> None:
        self.value = value
        self.anchor = anchor
        self.line = line
        self.key: str | None = None
        self.size = 1
        self.places: dict[Any, int] = {}


class _Builder:
    def __init__(self, path: str, error: type[GraderError]) -> None:
        self.root: Any = None
        self.empty = True
        self.first_line = 1
        self.positions: dict[int, dict[Any, int]] = {}
        self._path = path
        self._error_class = error
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """The next event of the parser."""
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "ScalarEvent":
                self._scalar(event, line)
            case "AliasEvent":
                self._alias(event.anchor, line)
            case "SequenceStartEvent":
                self._start(event, [], line)
            case "MappingStartEvent":
                self._start(event, {}, line)
            case "SequenceEndEvent" | "MappingEndEvent":
                self._end()
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    raise self._error("a second YAML document (---); only one is allowed", line)
            case _:
                pass

    def _error(self, what: str, line: int) -> GraderError:
        return self._error_class(what, path=self._path, line=line)

    def _scalar(self, event: Any, line: int) -> None:
        self._check_tag(event, line)
        if self._wants_key():
            self._take_key(event.value, line)
            return
        value = None if event.style is None and event.value in ("", "~") else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        if not self._open and value is None:
            return
        self._place(value, 1, line)

    def _alias(self, name: str, line: int) -> None:
        if any(container.anchor == name for container in self._open):
            raise self._error(f"*{name} stands inside the very value it refers to (a cycle)", line)
        if name not in self._anchors:
            raise self._error(f"*{name} refers to nothing{_QUOTE}", line)
        value, size = self._anchors[name]
        if self._wants_key():
            raise self._error(f"*{name} cannot be a key", line)
        self._aliased += size
        if self._aliased > _MAX_ALIASED:
            raise self._error(f"aliases such as *{name} stand for too many values", line)
        self._place(value, size, line)

    def _start(self, event: Any, value: list[Any] | dict[str, Any], line: int) -> None:
        self._check_tag(event, line)
        if self._wants_key():
            raise self._error("a key must be a text, not a list or a mapping", line)
        if len(self._open) == _MAX_DEPTH:
            raise self._error("nested too deeply", line)
        self._open.append(_Open(value, event.anchor, line))

    def _end(self) -> None:
        done = self._open.pop()
        self.positions[id(done.value)] = done.places
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.size)
        self._place(done.value, done.size, done.line)

    def _wants_key(self) -> bool:
        if not self._open:
            return False
        into = self._open[-1]
        return isinstance(into.value, dict) and into.key is None

    def _take_key(self, key: str, line: int) -> None:
        into = self._open[-1]
        if key in into.places:
            first = into.places[key]
            raise self._error(f"key {key!r} stands twice (first on line {first})", line)
        into.places[key] = line
        into.key = key

    def _place(self, value: Any, size: int, line: int) -> None:
        if not self._open:
            self.root, self.empty, self.first_line = value, False, line
            return
        into = self._open[-1]
        into.size += size
        if isinstance(into.value, list):
            into.places[len(into.value)] = line
            into.value.append(value)
        elif into.key is not None:
            into.value[into.key] = value
            into.key = None

    def _check_tag(self, event: Any, line: int) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._error(f"a tag ({event.tag}) has no meaning here{_QUOTE}", line)
