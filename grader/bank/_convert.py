"""From a file's data to the types of :mod:`grader.bank.schema`, with complaints users can mend."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from grader.errors import BankError
from grader.files import did_you_mean, quoted

from ._document import Place
from .schema import FIELD_NAMES

__all__ = ["convert"]

T = TypeVar("T")

_PROBLEM = re.compile(r"^(.*?)(?: - at (`key` in )?`([^`]*)`)?$", re.S)
_NAMED_FIELD = re.compile(r"^Object (contains unknown|missing required) field `(.*)`$", re.S)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\[(\.\.\.)\]")
_GOT = re.compile(r"^Expected `(.+)`, got `(.+)`$")
_RANGE = re.compile(r"^Expected `\w+` (>|>=|<|<=) ([\d.]+)$")
_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_BOUNDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}


def convert(place: Place, type_: type[T]) -> T:
    """The whole of a document as a type of :mod:`grader.bank.schema`.

    Args:
        place: the document's top.

    Raises:
        BankError: naming file, line and field, when the data does not fit the type.
    """
    document = place.document
    try:
        return msgspec.convert(document.data, type_, strict=document.typed)
    except RecursionError:
        raise place.error("nested too deeply") from None
    except msgspec.ValidationError as problem:
        raise _error(place, type_, str(problem)) from None


def _error(place: Place, type_: Any, problem: str) -> BankError:
    document = place.document
    match = _PROBLEM.match(problem)
    what, in_key, where = match.groups() if match else (problem, None, None)
    place = place.at(*_steps(place, type_, problem, (where or "$") + ("[...]" if in_key else "")))
    if in_key:
        key = place.steps[-1]
        return place.error(_explain(what, key) if str(key).strip() else "the key is empty")
    if named := _NAMED_FIELD.match(what):
        kind, name = named.groups()
        if kind == "contains unknown":
            return place.at(name).error(f"unknown field{did_you_mean(name, FIELD_NAMES)}")
        return place.error(f"missing field {name!r}")
    return place.error(_explain(what, document.value(place.steps)))


def _steps(place: Place, type_: Any, problem: str, where: str) -> tuple[str | int, ...]:
    """msgspec's path to a value, which has ``[...]`` in place of a mapping's key."""
    document = place.document
    steps: tuple[str | int, ...] = ()
    for name, index, _ in _STEP.findall(where):
        if name or index:
            steps += (name or int(index),)
            continue
        for key in document.value(steps):
            # With this key alone the same complaint comes again only if it is the wrong one.
            try:
                alone = _only(document.data, steps, key)
                msgspec.convert(alone, type_, strict=document.typed)
            except msgspec.ValidationError as again:
                if str(again) == problem:
                    steps += (key,)
                    break
    return steps


def _only(data: Any, steps: tuple[str | int, ...], key: str) -> Any:
    """The data with the mapping at the end of the steps cut down to one key."""
    if not steps:
        return {key: data[key]}
    copy = data.copy()
    copy[steps[0]] = _only(data[steps[0]], steps[1:], key)
    return copy


def _explain(what: str, value: Any) -> str:
    """msgspec's complaint in the user's words."""
    found = quoted(value)
    if got := _GOT.match(what):
        wanted = [_WORDS.get(name, name) for name in got.group(1).split(" | ")]
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            found = _WORDS.get(got.group(2), got.group(2))
        said = f"expected {' or '.join(wanted)}, got {found}"
    elif bound := _RANGE.match(what):
        said = f"must be {_BOUNDS[bound.group(1)]} {float(bound.group(2)):g}, got {value}"
    elif length := re.search(r"of length >= (\d+)$", what):
        said = f"needs at least {length.group(1)}"
    elif what.startswith("Invalid enum value"):
        said = f"unknown difficulty {found}: easy, medium or hard"
    elif what.endswith(r"regex '\\S'"):
        said = "is empty"
    elif "matching regex" in what:
        said = f"expected a language code such as 'ru', got {found}"
    else:
        said = what
    return said
