"""Result files of evaluation frameworks: told by what is in them, not by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from grader.files import BrokenJson, json_value

from ._columns import recognized
from ._rows import BadRow, Row, Source, Table

__all__ = ["answered", "is_samples", "mapping", "result_file"]

# What each begins with, and where the reader is that looks closer.
_JSON = {
    ('"eval_id"', '"status"'): "_inspect_ai:log",
    ('"evalId"', '"results"'): "_promptfoo:results",
}
_SAMPLES = (b'"doc_id"', b'"doc"', b'"resps"')
_HEAD = 2000


def result_file(source: Source, text: str) -> Table | None:
    """The answers of a JSON file that a framework wrote; None if it is no such file."""
    head = text[:_HEAD]
    for marks, where in _JSON.items():
        if not all(mark in head for mark in marks):
            continue
        module, _, name = where.partition(":")
        read: Callable[[Source, Any], Iterator[Row | BadRow] | None]
        read = getattr(import_module(f".{module}", __package__), name)
        try:
            rows = read(source, json_value(text))
        except BrokenJson as problem:
            raise source.error(str(problem), problem.line) from None
        if rows is not None:
            return Table(None, rows)
    return None


def is_samples(line: bytes) -> bool:
    """Whether a line of JSON is one of lm-eval's ``samples_*.jsonl``."""
    return all(mark in line for mark in _SAMPLES)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of JSON; an empty one for anything else, which other versions may write there."""
    return value if isinstance(value, Mapping) else {}


def answered(
    own: Mapping[str, Any], answer: str | None, respondent: str | None, **more: Any
) -> dict[str, Any]:
    """The fields of a row: what the user wrote beside the question, then what the model answered.

    Args:
        own: the sample's metadata, a test's variables, a document; its id is not an answer's, and
            null is what columns have that other documents fill.
        more: further fields, above those of ``own``.
    """
    given = {name: value for name, value in own.items() if value is not None}
    kept = {name: value for name, value in given.items() if "answer_id" not in recognized([name])}
    return {**kept, "answer": answer, "respondent": respondent, **more}
