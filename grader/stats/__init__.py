"""Numbers in, numbers out: intervals and agreement, resampled by question."""

from __future__ import annotations

from grader.stats.agreement import Agreement, agreement
from grader.stats.bootstrap import (
    LEVEL,
    RESAMPLES,
    SEED,
    Estimate,
    Interval,
    cluster_mean_interval,
)
from grader.stats.results import (
    Fairness,
    FairnessMeasure,
    QuestionAgreement,
    Raters,
    Spread,
    Statistics,
    Subgroup,
    TrueScore,
    Validation,
)
from grader.stats.scales import likely_scale, likely_step
from grader.stats.validation import validate

__all__ = [
    "LEVEL",
    "RESAMPLES",
    "SEED",
    "Agreement",
    "Estimate",
    "Fairness",
    "FairnessMeasure",
    "Interval",
    "QuestionAgreement",
    "Raters",
    "Spread",
    "Statistics",
    "Subgroup",
    "TrueScore",
    "Validation",
    "agreement",
    "cluster_mean_interval",
    "likely_scale",
    "likely_step",
    "validate",
]
