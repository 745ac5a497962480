"""Attempts of a learner, kept in an append-only file on the learner's machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from grader.errors import GraderError
from grader.model import Question

__all__ = ["Attempt", "History", "default_history", "in_order_of_need"]


class Attempt(msgspec.Struct, frozen=True):
    """One answer given in practice.

    Attributes:
        time: when, ISO 8601 with time zone.
        score: 0..1, or None if it could not be judged.
    """

    time: str
    bank: str
    question_id: str
    topics: tuple[str, ...]
    score: float | None
    answer: str


class History:
    """Attempts in a JSON Lines file; written by appending, never rewritten.

    Args:
        path: the file; it and its folder are made when first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, attempt: Attempt) -> None:
        """Keep an attempt.

        Raises:
            GraderError: if the file cannot be written.
        """
        line = msgspec.json.encode(attempt) + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                if _is_torn(file):
                    line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise GraderError(f"cannot be written: {error.strerror}", path=self.path) from error

    def attempts(self, bank: str) -> Iterator[Attempt]:
        """The attempts at a bank's questions, oldest first.

        A line torn by a power cut is skipped; everything before and after it counts.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise GraderError(f"cannot be read: {error.strerror}", path=self.path) from error
        decoder = msgspec.json.Decoder(Attempt)
        for line in lines:
            try:
                attempt = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if attempt.bank == bank:
                yield attempt


def _is_torn(file: BinaryIO) -> bool:
    """Whether the last line has no end, because it was never written whole."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def default_history() -> History:
    """The history in ``GRADER_HOME``, else in the user's data folder."""
    home = os.environ.get("GRADER_HOME")
    if home:
        return History(Path(home) / "practice.jsonl")
    import platformdirs

    return History(Path(platformdirs.user_data_dir("grader")) / "practice.jsonl")


def in_order_of_need(questions: Iterable[Question], attempts: Iterable[Attempt]) -> list[Question]:
    """Questions never tried first, then those answered worst last time."""
    latest: dict[str, float] = {}
    for attempt in attempts:
        latest[attempt.question_id] = attempt.score or 0.0
    return sorted(questions, key=lambda question: latest.get(question.id, -1.0))
