"""The shape of a validation's JSON file and its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader.report.schema import BankSummary
from grader.stats import Validation

__all__ = [
    "ComparedAnswer",
    "Fields",
    "Resampled",
    "Scale",
    "ValidationReport",
    "json_schema",
    "validation_schema",
]

Count = Annotated[int, Meta(ge=0)]


class Fields(msgspec.Struct, frozen=True):
    """The columns that were compared."""

    human: Annotated[str, Meta(description="Grades of the first person.")]
    second: Annotated[str | None, Meta(description="Grades of the second.")] = None
    group: Annotated[str | None, Meta(description="Subgroups.")] = None


class Scale(msgspec.Struct, frozen=True):
    """The scale of the human grades, which begins at 0; the machine's score times its end."""

    end: Annotated[float, Meta(gt=0)]
    step: Annotated[float, Meta(gt=0, description="Between neighbouring categories.")]
    end_guessed: Annotated[bool, Meta(description="From the grades, as nobody said.")]
    step_guessed: bool


class Resampled(msgspec.Struct, frozen=True):
    """How the intervals were made: percentiles of resamples of the questions."""

    level: Annotated[float, Meta(gt=0, lt=1)]
    resamples: Annotated[int, Meta(ge=1)]
    seed: int


class ComparedAnswer(msgspec.Struct, frozen=True):
    """One answer that was compared, grades on the human scale."""

    answer_id: str
    question_id: str
    machine: float
    human: float
    second: float | None = None
    group: str | None = None


class ValidationReport(msgspec.Struct, frozen=True):
    """Machine grades against human ones; null means that a statistic is undefined."""

    bank: BankSummary
    signature: Annotated[str, Meta(description="Everything the grades depend on, in one line.")]
    fields: Fields
    scale: Scale
    resampled: Resampled
    answers: Annotated[int, Meta(ge=0, description="Answers of the run.")]
    ungraded: Annotated[int, Meta(ge=0, description="Of these without a human grade.")]
    unscored: Annotated[int, Meta(ge=0, description="With one, but without a machine score.")]
    statistics: Validation
    compared: Annotated[tuple[ComparedAnswer, ...], Meta(description="In the order of the run.")]
    version: Annotated[int, Meta(description="Of this format.")] = 1


def validation_schema() -> dict[str, Any]:
    """The JSON Schema, as published in docs/schema/validation.schema.json."""
    return json_schema(ValidationReport, "grader validation")


def json_schema(report: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """The JSON Schema of a kind of report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **_on_one_line(msgspec.json.schema(report)),
    }


def _on_one_line(schema: Any) -> Any:
    """The same with descriptions, which are docstrings, without their line breaks."""
    if isinstance(schema, dict):
        return {name: _on_one_line(part) for name, part in schema.items()}
    if isinstance(schema, list):
        return [_on_one_line(part) for part in schema]
    return " ".join(schema.split()) if isinstance(schema, str) else schema
