"""Logs of inspect_ai, ``.json`` and ``.eval``: a sample is an answer, the model its respondent."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from grader.errors import AnswersError
from grader.files import decode, json_value

from ._results import answered, mapping
from ._rows import BadRow, Row, Source, Table

__all__ = ["log", "read_eval"]

_HEADERS = ("header.json", "_journal/start.json")
_ZSTANDARD = 93
# RuntimeError: encrypted, or packed in a way that is not known.
_DAMAGED = (BadZipFile, OSError, RuntimeError, ValueError, struct.error, zlib.error)
# Of a file in a ZIP archive: what stands before its name.
_LOCAL = struct.Struct("<26xHH")


def log(source: Source, value: Any) -> Iterator[Row | BadRow] | None:
    """The rows of a ``.json`` log; None if it is none."""
    found = isinstance(value, dict) and isinstance(value.get("eval"), dict)
    if not found or not isinstance(value.get("samples"), list):
        return None
    return _rows(source, value["eval"].get("model"), value["samples"])


def read_eval(source: Source) -> Table:
    """A ``.eval`` log, a sample at a time.

    Raises:
        AnswersError: also while reading rows: the file is no such log or is damaged.
    """
    try:
        archive = ZipFile(source.path)
        header = next(name for name in _HEADERS if name in archive.namelist())
        model = _member(source, archive, archive.getinfo(header))["eval"]["model"]
    except (BadZipFile, StopIteration, KeyError, TypeError):
        raise source.error("not a log of inspect_ai") from None
    names = [info for info in archive.infolist() if info.filename.startswith("samples/")]
    samples = (_member(source, archive, info) for info in names)
    return Table(None, _rows(source, model, samples), archive.close)


def _member(source: Source, archive: ZipFile, info: ZipInfo) -> Any:
    """A JSON file of the archive."""
    try:
        packed = info.compress_type == _ZSTANDARD
        data = _zstandard(source, info) if packed else archive.read(info)
        return json_value(decode(data, AnswersError, path=f"{source.name}:{info.filename}"))
    except _DAMAGED as problem:
        raise source.error(f"{info.filename} is damaged: {problem}") from None


def _zstandard(source: Source, info: ZipInfo) -> bytes:
    """What the standard library reads only from Python 3.14 on."""
    import pyarrow as pa

    with source.open() as file:
        file.seek(info.header_offset)
        name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
        file.seek(name + extra, 1)
        packed = file.read(info.compress_size)
    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        return bytes(stream.read())


def _rows(source: Source, model: Any, samples: Iterable[Any]) -> Iterator[Row | BadRow]:
    respondent = model if isinstance(model, str) else None
    for number, sample in enumerate(samples, start=1):
        if not isinstance(sample, dict):
            yield source.bad("no sample of inspect_ai", number)
        elif sample.get("error"):
            yield source.bad("the sample ended with an error and has no answer", number, "error")
        elif (answer := _completion(mapping(sample.get("output")))) is None:
            yield source.bad("the sample has no output", number, "output")
        else:
            metadata = mapping(sample.get("metadata"))
            fields = answered(metadata, answer, respondent)
            fields["epoch"] = sample.get("epoch")
            fields["question_id"] = _question(source, sample, metadata)
            yield Row(number, fields)


def _question(source: Source, sample: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    """What the metadata say, else the id of a known question, else the question's text."""
    if metadata.get("question_id") is not None:
        return metadata["question_id"]
    asked = sample.get("input")
    known = source.questions is None or str(sample.get("id")) in source.questions
    return str(sample.get("id")) if known or not isinstance(asked, str) else asked


def _completion(output: Mapping[str, Any]) -> str | None:
    """What the model said, perhaps nothing (""); None where no message of it is there."""
    completion, choices = output.get("completion"), output.get("choices")
    if completion and isinstance(completion, str):
        return completion
    first = choices[0] if isinstance(choices, list) and choices else None
    content = mapping(mapping(first).get("message")).get("content")
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    said = [part if isinstance(part, str) else mapping(part).get("text") for part in content]
    texts = [text for text in said if isinstance(text, str)]
    return "\n".join(texts) if texts or completion == "" else None
