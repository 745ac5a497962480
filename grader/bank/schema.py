"""What bank and rubric files hold, field by field, and the JSON Schemas made from that.

The schemas under ``docs/schema`` are written from these types, so what an editor accepts is
what :meth:`grader.bank.Bank.load` accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from grader.errors import BankError
from grader.files import did_you_mean

__all__ = [
    "ALIASES",
    "BankInfo",
    "KeyPointEntry",
    "KeywordGroup",
    "MisconceptionEntry",
    "QuestionEntry",
    "QuestionFile",
    "RubricEntry",
    "RubricFile",
    "TermsFile",
    "TranslationEntry",
    "schema",
]

# Not one character that is no white space: the schema's way to say "not empty".
_FILLED = Meta(pattern=r"\S")
_LANGUAGE = Meta(
    pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$",
    description="Language code, such as ru or en.",
)
_SHARE = Meta(ge=0, le=1)

Text = Annotated[str, _FILLED]
Id = Annotated[str, _FILLED] | int
Language = Annotated[str, _LANGUAGE]
Titles = Text | dict[Language, Text]


class KeywordGroup(Struct, forbid_unknown_fields=True):
    """A keyword pattern of several parts: exactly one of all, near or regex.

    Parts are again patterns: a string of alternatives ("a | b") or a group.
    """

    all: Annotated[
        list[Keyword] | UnsetType,
        Meta(
            description="Every part must occur, anywhere in the answer; some of them give that "
            "share of the point."
        ),
    ] = UNSET
    near: Annotated[
        list[Keyword] | UnsetType,
        Meta(description="Every part must occur, all of them within so many words (see within)."),
    ] = UNSET
    within: Annotated[
        Annotated[int, Meta(ge=1, le=200)] | UnsetType,
        Meta(description="For near: the window in words; 8 if not given."),
    ] = UNSET
    regex: Annotated[
        Text | UnsetType,
        Meta(
            description="A regular expression in RE2 syntax, searched without regard to case. "
            "\\w means a letter of any script, a digit or _."
        ),
    ] = UNSET


Keyword = Text | KeywordGroup

_Keywords = Annotated[
    list[Keyword],
    Meta(
        description="Any one of these patterns is enough. A string holds alternatives divided by "
        "|; each is a word or a phrase in its base form; * at a word's end matches any ending."
    ),
]
_Translations = Annotated[
    dict[Language, Text], Meta(description="The same statement in other languages, by code.")
]


class KeyPointEntry(Struct, forbid_unknown_fields=True):
    """One thing a full answer must say."""

    text: Annotated[Text, Meta(description="The point as one statement that can be judged alone.")]
    id: Annotated[
        Id | UnsetType,
        Meta(description="Unique within its question; k1, k2, … by position if not given."),
    ] = UNSET
    weight: Annotated[
        float,
        Meta(gt=0, le=1000, description="Share of the grade relative to the other points."),
    ] = 1.0
    cap_without: Annotated[
        Annotated[float, _SHARE] | None,
        Meta(description="The most an answer can score (0 to 1) that misses this point."),
    ] = None
    keywords: _Keywords = []
    translations: _Translations = {}


class MisconceptionEntry(Struct, forbid_unknown_fields=True):
    """A typical wrong statement."""

    id: Annotated[Id, Meta(description="Unique among the question's misconceptions.")]
    text: Annotated[Text, Meta(description="The wrong statement.")]
    keywords: Annotated[_Keywords, Meta(min_length=1)]
    cost: Annotated[
        float, _SHARE, Meta(description="Share of the full score it costs (0 to 1).")
    ] = 0.25
    translations: _Translations = {}


class RubricEntry(Struct, forbid_unknown_fields=True):
    """The rubric of one question."""

    key_points: Annotated[
        list[KeyPointEntry],
        Meta(min_length=1, description="What a full answer must say; 3 to 6 work best."),
    ]
    question: Annotated[Id | UnsetType, Meta(description="The question's id.")] = UNSET
    question_id: Annotated[Id | UnsetType, Meta(description="The question's id.")] = UNSET
    misconceptions: Annotated[
        list[MisconceptionEntry], Meta(description="Typical wrong statements that cost points.")
    ] = []


class RubricFile(Struct, forbid_unknown_fields=True):
    """A file of rubrics: what full answers to a bank's questions must say."""

    rubrics: Annotated[
        list[RubricEntry], Meta(description="One for each question, each question once.")
    ]


class TranslationEntry(Struct, forbid_unknown_fields=True):
    """A question and its reference answers in another language."""

    question: Annotated[Text, Meta(description="The question.")]
    references: Annotated[
        list[Text] | Text | UnsetType, Meta(description="One or more full-mark answers.")
    ] = UNSET
    reference: Annotated[
        list[Text] | Text | UnsetType, Meta(description="The same as references.")
    ] = UNSET


