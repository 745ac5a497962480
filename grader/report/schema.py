"""The shape of report.json and its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "AnswerSummary",
    "BadRow",
    "BankSummary",
    "Bin",
    "FlagCount",
    "GateComparison",
    "GateResult",
    "Mean",
    "MisconceptionSummary",
    "PointSummary",
    "QuestionSummary",
    "Report",
    "RespondentSummary",
    "TopicMean",
    "TopicSummary",
    "Unit",
    "report_schema",
]

Unit = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Signed = Annotated[float, Meta(ge=-1, le=1)]
Texts = Annotated[Mapping[str, str], Meta(description="Text by language code.")]


class Mean(msgspec.Struct, frozen=True):
    """A mean with its 95 % bootstrap interval; null means "cannot judge"."""

    answers: Annotated[int, Meta(ge=0, description="Answers in the group.")]
    judged: Annotated[int, Meta(ge=0, description="Answers of the group that have a value.")]
    mean: Unit | None
    low: Annotated[Unit | None, Meta(description="Lower end; null with one question only.")]
    high: Annotated[Unit | None, Meta(description="Upper end; null with one question only.")]


class FlagCount(msgspec.Struct, frozen=True):
    """How many answers carry a flag."""

    name: str
    count: Count


class BankSummary(msgspec.Struct, frozen=True):
    """The bank of questions; scores are shown as 0..scale."""

    name: str
    titles: Texts
    scale: Annotated[float, Meta(gt=0)]


class Bin(msgspec.Struct, frozen=True):
    """Answers with low <= score < high; the last bin includes its upper end."""

    low: Unit
    high: Unit
    count: Count


class TopicSummary(msgspec.Struct, frozen=True):
    """Answers of one topic; an answer counts in each of its topics."""

    topic: str
    titles: Texts
    questions: Count
    score: Mean
    flags: tuple[FlagCount, ...]


class TopicMean(msgspec.Struct, frozen=True):
    """One respondent's mean in one topic."""

    topic: str
    score: Mean


class PointSummary(msgspec.Struct, frozen=True):
    """How well the answers cover one key point; intervals resample answers."""

    question_id: str
    point_id: str
    text: str
    translations: Texts
    weight: float
    coverage: Mean
    missed: Annotated[int, Meta(ge=0, description="Answers that cover less than half of it.")]


class MisconceptionSummary(msgspec.Struct, frozen=True):
    """How many answers hold a misconception."""

    misconception_id: str
    text: str
    translations: Texts
    count: Count


class QuestionSummary(msgspec.Struct, frozen=True):
    """Answers to one question; intervals resample answers."""

    question_id: str
    text: str
    language: str
    translations: Texts
    topics: tuple[str, ...]
    score: Mean
    points: tuple[PointSummary, ...]
    misconceptions: tuple[MisconceptionSummary, ...]
    flags: tuple[FlagCount, ...]


class RespondentSummary(msgspec.Struct, frozen=True):
    """One respondent's answers, whole and by topic; null gathers answers without a name."""

    respondent: str | None
    score: Mean
    topics: tuple[TopicMean, ...]
    flags: tuple[FlagCount, ...]


class AnswerSummary(msgspec.Struct, frozen=True):
    """One answer's score and the interval its true grade lies in, if calibrated."""

    answer_id: str
    question_id: str
    respondent: str | None
    topics: tuple[str, ...]
    score: Unit | None
    low: Unit | None
    high: Unit | None
    flags: tuple[str, ...]
    needs_review: Annotated[
        bool | None, Meta(description="The interval is so wide that a person should look.")
    ] = None


class BadRow(msgspec.Struct, frozen=True):
    """A row of the input that was left out, and why."""

    what: str
    path: str | None = None
    line: int | None = None
    field: str | None = None


class GateComparison(msgspec.Struct, frozen=True):
    """A run beside a baseline, by the means of the questions that have a score in both."""

    baseline: Annotated[str, Meta(description="The name of its folder.")]
    margin: Annotated[Unit, Meta(description="By so much the run may be worse.")]
    questions: Annotated[int, Meta(ge=0, description="That have a score in both.")]
    missing: Annotated[
        tuple[str, ...], Meta(description="Questions that have a score in the baseline only.")
    ]
    difference: Annotated[Signed | None, Meta(description="Mean of the run minus the baseline's.")]
    low: Annotated[
        Signed | None,
        Meta(description="Lower end of the difference's 90 % interval; null with few questions."),
    ]
    high: Annotated[Signed | None, Meta(description="Upper end.")]
    enough_questions: Annotated[
        Count | None,
        Meta(description="If unclear: so many like these would pass, should the difference stay."),
    ] = None


class GateResult(msgspec.Struct, frozen=True):
    """What a gate says of a run; thresholds have a score, a baseline has a comparison."""

    gate: Literal["mean", "topic", "baseline"]
    outcome: Annotated[
        Literal["passed", "failed", "unclear"],
        Meta(description="Unclear: the questions are too few to show that the run is no worse."),
    ]
    topic: str | None = None
    threshold: Unit | None = None
    score: Mean | None = None
    comparison: GateComparison | None = None

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


class Report(msgspec.Struct, frozen=True):
    """A run by topic, question, respondent and point. Scores and coverages are 0..1."""

    bank: BankSummary
    signature: Annotated[str, Meta(description="Everything the grades depend on, in one line.")]
    overall: Mean
    histogram: tuple[Bin, ...]
    topics: Annotated[tuple[TopicSummary, ...], Meta(description="Weakest first.")]
    questions: Annotated[tuple[QuestionSummary, ...], Meta(description="Weakest first.")]
    respondents: Annotated[
        tuple[RespondentSummary, ...],
        Meta(
            description="Best first, at most 20,000 and the one without a name; empty when no "
            "answer names its respondent."
        ),
    ]
    missed_points: Annotated[
        tuple[PointSummary, ...], Meta(description="The least covered points, at most 20.")
    ]
    flags: tuple[FlagCount, ...]
    answers: Annotated[
        tuple[AnswerSummary, ...],
        Meta(
            description="In the input's order, at most 20,000: flagged ones first, then those that "
            "could not be scored, then the weakest."
        ),
    ]
    bad_rows: tuple[BadRow, ...]
    answers_total: Annotated[int, Meta(ge=0, description="Answers there are in all.")]
    respondents_total: Annotated[
        int, Meta(ge=0, description="All respondents, the one without a name among them.")
    ]
    version: Annotated[int, Meta(description="Of this format.")] = 1
    gates: Annotated[
        tuple[GateResult, ...], Meta(description="What the run had to reach, if anything.")
    ] = ()


def report_schema() -> dict[str, Any]:
    """The JSON Schema of report.json, as published in docs/schema/report.schema.json."""
    # As JSON, since a default may be a tuple.
    schema = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Report)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "grader report",
        **schema,
    }
