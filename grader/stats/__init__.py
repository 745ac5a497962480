"""Numbers in, numbers out: intervals and agreement, resampled by question; item analysis."""

from __future__ import annotations

from grader.stats.agreement import Agreement, agreement
from grader.stats.bootstrap import (
    LEVEL,
    RESAMPLES,
    SEED,
    Clustered,
    Estimate,
    FloatArray,
    Interval,
    cluster_mean_interval,
    clustered,
    mean_intervals,
)
from grader.stats.items import (
    FEWEST,
    ItemStatistics,
    PointStatistics,
    Reliability,
    correlation,
    item_statistics,
    log_odds,
    point_statistics,
    reliability,
    rest_scores,
    upper_lower,
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
from grader.stats.review import ReviewPoint, review_curve
from grader.stats.scales import likely_scale, likely_step
from grader.stats.validation import validate

__all__ = [
    "FEWEST",
    "LEVEL",
    "RESAMPLES",
    "SEED",
    "Agreement",
    "Clustered",
    "Estimate",
    "Fairness",
    "FairnessMeasure",
    "FloatArray",
    "Interval",
    "ItemStatistics",
    "PointStatistics",
    "QuestionAgreement",
    "Raters",
    "Reliability",
    "ReviewPoint",
    "Spread",
    "Statistics",
    "Subgroup",
    "TrueScore",
    "Validation",
    "agreement",
    "cluster_mean_interval",
    "clustered",
    "correlation",
    "item_statistics",
    "likely_scale",
    "likely_step",
    "log_odds",
    "mean_intervals",
    "point_statistics",
    "reliability",
    "rest_scores",
    "review_curve",
    "upper_lower",
    "validate",
]
