"""What validation against human grades finds: the shape of its numbers.

Unless said otherwise grades, means, SDs and differences are in units of the human scale, shares
are 0..1, and intervals are 95 % bootstrap intervals by question.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from grader.stats.bootstrap import Estimate

__all__ = [
    "Alone",
    "Category",
    "Degradation",
    "Fairness",
    "FairnessMeasure",
    "GroupDifference",
    "QuestionAgreement",
    "Raters",
    "Spread",
    "Statistics",
    "Subgroup",
    "TrueScore",
    "Validation",
]

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Pearson = Annotated[Estimate, Meta(description="Linear correlation, -1..1.")]
Spearman = Annotated[Estimate, Meta(description="Rank correlation, mid-ranks for ties, -1..1.")]
Kappa = Annotated[
    Estimate, Meta(description="Cohen's kappa of both grades rounded to categories, at most 1.")
]
Confusion = Annotated[
    tuple[tuple[Count, ...], ...],
    Meta(description="Answers by category: a row for each of the first side's, from 0 upwards."),
]


class Spread(msgspec.Struct, frozen=True):
    """How one series of grades is spread."""

    mean: Estimate
    sd: Annotated[Estimate, Meta(description="Standard deviation, divisor N-1.")]
    least: float | None
    greatest: float | None


class Raters(msgspec.Struct, frozen=True):
    """How two people agree, over the answers that both graded."""

    n: Count
    first: Spread
    second: Spread
    pearson: Pearson
    spearman: Spearman
    qwk: Annotated[Estimate, Meta(description="Quadratic weighted kappa, -1..1.")]
    kappa: Kappa
    exact: Annotated[Estimate, Meta(description="Share of equal grades, 0..1.")]
    adjacent: Annotated[Estimate, Meta(description="Share at most one step apart, 0..1.")]
    smd: Annotated[Estimate, Meta(description="Second mean minus first, over their pooled SD.")]
    confusion: Confusion


class Degradation(msgspec.Struct, frozen=True):
    """Machine-human statistic minus human-human: below 0 the machine agrees less than a person."""

    pearson: Estimate
    qwk: Estimate
    qwk_continuous: Estimate
    kappa: Estimate
    exact: Estimate
    adjacent: Estimate
    smd: Estimate


class TrueScore(msgspec.Struct, frozen=True):
    """How well the machine predicts what infinitely many raters would give on average."""

    single: Annotated[int, Meta(ge=0, description="Answers with one human grade.")]
    double: Annotated[int, Meta(ge=0, description="Answers with two.")]
    error_variance: Annotated[Estimate, Meta(description="Variance of a rater's error.")]
    true_variance: Annotated[Estimate, Meta(description="Variance of true scores.")]
    mse: Annotated[Estimate, Meta(description="Mean squared error against the true score.")]
    prmse: Annotated[
        Estimate,
        Meta(description="Proportional reduction in mean squared error, 1 - mse/true_variance."),
    ]


class Category(msgspec.Struct, frozen=True):
    """One category of the scale and the share of answers in it."""

    grade: float
    human: Share
    machine: Share
    difference: Annotated[Estimate, Meta(description="Machine minus human, -1..1.")]


class Statistics(msgspec.Struct, frozen=True):
    """How the machine's grades relate to a person's over a set of answers.

    The machine's grades are used trimmed to the scale, and for ``rounded``, ``smd_rounded``,
    ``qwk``, ``kappa``, ``exact``, ``adjacent``, ``confusion`` and ``distribution`` also rounded
    to the nearest category, halves to even ones.
    """

    n: Annotated[int, Meta(ge=0, description="Answers compared.")]
    questions: Annotated[int, Meta(ge=0, description="Questions they belong to.")]
    human: Spread
    machine: Spread
    rounded: Annotated[Spread, Meta(description="The machine's grades, rounded.")]
    smd: Annotated[Estimate, Meta(description="Machine mean minus human, over the human SD.")]
    smd_pooled: Annotated[Estimate, Meta(description="The same over the SD pooled of both.")]
    smd_rounded: Annotated[Estimate, Meta(description="Like smd, of rounded grades.")]
    pearson: Pearson
    spearman: Spearman
    qwk: Annotated[Estimate, Meta(description="Quadratic weighted kappa, rounded grades.")]
    qwk_continuous: Annotated[Estimate, Meta(description="The same, grades not rounded.")]
    kappa: Kappa
    exact: Annotated[Estimate, Meta(description="Share of equal grades, 0..1.")]
    adjacent: Annotated[Estimate, Meta(description="Share at most one step apart, 0..1.")]
    rmse: Annotated[Estimate, Meta(description="Root of the mean squared difference.")]
    r2: Annotated[
        Estimate, Meta(description="1 - squared error over the human sum of squares, at most 1.")
    ]
    length: Annotated[
        Estimate, Meta(description="Correlation of the answer's length with the human grade.")
    ]
    partial: Annotated[
        Estimate, Meta(description="Correlation of machine and human given length, -1..1.")
    ]
    within: Annotated[
        Estimate, Meta(description="Correlation of deviations from each question's means, -1..1.")
    ]
    disattenuated: Annotated[
        Estimate, Meta(description="pearson over the root of the raters' pearson; may pass 1.")
    ]
    confusion: Confusion
    distribution: tuple[Category, ...]
    raters: Annotated[Raters | None, Meta(description="Null without a second rater.")]
    degradation: Degradation | None
    true_score: TrueScore | None


class Subgroup(msgspec.Struct, frozen=True):
    """The answers of one subgroup; DSM compares it with all answers.

    DSM is the mean of the machine's standardized grades minus that of the human's, standardized
    by mean and SD of all answers: above 0 the machine favours the subgroup.
    """

    group: Annotated[str | None, Meta(description="Null gathers answers that name none.")]
    statistics: Statistics
    dsm: Estimate
    dsm_rounded: Annotated[Estimate, Meta(description="Of the machine's rounded grades.")]
    raters_dsm: Annotated[Estimate, Meta(description="Second rater against the first.")]


class GroupDifference(msgspec.Struct, frozen=True):
    """A subgroup's expected error (or squared error) minus the reference group's."""

    group: str | None
    difference: Estimate


class FairnessMeasure(msgspec.Struct, frozen=True):
    """How much of the variance of errors the subgroup explains: 0 is fair."""

    r2: Annotated[
        Estimate,
        Meta(description="Adjusted R²; a bootstrap's lies a little too high: p decides."),
    ]
    p: Annotated[Share | None, Meta(description="Of the F test for no difference.")]
    differences: tuple[GroupDifference, ...]


class Fairness(msgspec.Struct, frozen=True):
    """Three measures of fairness after Loukina and others (2019)."""

    reference: Annotated[str | None, Meta(description="The largest subgroup.")]
    osa: Annotated[
        FairnessMeasure, Meta(description="Overall score accuracy: of the squared error.")
    ]
    osd: Annotated[FairnessMeasure, Meta(description="Overall score difference: of the error.")]
    csd: Annotated[
        FairnessMeasure,
        Meta(description="Conditional score difference: of the error given the human grade."),
    ]


class Alone(msgspec.Struct, frozen=True):
    """A further signal by itself against human grades, beside our scores of the same answers."""

    signal: str
    statistics: Annotated[
        Statistics | None, Meta(description="Of its values as grades; null if it judged nothing.")
    ]
    ours: Annotated[Statistics | None, Meta(description="Of our scores of what it judged.")]


class QuestionAgreement(msgspec.Struct, frozen=True):
    """The answers to one question."""

    question_id: str
    n: Count
    pearson: Annotated[float | None, Meta(description="Linear correlation, -1..1.")]
    human: Annotated[float, Meta(description="Mean human grade.")]
    machine: Annotated[float, Meta(description="Mean grade of the machine.")]


class Validation(msgspec.Struct, frozen=True):
    """Machine and human grades compared, over all answers and by subgroup and question."""

    missing: Annotated[int, Meta(ge=0, description="Answers without a score or a human grade.")]
    overall: Statistics
    subgroups: Annotated[tuple[Subgroup, ...], Meta(description="Largest first.")]
    fairness: Annotated[Fairness | None, Meta(description="Null with fewer than two subgroups.")]
    questions: Annotated[
        tuple[QuestionAgreement, ...], Meta(description="Lowest correlation first, then unknown.")
    ]
    alone: Annotated[
        tuple[Alone, ...], Meta(description="Signals beside our own, if the run has any.")
    ] = ()
