"""Rank correlation in many resamples at once, from weighted counts of the distinct values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grader.stats.bootstrap import FloatArray, weight_blocks

__all__ = ["rank_correlation", "resampled_rank_correlation"]

_NO_VARIANCE = 1e-9  # of ranks, which are halves of whole numbers


def rank_correlation(
    x: FloatArray, y: FloatArray, numbers: NDArray[np.intp], weights: FloatArray
) -> FloatArray:
    """Spearman's correlation, -1..1, with mid-ranks for ties; NaN where a side is constant.

    Args:
        x: one side's values.
        y: the other's.
        numbers: each answer's cluster, 0 upwards.
        weights: how often each cluster counts: resamples × clusters.
    """
    counts = weights[:, numbers]
    total = counts.sum(axis=1, keepdims=True)
    a, b = (_midranks(side, counts) - (total + 1) / 2 for side in (x, y))
    aa, bb, ab = ((counts * product).sum(axis=1) for product in (a * a, b * b, a * b))
    varied = (aa > _NO_VARIANCE) & (bb > _NO_VARIANCE)
    scale = np.sqrt(np.where(varied, aa * bb, np.nan))
    found: FloatArray = np.clip(ab / scale, -1.0, 1.0)
    return found


def resampled_rank_correlation(
    x: FloatArray,
    y: FloatArray,
    numbers: NDArray[np.intp],
    *,
    clusters: int,
    resamples: int,
    seed: int,
) -> FloatArray:
    """Spearman's correlation in each resample of so many clusters, of which some may be empty."""
    blocks = weight_blocks(clusters, resamples, seed, row_cells=len(x))
    return np.concatenate([rank_correlation(x, y, numbers, block) for block in blocks])


def _midranks(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Each answer's mean rank where it occurs ``counts`` times: resamples × answers."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    sizes = np.add.reduceat(counts[:, order], starts, axis=1)
    ranks = np.cumsum(sizes, axis=1) - (sizes - 1) / 2
    found: FloatArray = ranks[:, group]
    return found
