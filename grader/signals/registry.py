"""Signals beside our own: those of other packages, and those that are asked for by name.

A further signal is made by a *factory*, a callable that takes the text behind its name (None when
there is none) and returns an object with ``name``, ``version`` and ``measure``. Ours stand in
``KNOWN``; other packages name theirs as entry points of the group ``grader.signals``, which are
looked up only when a signal is asked for that is not ours. docs/signals.md has an example.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from numbers import Real
from typing import Any, Protocol, cast

import msgspec

from grader.errors import GraderError
from grader.signals.measured import Measured, PointMeasured, Signal
from grader.signals.prepared import PreparedQuestion
from grader.text import Text

__all__ = ["GROUP", "KNOWN", "PlugIn", "WeightedSignal", "load_signal", "load_signals"]

GROUP = "grader.signals"
"""The group of entry points in which packages name their signals."""

KNOWN: Mapping[str, str] = {"judge": "grader.llm.judge:Judge"}
"""Those that come with this package: name, and where the factory is."""

# What evidence and grades hold under a name of their own.
_TAKEN = frozenset(
    [
        *("lexical", "semantic", "rubric", "polarity", "integrity", "entailment"),
        *("closeness", "contradiction", "own", "keywords", "similarity", "reached", "support"),
    ]
)
_SLACK = 1e-9


class PlugIn(Signal, Protocol):
    """A signal that can be told from every other.

    Attributes:
        name: as reports show it, unlike that of any other signal.
    """

    @property
    def version(self) -> str:
        """Another one wherever the same answer could be measured differently: code, options."""
        ...


@dataclass(frozen=True)
class WeightedSignal:
    """A further signal, and how much it counts.

    Attributes:
        signal: what measures.
        weight: its share of a point's coverage where it judged the point, 0..1; 0 to be shown only.
    """

    signal: PlugIn
    weight: float = 0.0

    @property
    def name(self) -> str:
        """The signal's."""
        return self.signal.name

    @property
    def label(self) -> str:
        """Name, version and weight in one word, for a run's signature."""
        weight = f"={self.weight:g}" if self.weight else ""
        return f"{self.name}@{self.signal.version}{weight}"

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        """What it measured, checked; only coverage of points, their matches and whole-answer
        measurements are taken, the latter under the signal's name.

        Raises:
            GraderError: it fails, or measures what is no measurement; names the signal.
        """
        try:
            rows = list(self.signal.measure(question, answers))
        except GraderError:
            raise
        except Exception as error:  # another's code may raise anything
            raise GraderError(f"the signal '{self.name}' failed: {_said(error)}") from error
        if len(rows) != len(answers):
            raise self._wrong(f"measured {len(rows)} of {len(answers)} answers")
        known = {point.id for point in question.points}
        return [self._checked(row, known) for row in rows]

    def spent(self) -> dict[str, int]:
        """What measuring has cost since this was last asked, if the signal counts that."""
        count: Callable[[], dict[str, int]] | None = getattr(self.signal, "spent", None)
        return {} if count is None else count()

    def _checked(self, row: Measured, known: set[str]) -> Measured:
        if not isinstance(row, Measured):
            raise self._wrong(f"gave {type(row).__name__} instead of Measured")
        for each in (row.whole, row.points):
            if not isinstance(each, Mapping):
                raise self._wrong(f"gave {type(each).__name__} instead of a mapping")
        if unknown := row.points.keys() - known:
            first = min(map(str, unknown))
            raise self._wrong(f"judged '{first}', which is no point of the question")
        whole = {
            name if name == self.name else f"{self.name}.{name}": self._share(value)
            for name, value in row.whole.items()
        }
        return Measured(whole, {id: self._point(point) for id, point in row.points.items()})

    def _point(self, point: PointMeasured) -> PointMeasured:
        if not isinstance(point, PointMeasured):
            raise self._wrong(f"gave {type(point).__name__} instead of PointMeasured")
        return msgspec.structs.replace(point, value=self._share(point.value))

    def _share(self, value: object) -> float | None:
        """The value as a plain number, checked; other packages have number types of their own."""
        if value is None:
            return None
        if not isinstance(value, Real):
            raise self._wrong(f"measured {type(value).__name__} instead of a number")
        if not 0 <= cast(float, value) <= 1:
            raise self._wrong(f"measured {value}, which is not within 0..1")
        return float(value)

    def _wrong(self, what: str) -> GraderError:
        return GraderError(f"the signal '{self.name}' {what}")


def load_signal(spec: str) -> PlugIn:
    """The signal that ``spec`` names.

    Args:
        spec: ``NAME`` or ``NAME:OPTIONS``; what options there are is the signal's to say.

    Raises:
        GraderError: there is no such signal, or it cannot be made.
    """
    name, colon, options = spec.partition(":")
    place = _place(name)
    try:
        factory: Any = place.load()
        signal = factory(options if colon else None)
    except GraderError:
        raise
    except Exception as error:  # another's code may raise anything
        raise _bad(f"the signal '{name}' ({place.value}) cannot be made: {_said(error)}") from error
    for attribute in ("name", "version"):
        if not (isinstance(text := getattr(signal, attribute, None), str) and text):
            raise _bad(f"the signal '{name}' ({place.value}) has no {attribute}")
    if not callable(getattr(signal, "measure", None)):
        raise _bad(f"the signal '{name}' ({place.value}) has no method 'measure'")
    if signal.name in _TAKEN:
        raise _bad(f"the signal '{name}' calls itself '{signal.name}', a name that is taken")
    found: PlugIn = signal
    return found


def load_signals(asked: Iterable[str | WeightedSignal]) -> tuple[WeightedSignal, ...]:
    """Several further signals.

    Args:
        asked: signals with weights, or what ``--signal`` takes: ``NAME[:OPTIONS][=WEIGHT]``.

    Raises:
        GraderError: one cannot be had, two have the same name, a weight is not within 0..1, or
            all weights together are above 1.
    """
    found = tuple(_weighted(one) if isinstance(one, str) else one for one in asked)
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise _bad(f"two signals are named '{min(twice)}'")
    for one in found:
        if not 0 <= one.weight <= 1:
            what = f"the weight {one.weight:g} of '{one.name}' is not within 0..1"
            raise _bad(f"{what}; if it belongs to the options, put =0 behind them")
    total = math.fsum(one.weight for one in found)
    if total > 1 + _SLACK:
        raise _bad(f"the weights of {', '.join(names)} add up to {total:g}; 1 is the most")
    return found


def _weighted(text: str) -> WeightedSignal:
    """From ``NAME[:OPTIONS][=WEIGHT]``."""
    spec, _, number = text.rpartition("=")
    try:
        weight = float(number) if spec else 0.0
    except ValueError:
        spec, weight = text, 0.0
    return WeightedSignal(load_signal(spec or text), weight)


def _place(name: str) -> EntryPoint:
    """Where the factory of that name is."""
    if name in KNOWN:
        return EntryPoint(name, KNOWN[name], GROUP)
    others = entry_points(group=GROUP)
    found = {other.value: other for other in others if other.name == name}
    if not found:
        known = sorted({*KNOWN, *others.names})
        what = f"no signal '{name}'; known are {', '.join(known)}"
        raise _bad(f"{what}; others come with packages that name an entry point of '{GROUP}'")
    if len(found) > 1:
        raise _bad(f"several packages have a signal '{name}': {', '.join(sorted(found))}")
    return next(iter(found.values()))


def _bad(what: str) -> GraderError:
    return GraderError(what, field="signal")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
