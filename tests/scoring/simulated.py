"""Graders made up: what they give is known, so it can be seen whether a fit finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader import Evidence, Grade
from grader.model import Step
from grader.scoring import features

WEIGHTS = {"p1": 2.0, "p2": 1.0, "p3": 1.0}


class Person(NamedTuple):
    """How someone grades: a weighted sum of the features, and noise."""

    weights: Mapping[str, float]
    intercept: float = 0.0
    noise: float = 0.1
    by_question: float = 0.03


LIKE_DEFAULT = Person({"score": 1.0})
STRICT = Person({"score": 0.7}, -0.1)
LENIENT = Person({"score": 0.75}, 0.25)
NOISY = Person({"score": 1.0}, noise=0.3)
OTHER = Person({"score": 0.2, "semantic": 0.6}, 0.1)
PEOPLE = {
    "default": LIKE_DEFAULT,
    "strict": STRICT,
    "lenient": LENIENT,
    "noisy": NOISY,
    "other": OTHER,
}


def answers(count: int, questions: int, seed: int) -> list[Grade]:
    """Grades of answers that know more or less, without flags; words and meaning differ."""
    rng = np.random.default_rng(seed)
    return [_answer(rng, number, f"q{number % questions}") for number in range(count)]


def _answer(rng: np.random.Generator, number: int, question: str) -> Grade:
    known = np.clip(rng.beta(1.2, 1.0) + rng.normal(0, 0.25, 3), 0, 1)
    lexical = np.clip(known + rng.normal(0, 0.25, 3), 0, 1)
    semantic = np.clip(known + rng.normal(0, 0.2, 3), 0, 1)
    covered = np.clip((0.7 * lexical + 0.3 * semantic) / 0.65, 0, 1)
    score = float(np.average(covered, weights=list(WEIGHTS.values())))
    return Grade(
        f"a{number}",
        question,
        None,
        ("topic",),
        score,
        evidence=tuple(
            Evidence(name, c, signals={"lexical": a, "semantic": b, "rubric": None})
            for name, a, b, c in zip(
                WEIGHTS, lexical.tolist(), semantic.tolist(), covered.tolist(), strict=True
            )
        ),
        steps=(Step("points", score),),
    )


def graded(person: Person, grades: list[Grade], seed: int) -> NDArray[np.float64]:
    """What the person gives, 0..1."""
    rng = np.random.default_rng(seed)
    leanings: dict[str, float] = {}
    found = []
    for grade in grades:
        if grade.question_id not in leanings:
            leanings[grade.question_id] = float(rng.normal(0, person.by_question))
        values = features(grade, WEIGHTS)
        total = sum(weight * (values[name] or 0.0) for name, weight in person.weights.items())
        error = leanings[grade.question_id] + rng.normal(0, person.noise)
        found.append(float(np.clip(person.intercept + total + error, 0, 1)))
    return np.array(found)


def weights_of(grades: list[Grade]) -> dict[str, dict[str, float]]:
    return {grade.question_id: WEIGHTS for grade in grades}
