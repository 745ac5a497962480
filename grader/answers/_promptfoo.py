"""promptfoo's ``output.json`` (results of version 3): a test's output is an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ._results import answered
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
        response = result.get("response") or {}
        output = response.get("output")
        if output is None:
            yield source.bad("the provider gave no output", number, "response")
            continue
        provider = result.get("provider") or {}
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        respondent = provider.get("label") or provider.get("id")
        prompt = (result.get("prompt") or {}).get("label")
        yield Row(number, answered(result.get("vars") or {}, text, respondent, prompt=prompt))
