"""The shape of a comparison's JSON file and its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from grader.report.schema import BankSummary, Count, Texts, Unit
from grader.report.validation.schema import Resampled, json_schema
from grader.stats import Interval, PairedDifference

__all__ = [
    "ChangedPoint",
    "ChangedQuestion",
    "ComparedRun",
    "ComparisonReport",
    "Difference",
    "Incomparable",
    "Pair",
    "PassAtK",
    "ShownAnswer",
    "SystemSummary",
    "TopicDifference",
    "Verdict",
    "comparison_schema",
]

Verdict = Literal["better", "worse", "not_shown"]


class ComparedRun(msgspec.Struct, frozen=True):
    """A run that took part."""

    name: str
    signature: Annotated[str, Meta(description="Everything its grades depend on, in one line.")]


class PassAtK(msgspec.Struct, frozen=True):
    """Probability that at least one of k answers to a question passes, mean over questions."""

    k: Annotated[int, Meta(ge=1)]
    value: Unit
    questions: Annotated[int, Meta(ge=1, description="That have k scored answers.")]


class SystemSummary(msgspec.Struct, frozen=True):
    """One respondent of one run over all questions it has scored answers to."""

    label: str
    run: str
    respondent: str | None
    answers: Count
    judged: Annotated[int, Meta(ge=0, description="Answers that have a score.")]
    questions: Annotated[int, Meta(ge=0, description="Questions with such answers.")]
    samples: Annotated[int, Meta(ge=0, description="The most scored answers to one question.")]
    score: Annotated[Interval, Meta(description="Mean of the questions' means, 0..1.")]
    spread: Annotated[
        float | None,
        Meta(description="SD of answers to the same question; null without two to any."),
    ]
    passed: Annotated[Unit | None, Meta(description="Share of scored answers that pass.")]
    pass_at_k: Annotated[tuple[PassAtK, ...], Meta(description="By k, up to the samples.")]


class Difference(msgspec.Struct, frozen=True):
    """A paired difference and what it comes to."""

    result: PairedDifference
    p_adjusted: Annotated[
        float, Meta(description="p corrected by Holm's method over pairs, or a pair's topics.")
    ]
    verdict: Annotated[Verdict, Meta(description="Of the second system, by the corrected p.")]


class TopicDifference(msgspec.Struct, frozen=True):
    """The difference in one topic; a question counts in each of its topics."""

    topic: str
    titles: Texts
    questions: Annotated[int, Meta(ge=1, description="That both systems answered.")]
    difference: Annotated[Difference | None, Meta(description="Null with one question.")]


class ShownAnswer(msgspec.Struct, frozen=True):
    """The answer nearest to the mean of a system's answers to a question."""

    answer_id: str
    text: str
    score: Unit
    flags: tuple[str, ...]


class ChangedPoint(msgspec.Struct, frozen=True):
    """A key point that one of two answers covers by half or more and the other by less."""

    point_id: str
    text: str
    translations: Texts


class ChangedQuestion(msgspec.Struct, frozen=True):
    """A question on which two systems differ, with an answer of each."""

    question_id: str
    text: str
    translations: Texts
    first: Annotated[Unit, Meta(description="The first system's mean score.")]
    second: Unit
    first_answer: ShownAnswer
    second_answer: ShownAnswer
    gained: Annotated[tuple[ChangedPoint, ...], Meta(description="Only the second makes them.")]
    lost: Annotated[tuple[ChangedPoint, ...], Meta(description="Only the first makes them.")]


class Pair(msgspec.Struct, frozen=True):
    """Two systems over the questions that both answered."""

    first: Annotated[str, Meta(description="Label of the one compared with.")]
    second: str
    only_first: Annotated[int, Meta(ge=0, description="Questions that only the first has.")]
    only_second: Count
    difference: Difference
    topics: Annotated[tuple[TopicDifference, ...], Meta(description="As the bank orders them.")]
    changed: Annotated[tuple[ChangedQuestion, ...], Meta(description="Greatest change first.")]


class Incomparable(msgspec.Struct, frozen=True):
    """Two systems with too little in common."""

    first: str
    second: str
    questions: Annotated[int, Meta(ge=0, le=1, description="That both have scored answers to.")]


class ComparisonReport(msgspec.Struct, frozen=True):
    """Systems compared by question. Scores are 0..1; null means "cannot judge"."""

    bank: BankSummary
    runs: tuple[ComparedRun, ...]
    graded_differently: Annotated[
        tuple[str, ...], Meta(description="What the runs' grades depend on and do not share.")
    ]
    resampled: Resampled
    alpha: Annotated[float, Meta(gt=0, lt=1, description="A difference is real below this p.")]
    power: Annotated[float, Meta(gt=0, lt=1, description="Of finding a detectable difference.")]
    tie: Annotated[float, Meta(ge=0, description="Scores closer than this are a tie.")]
    pass_mark: Annotated[float, Meta(ge=0, le=1, description="An answer passes from here.")]
    baseline: Annotated[str, Meta(description="Label of the system compared with.")]
    systems: Annotated[tuple[SystemSummary, ...], Meta(description="Best first.")]
    pairs: tuple[Pair, ...]
    incomparable: Annotated[
        tuple[Incomparable, ...], Meta(description="Pairs with fewer than 2 questions in common.")
    ]
    version: Annotated[int, Meta(description="Of this format.")] = 1


def comparison_schema() -> dict[str, Any]:
    """The JSON Schema, as published in docs/schema/comparison.schema.json."""
    return json_schema(ComparisonReport, "grader comparison")
