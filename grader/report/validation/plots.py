"""Where the marks of a validation's plots stand; the template only writes them down."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from grader.report.validation.schema import ValidationReport
from grader.stats import Estimate

__all__ = [
    "Axis",
    "Bar",
    "Cell",
    "Dot",
    "HeatMap",
    "Mark",
    "axis",
    "bars",
    "correlation_axis",
    "dot",
    "heat_map",
    "symmetric_axis",
]

MOST_COLUMNS = 21
"""A scale with more categories is shown in bins."""
_BINS = 20
_LABELS = 11
_LEFT, _TOP, _WIDTH, _HEIGHT = 34.0, 8.0, 400.0, 260.0
_FAINTEST = 0.14


class Cell(NamedTuple):
    """A square of the heat map: place, size, how dark it is (0..1) and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    opacity: float
    human: float
    low: float
    high: float
    answers: int


class Mark(NamedTuple):
    """The machine's mean grade where the person gave one grade."""

    x: float
    y: float
    human: float
    machine: float


class HeatMap(NamedTuple):
    """Machine grades (upwards) by human grade (rightwards) in a box of 440 by 310."""

    cells: list[Cell]
    means: list[Mark]
    diagonal: tuple[float, float, float, float]
    x_labels: list[tuple[float, float]]
    y_labels: list[tuple[float, float]]


class Bar(NamedTuple):
    """Shares of answers with one grade (0..1), and their heights relative to the greatest."""

    x: float
    width: float
    grade: float
    human: float
    machine: float
    human_height: float
    machine_height: float
    labelled: bool


class Dot(NamedTuple):
    """A statistic on an axis: shares of its length, None where undefined."""

    mean: float | None
    low: float | None
    high: float | None


class Axis(NamedTuple):
    """An axis, with labelled places as per cent of its length.

    Attributes:
        place: a value's share of the axis, at its ends for values outside.
    """

    place: Callable[[float], float]
    ticks: list[tuple[int, float, str]]


def heat_map(report: ValidationReport) -> HeatMap:
    """How the machine graded where the person gave each grade."""
    end, columns = report.scale.end, _columns(report)
    width, height = _WIDTH / columns, _HEIGHT / _BINS
    counts: Counter[tuple[int, int]] = Counter()
    machine: dict[int, list[float]] = defaultdict(list)
    for answer in report.compared:
        column = _column(answer.human, report, columns)
        row = min(int(max(answer.machine, 0.0) / end * _BINS + 1e-9), _BINS - 1)
        counts[column, row] += 1
        machine[column].append(answer.machine)
    most = max(counts.values(), default=1)

    def y_of(grade: float) -> float:
        return round(_TOP + _HEIGHT * (1 - min(max(grade / end, 0.0), 1.0)), 2)

    def x_of(column: int) -> float:
        return round(_LEFT + width * (column + 0.5), 2)

    cells = [
        Cell(
            x=round(_LEFT + column * width + 0.5, 2),
            y=round(_TOP + _HEIGHT - (row + 1) * height + 0.5, 2),
            width=round(width - 1, 2),
            height=round(height - 1, 2),
            opacity=round(_FAINTEST + (1 - _FAINTEST) * math.sqrt(count / most), 3),
            human=_grade(column, report, columns),
            low=row / _BINS * end,
            high=(row + 1) / _BINS * end,
            answers=count,
        )
        for (column, row), count in sorted(counts.items())
    ]
    means = []
    for column, grades in sorted(machine.items()):
        mean = math.fsum(grades) / len(grades)
        means.append(Mark(x_of(column), y_of(mean), _grade(column, report, columns), mean))
    first, last = _grade(0, report, columns), _grade(columns - 1, report, columns)
    return HeatMap(
        cells=cells,
        means=means,
        diagonal=(x_of(0), y_of(first), x_of(columns - 1), y_of(last)),
        x_labels=[(x_of(column), _grade(column, report, columns)) for column in _labelled(columns)],
        y_labels=[(y_of(share * end), share * end) for share in (0.0, 0.25, 0.5, 0.75, 1.0)],
    )


def bars(report: ValidationReport) -> list[Bar]:
    """How person and machine use the scale; places and heights are 0..1."""
    columns = _columns(report)
    shares = [[0.0, 0.0] for _ in range(columns)]
    categories = report.statistics.overall.distribution
    for category in categories:
        column = _column(category.grade, report, columns)
        shares[column][0] += category.human
        shares[column][1] += category.machine
    most = max(max(pair) for pair in shares) or 1.0
    labelled = set(_labelled(columns))
    return [
        Bar(
            x=column / columns,
            width=1 / columns,
            grade=_grade(column, report, columns),
            human=human,
            machine=machine,
            human_height=human / most,
            machine_height=machine / most,
            labelled=column in labelled,
        )
        for column, (human, machine) in enumerate(shares)
    ]


def axis(low: float, high: float) -> Axis:
    """From low to high, labelled at both ends and in the middle."""

    def place(value: float) -> float:
        return min(max((value - low) / (high - low), 0.0), 1.0)

    ends = ((0, low, "start"), (50, (low + high) / 2, "middle"), (100, high, "end"))
    return Axis(place, list(ends))


def correlation_axis(values: Iterable[float | None]) -> Axis:
    """From 0 to 1, or from -1 if any value is below 0."""
    return axis(-1.0 if any(value is not None and value < 0 for value in values) else 0.0, 1.0)


def symmetric_axis(values: Iterable[float | None], least: float) -> Axis:
    """From minus to plus the greatest value, in tenths, but no shorter than ``least``."""
    greatest = max((abs(value) for value in values if value is not None), default=0.0)
    end = max(least, math.ceil(greatest * 10) / 10)
    return axis(-end, end)


def dot(estimate: Estimate, on: Axis) -> Dot:
    """A statistic and its interval on an axis."""
    ends = (estimate.value, estimate.low, estimate.high)
    return Dot(*(None if value is None else on.place(value) for value in ends))


def _columns(report: ValidationReport) -> int:
    categories = len(report.statistics.overall.distribution)
    return categories if categories <= MOST_COLUMNS else _BINS


def _column(grade: float, report: ValidationReport, columns: int) -> int:
    """The column of a grade: its nearest category, or its bin."""
    if columns == _BINS:
        return min(int(grade / report.scale.end * _BINS + 1e-9), _BINS - 1)
    return min(round(grade / report.scale.step), columns - 1)


def _grade(column: int, report: ValidationReport, columns: int) -> float:
    """The grade that a column stands for: its category, or the middle of its bin."""
    if columns == _BINS:
        return (column + 0.5) / _BINS * report.scale.end
    return column * report.scale.step


def _labelled(columns: int) -> Sequence[int]:
    return range(0, columns, math.ceil(columns / _LABELS))
