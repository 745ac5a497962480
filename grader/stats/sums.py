"""Named sums over answers, in the whole set and in every resample of its questions.

A statistic that is a function of such sums is written once, for the whole set and for the
bootstrap alike: its sums are arrays, one number for each resample.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from grader.stats.bootstrap import (
    Estimate,
    FloatArray,
    cluster_numbers,
    cluster_sums,
    percentiles,
    resampled_sums,
)
from grader.stats.ranks import rank_correlation, resampled_rank_correlation

__all__ = ["Columns", "Resampling", "Sums", "above", "floor", "ratio"]

# Below this share of the whole set's variance a resample counts as constant: what is left is
# rounding error of the sums. Below the floor so does the whole set.
_NO_VARIANCE = 1e-12
_FLOOR = 1e-24


class Columns:
    """What each answer adds to the sums: named columns, or named tables of columns.

    Args:
        answers: how many there are.
    """

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self._tables: list[FloatArray] = []
        self.places: dict[str, slice] = {}
        self._width = 0

    def add(self, name: str, values: FloatArray | NDArray[np.bool_]) -> None:
        """Add a number, or a row of numbers, for each answer."""
        table = np.asarray(values, dtype=np.float64).reshape(self._answers, -1)
        self.places[name] = slice(self._width, self._width + table.shape[1])
        self._tables.append(table)
        self._width += table.shape[1]

    def table(self) -> FloatArray:
        """All columns side by side: answers × columns."""
        return np.hstack(self._tables)


class Sums:
    """Sums of columns: one number (or row of numbers) for each resample."""

    def __init__(self, values: FloatArray, places: Mapping[str, slice]) -> None:
        self._values = values
        self._places = places

    def __getitem__(self, name: str) -> FloatArray:
        """The sums of a column, resamples long."""
        return self._values[:, self._places[name].start]

    def rows(self, name: str) -> FloatArray:
        """The sums of a table: resamples × its columns."""
        return self._values[:, self._places[name]]


class Resampling:
    """The whole set and its resamples by question.

    Args:
        questions: each answer's.
        level: coverage of the intervals, 0..1.
        resamples: how many.
        seed: of the generator; equal seeds draw the same questions, so that statistics of one
            set can be subtracted resample by resample.
    """

    def __init__(
        self, questions: Sequence[Hashable], *, level: float, resamples: int, seed: int
    ) -> None:
        self.numbers = cluster_numbers(questions)
        self.clusters = int(self.numbers.max()) + 1
        self._level, self._resamples, self._seed = level, resamples, seed

    def sums(self, columns: Columns) -> tuple[Sums, Sums | None]:
        """Sums over the whole set, and in each resample; None for these with one question."""
        sums = cluster_sums(columns.table(), self.numbers)
        whole = Sums(sums.sum(axis=0, keepdims=True), columns.places)
        if self.clusters < 2:
            return whole, None
        drawn = resampled_sums(sums, resamples=self._resamples, seed=self._seed)
        return whole, Sums(drawn, columns.places)

    def spearman(self, x: FloatArray, y: FloatArray, kept: NDArray[np.bool_]) -> Estimate:
        """Spearman's correlation over the answers kept, -1..1."""
        if not kept.any():
            return Estimate(None)
        x, y, numbers = x[kept], y[kept], self.numbers[kept]
        whole = rank_correlation(x, y, numbers, np.ones((1, self.clusters)))
        if self.clusters < 2:
            return self.estimate(whole, None)
        clusters, resamples, seed = self.clusters, self._resamples, self._seed
        drawn = resampled_rank_correlation(
            x, y, numbers, clusters=clusters, resamples=resamples, seed=seed
        )
        return self.estimate(whole, drawn)

    def estimate(self, whole: FloatArray, drawn: FloatArray | None) -> Estimate:
        """A statistic with the interval that its resamples give."""
        value = float(whole[0])
        if not math.isfinite(value):
            return Estimate(None)
        if drawn is None:
            return Estimate(value)
        finite = np.where(np.isfinite(drawn), drawn, math.nan)
        return Estimate(value, *percentiles(finite, self._level))


def floor(values: FloatArray) -> float:
    """The variance below which such values count as constant."""
    return max(_FLOOR, _NO_VARIANCE * float(np.var(values))) if len(values) else _FLOOR


def above(values: FloatArray, floor: float = _NO_VARIANCE) -> FloatArray:
    """The values, NaN where not above the floor: what may stand below a fraction bar."""
    return np.where(values > floor, values, math.nan)


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """A quotient, NaN where the divisor is not above zero."""
    return part / np.where(whole > 0, whole, math.nan)
