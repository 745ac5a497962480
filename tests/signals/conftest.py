"""One question with a rubric, prepared as the signals take it, and answers analysed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader import KeyPoint, Misconception, Question, Rubric, Translation
from grader.model import AnyOf, Near
from grader.signals import Measured, PreparedQuestion, Signal, prepare
from grader.text import Analyzer

REFERENCE = (
    "Dropout на каждом шаге обучения случайно обнуляет выходы части нейронов. "
    "Сеть не может положиться на отдельный признак, поэтому переобучение уменьшается. "
    "На инференсе работают все нейроны."
)

DROPOUT = Question(
    id="dropout",
    text="Как работает dropout?",
    topics=("глубокое_обучение",),
    references=(REFERENCE,),
    rubric=Rubric(
        "dropout",
        (
            KeyPoint(
                "zeroing",
                "Случайно обнуляет выходы части нейронов.",
                2.0,
                (Near((AnyOf(("случайно",)), AnyOf(("обнул*", "выключ*")))),),
            ),
            KeyPoint(
                "overfitting",
                "Переобучение уменьшается.",
                1.0,
                (AnyOf(("переобучение уменьшается", "меньше переобучение")),),
            ),
            KeyPoint("inference", "На инференсе работают все нейроны.", 1.0),
        ),
        (Misconception("more", "Растёт переобучение", (AnyOf(("переобучение растет",)),), 0.3),),
    ),
    translations={
        "en": Translation(
            "How does dropout work?",
            ("At every training step dropout randomly zeroes the outputs of some neurons.",),
        )
    },
)


@pytest.fixture(scope="session")
def prepared(analyzer: Analyzer) -> Callable[[Question], PreparedQuestion]:
    """A question as the signals take it, every word equally telling."""
    return lambda question: prepare(question, analyzer, lambda _: 1.0)


@pytest.fixture(scope="session")
def dropout(prepared: Callable[[Question], PreparedQuestion]) -> PreparedQuestion:
    return prepared(DROPOUT)


@pytest.fixture(scope="session")
def measure(analyzer: Analyzer) -> Callable[[Signal, PreparedQuestion, str], Measured]:
    """What one signal says about one answer."""

    def run(signal: Signal, question: PreparedQuestion, answer: str) -> Measured:
        text = analyzer.analyse(answer, question.question.language, question.spelling)
        (found,) = signal.measure(question, [text])
        return found

    return run
