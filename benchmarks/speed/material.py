"""The texts that everything is timed on: as many distinct answers as are asked for.

An answer is made of statements of the sample answers to its question, in the question's language,
in any order, as many as one of these answers has. In every statement one word gives its place to
another word of the same answers, so that hardly a statement comes twice and nothing is gained by
remembering one. Words do come again, as they do in real answers, but none that is new; ``slips``
exchanges two letters in such a share of words, which makes words that were never seen.

The first so many texts are the same, however many are made.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

__all__ = [
    "BANK",
    "Asked",
    "Row",
    "asked",
    "read_questions",
    "rows",
    "write_answers",
    "write_questions",
]

BANK = "ds-interview"
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True)
class Asked:
    """A question and what its answers are held against.

    Attributes:
        references: in the question's language; translations are left out.
        points: statement and weight of each key point.
    """

    text: str
    references: Sequence[str]
    points: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Row:
    """One answer, with the fields of a file of answers."""

    answer_id: str
    question_id: str
    respondent: str
    answer: str


def asked() -> dict[str, Asked]:
    """The questions that the texts answer, by id."""
    from grader.bank import Bank

    questions = Bank.load(BANK).questions
    answered = {row["question_id"] for row in _samples()}
    return {
        id: Asked(
            questions[id].text,
            questions[id].references,
            [(point.text, point.weight) for point in rubric.key_points],
        )
        for id in sorted(answered)
        if (rubric := questions[id].rubric) is not None
    }


def read_questions(path: Path) -> dict[str, Asked]:
    """What :func:`asked` found, from a file, so that nobody's process needs the grader for it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {id: Asked(**one) for id, one in found.items()}


def rows(seed: int, slips: float = 0.0) -> Iterator[Row]:
    """Answers without end, one to each question in turn, no two to a question alike."""
    samples = _samples()
    respondents = sorted({row["respondent"] for row in samples})
    own: dict[str, list[str]] = {}
    for row in samples:
        if row["language"] == "ru":
            own.setdefault(row["question_id"], []).append(row["answer"])
    drawn = {id: _drawn(texts, random.Random(f"{seed} {id}"), slips) for id, texts in own.items()}
    questions = sorted(drawn)
    for number in count():
        nth, place = divmod(number, len(questions))
        id = questions[place]
        yield Row(f"{id}-{nth}", id, respondents[nth % len(respondents)], next(drawn[id]))


def write_questions(path: Path) -> None:
    found = {id: vars(one) for id, one in asked().items()}
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def write_answers(answers: Iterator[Row], number: int, path: Path) -> float:
    """Writes so many answers, a JSON object a line; returns their mean length in characters."""
    characters = 0
    with path.open("w", encoding="utf-8") as file:
        for row in islice(answers, number):
            characters += len(row.answer)
            file.write(json.dumps(vars(row), ensure_ascii=False) + "\n")
    return characters / number


def _samples() -> list[Mapping[str, str]]:
    from grader.bank import samples

    lines = Path(samples(BANK)).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _drawn(texts: Sequence[str], chance: random.Random, slips: float) -> Iterator[str]:
    """Distinct texts made of the statements of these."""
    from grader.text import split_sentences

    split = [[text[start:end] for start, end in split_sentences(text)] for text in texts]
    statements = list(dict.fromkeys(one for own in split for one in own))
    words = sorted({word for text in texts for word in _WORD.findall(text)})
    seen: set[int] = set()
    while True:
        chosen = chance.sample(statements, len(chance.choice(split)))
        text = " ".join(_varied(one, words, chance) for one in chosen)
        if slips:
            text = _WORD.sub(lambda word: _slip(word[0], chance, slips), text)
        if hash(text) not in seen:
            seen.add(hash(text))
            yield text


def _varied(statement: str, words: Sequence[str], chance: random.Random) -> str:
    """The statement with another word in place of one of its words, if it has any."""
    found = list(_WORD.finditer(statement))
    if not found:
        return statement
    place = chance.choice(found)
    return statement[: place.start()] + chance.choice(words) + statement[place.end() :]


def _slip(word: str, chance: random.Random, share: float) -> str:
    """In such a share of words, two neighbouring letters exchanged."""
    if chance.random() >= share:
        return word
    place = chance.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
