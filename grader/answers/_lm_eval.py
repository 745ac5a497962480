"""``samples_*.jsonl`` of lm-eval, which ``--log_samples`` writes: a response is an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.files import BrokenJson, json_value

from ._results import answered, mapping
from ._rows import BadRow, Row, Source

__all__ = ["samples"]

# Both files of a run end with its time.
_NAME = re.compile(r"samples_.*_(\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl")


def samples(source: Source, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """Answers of the logged samples: those that the task's filter made of the responses.

    The question is named by the document, which has ``question_id`` or ``question``; the model by
    the file of results beside this one.
    """
    model = _model(source)
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        fields = row.fields
        if not _generated(fields):
            what = "the task asks for probabilities, not for an answer"
            yield source.bad(what, row.line, "arguments")
            continue
        responses = fields.get("filtered_resps")
        if isinstance(responses, list) and len(responses) == 1 and isinstance(responses[0], list):
            responses = responses[0]  # all of them, where no filter chose
        if not isinstance(responses, list) or not all(isinstance(one, str) for one in responses):
            yield source.bad("there is no response", row.line, "filtered_resps")
            continue
        own = mapping(fields.get("doc"))
        for response in responses:
            yield Row(row.line, answered(own, response, model, filter=fields.get("filter")))


def _generated(fields: Mapping[str, Any]) -> bool:
    """Whether the model wrote: then its arguments are a prompt and settings, not two texts."""
    arguments = fields.get("arguments")
    if isinstance(arguments, list):  # of older versions
        first = arguments[0] if arguments else None
        return isinstance(first, list) and len(first) > 1 and isinstance(first[1], dict)
    return isinstance(mapping(mapping(arguments).get("gen_args_0")).get("arg_1"), dict)


def _model(source: Source) -> str | None:
    """The model that the results of the same run name; None if they are not there."""
    named = _NAME.fullmatch(source.path.name)
    if source.data is not None or named is None:
        return None
    path = source.path.with_name(f"results_{named[1]}.json")
    try:
        found: Any = json_value(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BrokenJson):
        return None
    model = mapping(found).get("model_name")
    return model if isinstance(model, str) and model else None
