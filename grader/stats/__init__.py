"""Numbers in, numbers out: intervals and agreement, resampled by question."""

from __future__ import annotations

from grader.stats.agreement import Agreement, Estimate, agreement
from grader.stats.bootstrap import (
    LEVEL,
    RESAMPLES,
    SEED,
    Interval,
    cluster_mean_interval,
)

__all__ = [
    "LEVEL",
    "RESAMPLES",
    "SEED",
    "Agreement",
    "Estimate",
    "Interval",
    "agreement",
    "cluster_mean_interval",
]
