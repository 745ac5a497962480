"""What a signal says about one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from grader.model import Flag, Match, MisconceptionHit
from grader.signals.prepared import PreparedQuestion
from grader.text import Text

__all__ = ["Contradiction", "Measured", "PointMeasured", "Signal"]


class PointMeasured(msgspec.Struct, frozen=True, gc=False):
    """How far one key point is covered.

    Attributes:
        value: 0..1, or None when the signal cannot judge.
        sentence: index of the answer's statement that covered it best.
        matches: the words behind it.
        against: how sure the signal is that the answer says the opposite, 0..1.
        verdict: "covered", "partly", "absent" or "contradicted", from a signal that says so.
    """

    value: float | None
    sentence: int | None = None
    matches: tuple[Match, ...] = ()
    against: float = 0.0
    verdict: str | None = None


class Contradiction(msgspec.Struct, frozen=True, gc=False):
    """A statement that says the opposite of the reference.

    Attributes:
        degree: how much of the statement does, above 0 up to 1.
        matches: the words that turn it round.
    """

    degree: float
    matches: tuple[Match, ...]


class Measured(msgspec.Struct, frozen=True, gc=False):
    """One signal's measurements of one answer.

    Attributes:
        whole: measurements of the answer as a whole, 0..1 or None, by name.
        points: coverage by point id; a point that is absent was not judged.
        contradicted: statements opposite to the reference, by index.
        misconceptions: those found.
        flags: what is wrong with the answer as a whole.
    """

    whole: Mapping[str, float | None] = {}
    points: Mapping[str, PointMeasured] = {}
    contradicted: Mapping[int, Contradiction] = {}
    misconceptions: tuple[MisconceptionHit, ...] = ()
    flags: tuple[Flag, ...] = ()


class Signal(Protocol):
    """One way to measure answers against their question."""

    name: str

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        """One :class:`Measured` for each answer, in order."""
        ...
