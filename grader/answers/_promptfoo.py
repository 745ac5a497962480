"""promptfoo's ``output.json`` (results of version 3): a test's output is an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ._results import answered, mapping
from ._rows import BadRow, Row, Source

__all__ = ["results"]

_VERSION = 3


def results(source: Source, value: Any) -> Iterator[Row | BadRow] | None:
    """The rows of promptfoo's results; None if these are none.

    Raises:
        AnswersError: they are of another version.
    """
    found = value.get("results") if isinstance(value, dict) else None
    if not isinstance(found, dict) or "version" not in found:
        return None
    rows = found.get("results")
    if found["version"] != _VERSION or not isinstance(rows, list):
        what = f"promptfoo's results of version {_VERSION} are read, not {found['version']!r}"
        raise source.error(what)
    return _rows(source, rows)


def _rows(source: Source, found: Iterable[Any]) -> Iterator[Row | BadRow]:
    for number, result in enumerate(found, start=1):
        if not isinstance(result, dict):
            yield source.bad("no result of promptfoo", number)
            continue
        output = mapping(result.get("response")).get("output")
        if output is None:
            yield source.bad("the provider gave no output", number, "response")
            continue
        provider, prompt = result.get("provider"), result.get("prompt")
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        respondent = _named(provider) or mapping(provider).get("id")
        own = mapping(result.get("vars"))
        yield Row(number, answered(own, text, respondent, prompt=_named(prompt)))


def _named(value: Any) -> Any:
    """The label of a provider or a prompt, which may be no more than that."""
    return value if isinstance(value, str) else mapping(value).get("label")
