"""Whether machine grades treat subgroups alike.

Differences of standardized means (DSM), and three measures of how much of the machine's error a
subgroup explains: overall score accuracy (OSA), overall score difference (OSD), conditional score
difference (CSD).

Sources: Loukina, Madnani and Zechner (2019), "The many dimensions of algorithmic fairness in
educational applications", *Proceedings of BEA*; the definitions of ETS's RSMTool 12
(``rsmtool.fairness_utils``, ``rsmtool.utils.metrics``), whose values these equal.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.stats.bootstrap import Estimate, FloatArray
from grader.stats.pairs import one_hot
from grader.stats.results import Fairness, FairnessMeasure, GroupDifference
from grader.stats.sums import Columns, Resampling, Sums, above, floor, ratio

__all__ = ["by_size", "fairness", "standardized_differences"]

_SINGULAR = 1e-9
_MOST_CELLS = 1500
"""With more pairs of subgroup and human grade, CSD has no interval: it would be slow and wide."""


def by_size(groups: Sequence[str | None]) -> list[str | None]:
    """The subgroups, largest first, equal ones by name, no name last."""
    counts = Counter(groups)
    return sorted(counts, key=lambda name: (-counts[name], name is None, name or ""))


def standardized_differences(
    x: FloatArray, y: FloatArray, groups: Sequence[str | None], resampling: Resampling
) -> list[Estimate]:
    """DSM of y against x for each subgroup, in the order of ``by_size``.

    Both sides are standardized by their mean and SD over all answers that have them; a
    subgroup's value is the mean difference over its answers that have both.
    """
    names = by_size(groups)
    member = np.array([[group == name for name in names] for group in groups])
    kept = ~np.isnan(y)
    shift, shift_y = float(x.mean()), float(y[kept].mean()) if kept.any() else 0.0
    a, b = x - shift, np.where(kept, y - shift_y, 0.0)
    columns = Columns(len(x))
    columns.add("x.n", np.ones_like(x))
    columns.add("y.n", kept)
    for name, values in (("x", a), ("y", b)):
        columns.add(name, values)
        columns.add(f"{name}{name}", values * values)
    both = member & kept[:, None]
    for name, values in (("n", np.ones_like(x)), ("gx", a), ("gy", b)):
        columns.add(f"group.{name}", both * values[:, None])
    floors = floor(x), floor(y[kept])

    def differences(sums: Sums) -> FloatArray:
        standard = []
        for side, least in zip("xy", floors, strict=True):
            n = sums[f"{side}.n"]
            mean = ratio(sums[side], n)
            variance = above(ratio(sums[side + side], n) - mean * mean, least) * ratio(n, n - 1)
            own = ratio(sums.rows(f"group.g{side}"), sums.rows("group.n"))
            standard.append((own - mean[:, None]) / np.sqrt(variance)[:, None])
        return standard[1] - standard[0]

    whole, drawn = resampling.sums(columns)
    found, again = differences(whole), None if drawn is None else differences(drawn)
    return [
        resampling.estimate(found[:, index], None if again is None else again[:, index])
        for index in range(len(names))
    ]


def fairness(
    machine: FloatArray,
    human: FloatArray,
    groups: Sequence[str | None],
    resampling: Resampling,
) -> Fairness | None:
    """OSA, OSD and CSD; None with fewer than two subgroups.

    Args:
        machine: grades on the human scale.
        human: a person's; each distinct value is a level for CSD.
    """
    names = by_size(groups)
    if len(names) < 2:
        return None
    _, levels = np.unique(human, return_inverse=True)
    one_level = np.zeros(len(human), dtype=np.intp)
    error = machine - human
    return Fairness(
        reference=names[0],
        osa=_measure(error * error, groups, names, one_level, resampling),
        osd=_measure(error, groups, names, one_level, resampling),
        csd=_measure(error, groups, names, levels, resampling),
    )


class _Cells(NamedTuple):
    """Answers and their outcomes by subgroup and level: resamples × subgroups × levels."""

    n: FloatArray
    total: FloatArray
    squares: FloatArray


class _Fit(NamedTuple):
    """A regression on the subgroup: adjusted R² it adds, F test, differences from the first."""

    r2: FloatArray
    f: FloatArray
    rank: FloatArray
    left: FloatArray
    differences: FloatArray


def _measure(
    outcome: FloatArray,
    groups: Sequence[str | None],
    names: Sequence[str | None],
    levels: NDArray[np.intp],
    resampling: Resampling,
) -> FairnessMeasure:
    place = {name: index for index, name in enumerate(names)}
    cell = np.array([place[group] for group in groups], dtype=np.intp)
    shape = len(names), int(levels.max()) + 1
    cell = cell * shape[1] + levels
    shifted = outcome - outcome.mean()
    least = floor(outcome) * len(outcome)
    whole = _fit(_cells(cell, shifted, shape), least)
    drawn = None
    if shape[0] * shape[1] <= _MOST_CELLS:
        drawn = _resampled(cell, shifted, shape, least, resampling)
    differences = [
        resampling.estimate(
            whole.differences[:, index], None if drawn is None else drawn.differences[:, index]
        )
        for index in range(len(names) - 1)
    ]
    return FairnessMeasure(
        r2=resampling.estimate(whole.r2, None if drawn is None else drawn.r2),
        p=_p_value(whole),
        differences=tuple(map(GroupDifference, names[1:], differences)),
    )


def _cells(cell: NDArray[np.intp], outcome: FloatArray, shape: tuple[int, int]) -> _Cells:
    n, total = np.zeros((2, shape[0] * shape[1]))
    np.add.at(n, cell, 1.0)
    np.add.at(total, cell, outcome)
    return _Cells(n.reshape(1, *shape), total.reshape(1, *shape), np.array([outcome @ outcome]))


def _resampled(
    cell: NDArray[np.intp],
    outcome: FloatArray,
    shape: tuple[int, int],
    least: float,
    resampling: Resampling,
) -> _Fit | None:
    columns = Columns(len(outcome))
    marked = one_hot(cell.astype(np.float64), shape[0] * shape[1])
    columns.add("n", marked)
    columns.add("total", marked * outcome[:, None])
    columns.add("squares", outcome * outcome)
    _, drawn = resampling.sums(columns)
    if drawn is None:
        return None
    n, total = (drawn.rows(name).reshape(-1, *shape) for name in ("n", "total"))
    return _fit(_Cells(n, total, drawn["squares"]), least)


def _fit(cells: _Cells, least: float) -> _Fit:
    """Least squares of the outcome on level and subgroup, against level alone.

    Levels are eliminated first, which leaves equations in the subgroups only, less the first.
    """
    n, total, _ = cells
    by_group, by_level, level_total = n.sum(axis=2), n.sum(axis=1), total.sum(axis=1)
    answers, sum_of_all = by_group.sum(axis=1), level_total.sum(axis=1)
    share = n / np.maximum(by_level, 1.0)[:, None, :]
    normal = by_group[:, :, None] * np.eye(n.shape[1]) - np.einsum("rgk,rhk->rgh", share, n)
    right = total.sum(axis=2) - np.einsum("rgk,rk->rg", share, level_total)
    values, vectors = np.linalg.eigh(normal[:, 1:, 1:])
    usable = values > _SINGULAR * answers[:, None]
    inverse = np.where(usable, 1 / np.where(usable, values, 1.0), 0.0)
    turned = np.einsum("rgi,rg->ri", vectors, right[:, 1:])
    differences = np.einsum("rgi,ri->rg", vectors, inverse * turned)
    gained = (inverse * turned * turned).sum(axis=1)

    null = np.maximum(cells.squares - (level_total**2 / np.maximum(by_level, 1)).sum(axis=1), 0.0)
    rest = np.maximum(null - gained, 0.0)
    rank = usable.sum(axis=1).astype(np.float64)
    null_left = answers - (by_level > 0).sum(axis=1)
    left = null_left - rank
    squares = above(cells.squares - sum_of_all**2 / answers, least)
    r2 = (ratio(null, null_left) - ratio(rest, left)) * (answers - 1) / squares
    f = ratio(gained, rank) / ratio(above(rest, least), left)
    # A subgroup that a resample lacks has no difference, nor has any if it lacks the reference.
    known = (by_group[:, 1:] > 0) & (by_group[:, :1] > 0) & usable.all(axis=1, keepdims=True)
    return _Fit(r2, f, rank, left, np.where(known, differences, math.nan))


def _p_value(fit: _Fit) -> float | None:
    from scipy.special import fdtrc

    p = float(fdtrc(fit.rank[0], fit.left[0], fit.f[0]))
    return p if math.isfinite(p) else None
