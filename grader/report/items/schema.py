"""The shape of the JSON file of item quality and its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader.report.schema import BankSummary
from grader.report.validation.schema import Resampled, json_schema
from grader.stats import ItemStatistics, PointStatistics, Reliability

__all__ = [
    "ItemsReport",
    "MisconceptionItem",
    "PointItem",
    "PointSuggestions",
    "QuestionItem",
    "Suggestion",
    "items_schema",
]

Share = Annotated[float, Meta(ge=0, le=1)]


class PointItem(msgspec.Struct, frozen=True):
    """One key point and what the answers say of it."""

    point_id: str
    statistics: PointStatistics


class MisconceptionItem(msgspec.Struct, frozen=True):
    """One misconception and in how many answers it was found."""

    misconception_id: str
    count: Annotated[int, Meta(ge=0)]
    never: Annotated[bool, Meta(description="Found in none of enough answers.")]


class QuestionItem(msgspec.Struct, frozen=True):
    """One question."""

    question_id: str
    answers: Annotated[int, Meta(ge=0, description="With those that have no score.")]
    statistics: ItemStatistics
    human: Annotated[Share | None, Meta(description="Mean human grade as a share of its scale.")]
    width: Annotated[Share | None, Meta(description="Mean width of the scores' intervals.")]
    alpha_without: Annotated[
        float | None, Meta(description="Cronbach's alpha of the other questions.")
    ]
    points: tuple[PointItem, ...]
    misconceptions: tuple[MisconceptionItem, ...]


class Suggestion(msgspec.Struct, frozen=True):
    """A term that stands in good answers and not in the keywords: to be considered."""

    term: Annotated[str, Meta(description="As the answers write it most often.")]
    good: Annotated[int, Meta(ge=0, description="Good answers that have it.")]
    other: Annotated[int, Meta(ge=0, description="Other answers that have it.")]
    z: Annotated[float, Meta(description="Log-odds over their standard deviation.")]


class PointSuggestions(msgspec.Struct, frozen=True):
    """A key point whose keywords rarely fire in good answers, and terms that could be some."""

    question_id: str
    point_id: str
    good: Annotated[int, Meta(ge=0, description="Answers with a high grade.")]
    fired: Annotated[int, Meta(ge=0, description="Of these where a keyword fired.")]
    other: Annotated[int, Meta(ge=0, description="Answers with a lower grade.")]
    terms: Annotated[tuple[Suggestion, ...], Meta(description="Highest z first; may be none.")]


class ItemsReport(msgspec.Struct, frozen=True):
    """Quality of questions and key points; null means that a number cannot be judged."""

    bank: BankSummary
    signature: Annotated[str, Meta(description="Everything the grades depend on, in one line.")]
    human: Annotated[str | None, Meta(description="Column of the human grades, if there are.")]
    fewest: Annotated[int, Meta(ge=1, description="Answers a correlation or verdict needs.")]
    resampled: Annotated[Resampled, Meta(description="How the interval of alpha was made.")]
    answers: Annotated[int, Meta(ge=0)]
    unscored: Annotated[int, Meta(ge=0, description="Of these without a score.")]
    reliability: Reliability
    questions: Annotated[
        tuple[QuestionItem, ...], Meta(description="Lowest discrimination first, then unknown.")
    ]
    suggestions: Annotated[
        tuple[PointSuggestions, ...] | None, Meta(description="Null without the bank's keywords.")
    ]
    version: Annotated[int, Meta(description="Of this format.")] = 1


def items_schema() -> dict[str, Any]:
    """The JSON Schema, as published in docs/schema/items.schema.json."""
    return json_schema(ItemsReport, "grader item quality")
