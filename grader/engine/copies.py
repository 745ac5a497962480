"""The same answer handed in by several respondents."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from grader.model import Answer, Flag
from grader.text import fold

__all__ = ["Copies"]

# Two people may well write the same few words.
_SHORTEST_COPY = 60  # letters and digits
_SHOWN = 5
_BETWEEN = re.compile(r"[\W_]+")


class Copies:
    """Finds answers whose words another respondent handed in to the same question.

    Case, punctuation and white space do not make a difference. The answers pass by twice: once to
    be remembered, in eight bytes each, and once to be told apart. The flag informs and costs
    nothing: who copied from whom, the texts do not say.
    """

    def __init__(self) -> None:
        self._seen = array("Q")

    def add(self, answer: Answer) -> None:
        """Remember an answer."""
        words = _words(answer)
        if words is not None:
            self._seen.append(_hash(words))

    def flags(self, answers: Iterable[Answer]) -> dict[str, tuple[Flag, ...]]:
        """A flag for every copy, by answer id.

        Args:
            answers: those that were added.
        """
        repeated = self._repeated()
        groups: dict[tuple[str, str], list[Answer]] = {}
        for answer in answers if repeated else ():
            words = _words(answer)
            if words is not None and _hash(words) in repeated:
                groups.setdefault(words, []).append(answer)
        return _flags(groups)

    def _repeated(self) -> frozenset[int]:
        import numpy as np

        values, counts = np.unique(np.frombuffer(self._seen, np.uint64), return_counts=True)
        return frozenset(values[counts > 1].tolist())


def _words(answer: Answer) -> tuple[str, str] | None:
    """The question and the letters of the answer; None if these are few."""
    letters = _BETWEEN.sub("", fold(answer.text))
    return (answer.question_id, letters) if len(letters) >= _SHORTEST_COPY else None


def _hash(words: tuple[str, str]) -> int:
    data = "\0".join(words).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


def _flags(groups: Mapping[tuple[str, str], list[Answer]]) -> dict[str, tuple[Flag, ...]]:
    flags: dict[str, tuple[Flag, ...]] = {}
    for group in groups.values():
        first: dict[str | None, list[str]] = {}
        for answer in group:
            own = first.setdefault(answer.respondent, [])
            if len(own) < _SHOWN:
                own.append(answer.id)
        if len(first) > 1:
            for answer in group:
                others = _others(first, answer.respondent)
                flags[answer.id] = (Flag("copy", 1.0, ", ".join(others)),)
    return flags


def _others(first: Mapping[str | None, list[str]], respondent: str | None) -> list[str]:
    """Ids of some answers in the group that are not the respondent's."""
    found: list[str] = []
    for other, ids in first.items():
        if other != respondent:
            found += ids
            if len(found) >= _SHOWN:
                break
    return found[:_SHOWN]
