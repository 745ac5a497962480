"""From a file's data to a type, with complaints users can mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from grader.errors import GraderError
from grader.files import did_you_mean, quoted

from ._document import Place

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
    """The whole of a document as a type.

    Args:
        place: the document's top.

    Raises:
        GraderError: of the document's class, naming file, line and field, when the data does not
            fit the type.
    """
    document = place.document
    try:
        return msgspec.convert(document.data, type_, strict=document.typed)
    except RecursionError:
        raise place.error("nested too deeply") from None
    except msgspec.ValidationError as problem:
        raise _error(place, type_, str(problem)) from None


def _error(place: Place, type_: Any, problem: str) -> GraderError:
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
            return place.at(name).error(_unknown(name, type_, place.steps))
        return place.error(f"missing field {name!r}")
    if what.startswith("Invalid enum value"):
        return place.error(_no_choice(document.value(place.steps), type_, place.steps))
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


def _unknown(name: str, type_: Any, steps: tuple[str | int, ...]) -> str:
    """What to say of a field that there is not."""
    own = {field.name: field.type for field in _fields(_types(type_, steps))}
    for field, inner in own.items():
        if name in {one.name for one in _fields(_alternatives(inner))}:
            return f"unknown field; it belongs into {field!r}"
    made = msgspec.json.schema(type_).get("$defs", {}).values()
    others = {other for one in made for other in one.get("properties", ())} - {name}
    return f"unknown field{did_you_mean(name, own) or did_you_mean(name, others)}"


def _no_choice(value: Any, type_: Any, steps: tuple[str | int, ...]) -> str:
    """What to say of a value that is none of a few."""
    known = [
        choice
        for one in _types(type_, steps[:-1])
        if isinstance(one, inspect.StructType)
        for choice in _choices(get_type_hints(one.cls).get(str(steps[-1])))
    ]
    choices = f"{', '.join(known[:-1])} or {known[-1]}"
    return f"unknown {steps[-1]} {quoted(value)}: {choices}"


def _choices(hint: Any) -> Iterator[str]:
    """The values of a Literal, in its order."""
    if get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
        return
    for each in get_args(hint):
        yield from _choices(each)


def _types(type_: Any, steps: tuple[str | int, ...]) -> list[inspect.Type]:
    """What may stand where the steps lead to."""
    found = list(_alternatives(inspect.type_info(type_)))
    for step in steps:
        found = [
            each for one in found for inner in _inner(one, step) for each in _alternatives(inner)
        ]
    return found


def _inner(one: inspect.Type, step: str | int) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.StructType):
        yield from (field.type for field in one.fields if field.name == step)
    elif isinstance(one, inspect.DictType):
        yield one.value_type
    elif isinstance(one, inspect.ListType):
        yield one.item_type


def _alternatives(one: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.Metadata):
        yield from _alternatives(one.type)
    elif isinstance(one, inspect.UnionType):
        for each in one.types:
            yield from _alternatives(each)
    else:
        yield one


def _fields(types: Iterable[inspect.Type]) -> list[inspect.Field]:
    return [field for one in types if isinstance(one, inspect.StructType) for field in one.fields]


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
    elif what.endswith(r"regex '\\S'"):
        said = "is empty"
    elif "matching regex" in what:
        said = f"expected a language code such as 'ru', got {found}"
    else:
        said = what
    return said
