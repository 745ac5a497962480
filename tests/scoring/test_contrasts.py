"""Right answers must score above wrong ones that look like them.

``contrasts.jsonl`` holds a question, what is expected (a key point or a reference), a right and a
wrong answer a line, in Russian and English. All of it was written by a language model for this
test; nothing was fitted to it. The shares are what the grader reaches, so that a loss is seen.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader import Answer, Bank, Grader, KeyPoint, Question, Rubric

ROWS: list[dict[str, str]] = [
    json.loads(line)
    for line in Path(__file__).with_name("contrasts.jsonl").read_text("utf-8").splitlines()
]
# Of the contrasts of a kind, in how many at least the right answer scores above the wrong one.
SHARES = {
    "negation": 0.5,
    "antonym": 0.75,
    "swapped roles": 0.75,
    "swapped number": 1.0,
    "keyword list": 1.0,
    "shuffled words": 0.5,
    "question echo": 0.75,
    "true but irrelevant": 1.0,
    "other words": 0.75,
    "typos": 0.75,
    "other language": 1.0,
    "prompt injection": 1.0,
}
OVERALL = 0.8
# Contrasts in which the right answer must always score above the wrong one.
ALWAYS: tuple[str, ...] = (
    "antonym-en-1",
    "swapped-number-ru-1",
    "swapped-number-en-1",
    "swapped-number-en-2",
    "keyword-list-ru-1",
    "keyword-list-ru-2",
    "keyword-list-en-1",
    "keyword-list-en-2",
    "shuffled-words-ru-2",
    "shuffled-words-en-2",
    "question-echo-ru-1",
    "question-echo-ru-2",
    "question-echo-en-2",
    "true-but-irrelevant-ru-1",
    "true-but-irrelevant-ru-2",
    "true-but-irrelevant-en-1",
    "true-but-irrelevant-en-2",
    "other-words-ru-1",
    "other-words-ru-2",
    "typos-ru-2",
    "typos-en-2",
    "other-language-ru-1",
    "other-language-ru-2",
    "other-language-en-1",
    "other-language-en-2",
    "prompt-injection-ru-1",
    "prompt-injection-ru-2",
    "prompt-injection-en-1",
)


def _question(row: Mapping[str, str]) -> Question:
    point = row.get("point")
    return Question(
        id=row["id"],
        text=row["question"],
        topics=("general",),
        references=(row["reference"],) if "reference" in row else (),
        language=row["language"],
        rubric=Rubric(row["id"], (KeyPoint("p1", point),)) if point else None,
    )


@pytest.fixture(scope="module")
def scores(bank_of: Callable[..., Bank]) -> dict[str, tuple[float, float]]:
    """What the right and the wrong answer of each contrast get; None counts as 0."""
    grader = Grader(bank_of(*map(_question, ROWS)))
    sides = ("right", "wrong")
    answers = [
        Answer(f"{row['id']}/{side}", row["id"], row[side]) for row in ROWS for side in sides
    ]
    found = [grade.score or 0.0 for grade in grader.grade_all(answers)]
    pairs = zip(found[::2], found[1::2], strict=True)
    return {row["id"]: pair for row, pair in zip(ROWS, pairs, strict=True)}


def _share(scores: Mapping[str, tuple[float, float]], kind: str | None = None) -> float:
    """In how many of the contrasts (of a kind) the right answer scores above the wrong one."""
    own = [scores[row["id"]] for row in ROWS if kind in {None, row["kind"]}]
    return sum(right > wrong for right, wrong in own) / len(own)


@pytest.mark.parametrize("kind", SHARES)
def test_share_of_a_kind(kind: str, scores: dict[str, tuple[float, float]]) -> None:
    assert _share(scores, kind) >= SHARES[kind]


def test_share_of_all(scores: dict[str, tuple[float, float]]) -> None:
    assert _share(scores) >= OVERALL


@pytest.mark.parametrize("name", ALWAYS)
def test_always_right(name: str, scores: dict[str, tuple[float, float]]) -> None:
    right, wrong = scores[name]
    assert right > wrong


def test_contrasts_are_well_formed() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert {row["kind"] for row in ROWS} == SHARES.keys()
    assert {row["id"] for row in ROWS} >= set(ALWAYS)
    assert all(("point" in row) != ("reference" in row) for row in ROWS)
    languages = Counter((row["kind"], row["language"]) for row in ROWS)
    assert set(languages.values()) == {2}


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "shuffled words"])
def test_shuffled_words_are_those_of_the_right_answer(row: Mapping[str, str]) -> None:
    right, wrong = (sorted(re.findall(r"\w+", row[side].lower())) for side in ("right", "wrong"))
    assert right == wrong
