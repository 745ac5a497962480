"""What an evaluation file holds, field by field, and the JSON Schema made from that."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from grader.bank.schema import Language, Text
from grader.report import MARGIN
from grader.report.validation.schema import json_schema

__all__ = [
    "BudgetEntry",
    "CompareEntry",
    "EvaluationFile",
    "GatesEntry",
    "GradingEntry",
    "ModelEntry",
    "ParamsEntry",
    "PriceEntry",
    "PromptEntry",
    "QuestionsEntry",
    "evaluation_schema",
]

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Money = Annotated[float, Meta(ge=0, le=1_000_000)]


class QuestionsEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the bank's questions are asked."""

    topics: Annotated[
        list[Text], Meta(description="Only questions on these topics, by id or title.")
    ] = []
    limit: Annotated[Count | None, Meta(description="Only the first so many of them.")] = None


class ParamsEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields of the requests. An empty value leaves a field out."""

    temperature: Annotated[
        Annotated[float, Meta(ge=0, le=10)] | None,
        Meta(description="Chance in the choice of words; several samples need more than 0."),
    ] = 0.0
    max_tokens: Annotated[Count | None, Meta(description="The longest answer.")] = 1024
    max_completion_tokens: Annotated[
        Count | None,
        Meta(description="What newer models of OpenAI have in place of max_tokens."),
    ] = None
    seed: Annotated[
        int | None, Meta(description="For the same answer again; goes up by one with each sample.")
    ] = None
    top_p: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(description="Only the likeliest words of this share are chosen from."),
    ] = None
    stop: Annotated[
        Text | list[Text] | None, Meta(description="Texts at which an answer ends.")
    ] = None
    reasoning_effort: Annotated[
        Text | None, Meta(description="How long a reasoning model thinks, such as low.")
    ] = None
    further: Annotated[
        dict[Text, Any],
        Meta(description="Fields that only this server knows, such as top_k; any JSON."),
    ] = {}


class PriceEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """Money per million tokens, in any currency."""

    read: Annotated[Money, Meta(description="Of the prompt.")]
    written: Annotated[Money, Meta(description="Of the answer.")]


class ModelEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is asked."""

    model: Annotated[Text, Meta(description="Its name, as the server knows it.")]
    name: Annotated[
        Text | None,
        Meta(description="What reports and folders call it; the model's name if not given."),
    ] = None
    base_url: Annotated[
        Text | None,
        Meta(
            description="A server that speaks OpenAI's protocol, such as "
            "http://localhost:8080/v1; what OPENAI_BASE_URL says, else OpenAI, if not given."
        ),
    ] = None
    key_env: Annotated[
        Text | None,
        Meta(description="The environment variable that holds the key; never the key itself."),
    ] = None
    key_file: Annotated[Text | None, Meta(description="Or the file that holds it.")] = None
    params: Annotated[ParamsEntry, Meta(description="Fields of the requests.")] = ParamsEntry()
    price: Annotated[
        PriceEntry | None, Meta(description="Money per million tokens, for costs and the budget.")
    ] = None


class PromptEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A way to put the questions."""

    name: Annotated[Text, Meta(description="What reports and folders call it.")]
    system: Annotated[
        Text | None,
        Meta(
            description="File of the system prompt, an empty one for none; the package's own if "
            "not given."
        ),
    ] = None
    template: Annotated[
        Text | None, Meta(description="File of the message, with {{ question }} in it (Jinja).")
    ] = None


class GradingEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How answers are graded; as the options of grader score."""

    tier: Annotated[
        Literal["fast", "standard", "thorough"],
        Meta(description="How much is spent on an answer."),
    ] = "thorough"
    encoder: Annotated[
        Text, Meta(description="embedded, none, st:MODEL (sentence-transformers) or http:URL.")
    ] = "embedded"
    cross_encoder: Annotated[
        Text, Meta(description="The grading model: embedded, none or st:MODEL.")
    ] = "embedded"
    calibration: Annotated[
        Text, Meta(description="default, none, or a file that grader calibrate wrote.")
    ] = "default"
    signals: Annotated[
        list[Text],
        Meta(description="Further signals as NAME[:OPTIONS][=WEIGHT], such as judge:MODEL@URL."),
    ] = []


class BudgetEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The most that all models together may cost, what was spent before included."""

    tokens: Annotated[Count | None, Meta(description="Tokens read and written.")] = None
    money: Annotated[
        Annotated[float, Meta(gt=0, le=1_000_000)] | None,
        Meta(description="Money; needs the price of every model."),
    ] = None


class GatesEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """What every model has to reach."""

    fail_under: Annotated[
        Share | None, Meta(description="The least mean score of all answers, 0 to 1.")
    ] = None
    topics: Annotated[
        dict[Text, Share], Meta(description="The least mean score by topic id, 0 to 1.")
    ] = {}
    no_worse_than: Annotated[
        Text | None,
        Meta(description="Folder of a run, graded alike, than which none may be worse."),
    ] = None
    margin: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | UnsetType,
        Meta(description=f"By more than this; {MARGIN:g} if not given. Needs no_worse_than."),
    ] = UNSET


class CompareEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How models are compared."""

    baseline: Annotated[
        Text | None,
        Meta(
            description="What the others are compared with: a model's name, or MODEL+PROMPT; if "
            "not given, the run of no_worse_than, else the first."
        ),
    ] = None


class EvaluationFile(Struct, frozen=True, forbid_unknown_fields=True):
    """An evaluation of language models: what is asked, of whom, how it is graded, what must hold.

    Paths are relative to the file.
    """

    models: Annotated[
        list[ModelEntry], Meta(min_length=1, description="Who is asked; at least one.")
    ]
    bank: Annotated[Text, Meta(description="A bundled bank's name, a folder or a file.")] = (
        "ds-interview"
    )
    rubrics: Annotated[
        Text | None, Meta(description="Rubrics for the bank: a file or a folder of files.")
    ] = None
    questions: Annotated[QuestionsEntry, Meta(description="Which questions; all if not given.")] = (
        QuestionsEntry()
    )
    language: Annotated[
        Language | None, Meta(description="To ask in; each question's own if not given.")
    ] = None
    samples: Annotated[Count, Meta(description="How often every question is asked.")] = 1
    prompts: Annotated[
        list[PromptEntry],
        Meta(description="Ways to put the questions; every model gets every one of them."),
    ] = []
    grading: Annotated[GradingEntry, Meta(description="How answers are graded.")] = GradingEntry()
    budget: Annotated[
        BudgetEntry, Meta(description="The most that all models together may cost.")
    ] = BudgetEntry()
    concurrency: Annotated[Count, Meta(description="Requests at the same time.")] = 4
    timeout: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds that one request may take.")
    ] = 120.0
    retries: Annotated[
        Annotated[int, Meta(ge=0)],
        Meta(description="How often to ask again after a fault that may pass."),
    ] = 6
    gates: Annotated[GatesEntry, Meta(description="What every model has to reach.")] = GatesEntry()
    compare: Annotated[CompareEntry, Meta(description="How models are compared.")] = CompareEntry()
    out: Annotated[Text, Meta(description="Folder of answers, runs and reports.")] = "results"


def evaluation_schema() -> dict[str, Any]:
    """The JSON Schema, as published in docs/schema/eval.schema.json."""
    return json_schema(EvaluationFile, "Evaluation file of grader (eval.yaml)")
