"""From entries of bank and rubric files to questions and rubrics.

Makes the checks that a type cannot make.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from msgspec import UNSET, Struct, UnsetType

from grader.documents import Place
from grader.model import KeyPoint, Misconception, Question, Rubric, Translation

from ._patterns import pattern
from .schema import (
    ALIASES,
    KeyPointEntry,
    MisconceptionEntry,
    QuestionEntry,
    RubricEntry,
    TranslationEntry,
)

__all__ = ["build_question", "build_rubric", "clean_id", "clean_topic"]


def clean_id(value: str | int) -> str:
    """An id as the rest of grader compares it: NFC, without white space around it."""
    return unicodedata.normalize("NFC", str(value)).strip()


def clean_topic(value: str) -> str:
    """A topic's id, without the # of a hashtag."""
    return clean_id(clean_id(value).removeprefix("#"))


def build_question(entry: QuestionEntry, place: Place, language: str | None) -> Question:
    """A question, with the rubric its own key points make, if it has any.

    Args:
        language: the bank's, or None to tell a question's from its script.

    Raises:
        BankError: two names for one field or none, two points of one id, a bad keyword pattern.
    """
    _check_aliases(entry, place)
    question_id = clean_id(_either(entry.id, entry.question_id))
    references = _texts(entry.references, entry.reference)
    topics = tuple(dict.fromkeys(clean_topic(topic) for topic in _texts(entry.topics, entry.topic)))
    where = place.either("topics", "topic")
    if not topics:
        raise where.error("needs at least one topic")
    if "" in topics:
        raise where.error("a topic is empty")
    rubric = None
    if entry.key_points:
        rubric = Rubric(
            question_id,
            _key_points(entry.key_points, place.at("key_points")),
            _misconceptions(entry.misconceptions, place.at("misconceptions")),
        )
    elif entry.misconceptions:
        raise place.at("misconceptions").error("go with key_points, and there are none")
    return Question(
        id=question_id,
        text=entry.question.strip(),
        topics=topics,
        references=references,
        language=entry.language or language or _script_language(entry.question, *references),
        difficulty=entry.difficulty,
        rubric=rubric,
        translations={
            code: _translation(translation, place.at("translations", code))
            for code, translation in entry.translations.items()
        },
    )


def build_rubric(entry: RubricEntry, place: Place) -> Rubric:
    """The rubric of one question.

    Raises:
        BankError: two names for the question or none, two points of one id, a bad keyword pattern.
    """
    _check_aliases(entry, place)
    return Rubric(
        clean_id(_either(entry.question, entry.question_id)),
        _key_points(entry.key_points, place.at("key_points")),
        _misconceptions(entry.misconceptions, place.at("misconceptions")),
    )


def _key_points(entries: list[KeyPointEntry], place: Place) -> tuple[KeyPoint, ...]:
    points = tuple(
        KeyPoint(
            id=f"k{index + 1}" if isinstance(entry.id, UnsetType) else clean_id(entry.id),
            text=entry.text.strip(),
            weight=entry.weight,
            keywords=tuple(
                pattern(keyword, place.at(index, "keywords", number))
                for number, keyword in enumerate(entry.keywords)
            ),
            cap_without=entry.cap_without,
            translations=_stripped(entry.translations),
        )
        for index, entry in enumerate(entries)
    )
    _check_unique((point.id for point in points), place)
    return points


def _misconceptions(entries: list[MisconceptionEntry], place: Place) -> tuple[Misconception, ...]:
    found = tuple(
        Misconception(
            id=clean_id(entry.id),
            text=entry.text.strip(),
            keywords=tuple(
                pattern(keyword, place.at(index, "keywords", number))
                for number, keyword in enumerate(entry.keywords)
            ),
            cost=entry.cost,
            translations=_stripped(entry.translations),
        )
        for index, entry in enumerate(entries)
    )
    _check_unique((misconception.id for misconception in found), place)
    return found


def _check_unique(ids: Iterable[str], place: Place) -> None:
    seen: dict[str, int] = {}
    for index, point_id in enumerate(ids):
        if point_id in seen:
            line = place.at(seen[point_id]).line
            first = f"[{seen[point_id]}]" + ("" if line is None else f" on line {line}")
            raise place.at(index, "id").error(f"{point_id!r} is taken (first by {first})")
        seen[point_id] = index


def _check_aliases(entry: Struct, place: Place) -> None:
    for names, needed in ALIASES.get(type(entry).__name__, ()):
        given = [name for name in names if getattr(entry, name) is not UNSET]
        if len(given) > 1:
            raise place.at(given[1]).error(f"says the same as {given[0]!r}; leave one of them out")
        if needed and not given:
            raise place.error(f"missing field {names[0]!r}")


def _either(*values: str | int | UnsetType) -> str | int:
    return next(value for value in values if not isinstance(value, UnsetType))


def _texts(*values: list[str] | str | UnsetType) -> tuple[str, ...]:
    for value in values:
        if isinstance(value, str):
            return (value.strip(),)
        if isinstance(value, list):
            return tuple(text.strip() for text in value)
    return ()


def _translation(entry: TranslationEntry, place: Place) -> Translation:
    _check_aliases(entry, place)
    return Translation(entry.question.strip(), _texts(entry.references, entry.reference))


def _stripped(texts: dict[str, str]) -> dict[str, str]:
    return {code: text.strip() for code, text in texts.items()}


def _script_language(*texts: str) -> str:
    """Russian if at least a third of the letters are Cyrillic, else English."""
    letters = [char for text in texts for char in text if char.isalpha()]
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in letters)
    return "ru" if 3 * cyrillic >= len(letters) else "en"
