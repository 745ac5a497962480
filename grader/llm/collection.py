"""Answers of a model in an append-only file that survives a kill.

The file is JSON Lines that ``grader score`` reads. Beside it, ``_FILE.collection.json`` says how
the answers were asked for, so that nothing asked otherwise gets among them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from grader.errors import ModelError
from grader.llm.budget import Tokens, total
from grader.run import replacing

__all__ = ["CollectedAnswer", "Collection", "Settings", "prompt_hash"]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """How answers were asked for; the same for all of a file.

    Attributes:
        address: of the server, without what might be secret.
        system: the system prompt; None for the one of the package.
        params: further fields of the requests.
        bank: its name.
    """

    model: str
    address: str
    respondent: str
    bank: str
    system: str | None = None
    template: str = ""
    language: str | None = None
    params: Mapping[str, Any] = {}


class CollectedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the file.

    Attributes:
        status: "answered", "truncated", "refused" or "empty".
        sample: which of several answers to the question, from 1.
        prompt: hash of the messages.
        model: as the server names it.
        thought: what the model thought aloud before answering.
        lost: what requests may have cost at the worst whose cost is not known.
    """

    answer_id: str
    question_id: str
    respondent: str
    answer: str
    status: str
    sample: int
    prompt: str
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None
    attempts: int = 1
    thought: str | None = None
    lost: Tokens | None = None

    @property
    def spent(self) -> Tokens:
        """What it took, at the worst where that is not known."""
        told = Tokens(self.prompt_tokens or 0, self.completion_tokens or 0)
        return told if self.lost is None else total(told, self.lost)


_DECODER = msgspec.json.Decoder(CollectedAnswer)


def prompt_hash(messages: Sequence[Mapping[str, str]]) -> str:
    """A short hash of what is asked."""
    text = json.dumps(list(messages), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Collection:
    """The answers that are there, and more as they come; see :meth:`open`.

    Attributes:
        prompts: the hash of what was asked, by answer id.
        statuses: how many answers have each status.
        spent: tokens that the answers took.
    """

    def __init__(self, path: Path, file: IO[bytes], found: Sequence[CollectedAnswer]) -> None:
        self.path = path
        self._file = file
        self.prompts = {answer.answer_id: answer.prompt for answer in found}
        self.statuses = Counter(answer.status for answer in found)
        self.spent = total(*(answer.spent for answer in found))

    @classmethod
    @contextmanager
    def open(cls, path: str | os.PathLike[str], settings: Settings) -> Iterator[Collection]:
        """Begin a file or go on with it; a line that a kill tore is dropped.

        Raises:
            ModelError: the file cannot be written, holds something else or answers that were asked
                for otherwise, or another process is writing it.
        """
        target = Path(path)
        if target.suffix.lower() not in {".jsonl", ".ndjson"} or target.is_dir():
            raise ModelError("is no name of a JSON Lines file, such as answers.jsonl", path=path)
        described = target.with_name(f"_{target.name}.collection.json")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("ab+") as file:
                _lock(file, target)
                _check(described, settings, target, empty=target.stat().st_size == 0)
                yield cls(target, file, _whole_lines(file, target))
        except OSError as error:
            raise ModelError(f"cannot be written: {error.strerror}", path=path) from error

    def append(self, answer: CollectedAnswer) -> None:
        """Add an answer; it is on disk when this returns."""
        self._file.write(msgspec.json.encode(answer) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.prompts[answer.answer_id] = answer.prompt
        self.statuses[answer.status] += 1
        self.spent = total(self.spent, answer.spent)


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep a second process from asking the same; not on Windows, which has no such locks."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ModelError("another process is collecting into it", path=path) from error


def _check(described: Path, settings: Settings, path: Path, *, empty: bool) -> None:
    if empty:
        with replacing(described) as temporary:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
        return
    try:
        before = msgspec.json.decode(described.read_bytes(), type=Settings)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        what = "holds answers that were not collected by this command; name another file"
        raise ModelError(what, path=path) from error
    names = [name for name in Settings.__struct_fields__
             if getattr(before, name) != getattr(settings, name)]  # fmt: skip
    if names:
        what = f"was collected with another {' and '.join(names)}; name another file"
        raise ModelError(what, path=path)


def _whole_lines(file: IO[bytes], path: Path) -> list[CollectedAnswer]:
    """The answers of the file, which ends after the last whole one when this returns."""
    file.seek(0)
    found = []
    end = 0
    for number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            file.truncate(end)
            break
        try:
            found.append(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            what = f"no collected answer: {error}; remove the line, or name another file"
            raise ModelError(what, path=path, line=number) from error
        end += len(line)
    file.seek(0, os.SEEK_END)
    return found