class QuestionEntry(Struct, forbid_unknown_fields=True):
    """A question with its reference answers."""

    question: Annotated[Text, Meta(description="The question as it is asked.")]
    id: Annotated[
        Id | UnsetType, Meta(description="Unique in the bank; kebab-case, such as chain-rule.")
    ] = UNSET
    question_id: Annotated[Id | UnsetType, Meta(description="The same as id.")] = UNSET
    topics: Annotated[
        list[Text] | Text | UnsetType,
        Meta(description="Topic ids, the main one first; a leading # is dropped."),
    ] = UNSET
    topic: Annotated[list[Text] | Text | UnsetType, Meta(description="The same as topics.")] = UNSET
    references: Annotated[
        list[Text] | Text | UnsetType,
        Meta(description="One or more full-mark answers; may be left out if there are key points."),
    ] = UNSET
    reference: Annotated[
        list[Text] | Text | UnsetType, Meta(description="The same as references.")
    ] = UNSET
    language: Annotated[
        Language | None,
        Meta(description="Language of question and references; the bank's if not given."),
    ] = None
    difficulty: Annotated[
        Literal["easy", "medium", "hard"] | None, Meta(description="How hard the question is.")
    ] = None
    key_points: Annotated[
        list[KeyPointEntry],
        Meta(description="What a full answer must say; a rubric file takes precedence."),
    ] = []
    misconceptions: Annotated[
        list[MisconceptionEntry], Meta(description="Typical wrong statements that cost points.")
    ] = []
    translations: Annotated[
        dict[Language, TranslationEntry],
        Meta(description="Question and references in other languages, by code."),
    ] = {}


class BankInfo(Struct, forbid_unknown_fields=True):
    """What holds for a bank as a whole (bank.yaml in the bank's folder)."""

    name: Annotated[
        Text | None, Meta(description="Short name; the folder's or file's name if not given.")
    ] = None
    title: Annotated[
        Titles | None, Meta(description="What reports call the bank; one text or one by language.")
    ] = None
    language: Annotated[
        Language | None,
        Meta(
            description="Language of questions that name none; told from the script (ru or en) "
            "if not given."
        ),
    ] = None
    scale: Annotated[
        float, Meta(gt=0, le=1_000_000, description="Scores 0 to 1 are shown as 0 to this.")
    ] = 10.0
    topics: Annotated[
        dict[Text, Titles], Meta(description="Titles of the topics, by topic id.")
    ] = {}


class QuestionFile(BankInfo, forbid_unknown_fields=True, kw_only=True):
    """A file of questions: part of a bank's folder, or a whole bank in one file.

    The other fields are for a bank in one file; a folder has them in its bank.yaml.
    """

    questions: Annotated[
        list[QuestionEntry], Meta(description="The questions, in the order of asking.")
    ]


# terms.yaml in the bank's folder: lists of words that mean the same.
TermsFile = list[Annotated[list[Text], Meta(min_length=2)]]

# Where a type has a field under two names: the names, and whether one of them must be given.
ALIASES: Mapping[str, tuple[tuple[tuple[str, ...], bool], ...]] = {
    "QuestionEntry": (
        (("id", "question_id"), True),
        (("topics", "topic"), True),
        (("references", "reference"), False),
    ),
    "RubricEntry": ((("question", "question_id"), True),),
    "TranslationEntry": ((("references", "reference"), False),),
    "KeywordGroup": ((("all", "near", "regex"), True),),
}

_KINDS: Mapping[str, tuple[type[Struct], str]] = {
    "bank": (BankInfo, "Bank of grader (bank.yaml)"),
    "questions": (QuestionFile, "Questions of a grader bank"),
    "rubrics": (RubricFile, "Rubrics of a grader bank"),
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file: "bank", "questions" or "rubrics".

    Raises:
        BankError: there is no such kind.
    """
    if kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise BankError(f"no schema {kind!r}{did_you_mean(kind, _KINDS)} (there are {known})")
    type_, title = _KINDS[kind]
    made = msgspec.json.schema(type_)
    for name, definition in made["$defs"].items():
        definition["description"] = " ".join(definition["description"].split())
        rules = [_one_of(names, needed) for names, needed in ALIASES.get(name, ())]
        if rules:
            definition["allOf"] = rules
    group = made["$defs"].get("KeywordGroup")
    if group is not None:
        group["dependentRequired"] = {"within": ["near"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def _one_of(names: tuple[str, ...], needed: bool) -> dict[str, Any]:
    """At most one of the names, and at least one if needed, as JSON Schema says it."""
    choices: list[dict[str, Any]] = [{"required": [name]} for name in names]
    if not needed:
        choices.append({"not": {"anyOf": list(choices)}})
    return {"oneOf": choices}
