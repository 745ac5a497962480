"""Sentence vectors from a real encoder: ranges, order, the reverse direction, evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import Question
from grader.encoders import Encoder
from grader.signals import Measured, PreparedQuestion, Signal
from grader.signals.semantic import CosineScale, SemanticSignal, _cosines, _exact, measure_scale
from grader.text import Analyzer

Measure = Callable[[Signal, PreparedQuestion, str], Measured]

OTHERS = [
    ("sql", "Чем WHERE отличается от HAVING?", "WHERE отбирает строки, HAVING отбирает группы."),
    ("gil", "Что такое GIL?", "Глобальная блокировка пускает к байткоду один поток сразу."),
    ("bayes", "О чём теорема Байеса?", "Она переворачивает условную вероятность."),
    ("kmeans", "Как работает k-means?", "Точки относят к ближайшему центру и двигают центры."),
]


@pytest.fixture(scope="module")
def questions(
    dropout: PreparedQuestion, prepared: Callable[[Question], PreparedQuestion]
) -> Sequence[PreparedQuestion]:
    others = [prepared(Question(id, text, ("t",), (answer,))) for id, text, answer in OTHERS]
    return [dropout, *others]


@pytest.fixture(scope="module")
def semantic(encoder: Encoder, questions: Sequence[PreparedQuestion]) -> SemanticSignal:
    return SemanticSignal(encoder, measure_scale(encoder, questions))


def values(found: Measured) -> dict[str, float]:
    return {id: point.value for id, point in found.points.items() if point.value is not None}


def test_the_reference_covers_every_point(
    semantic: SemanticSignal, questions: Sequence[PreparedQuestion], measure: Measure
) -> None:
    for question in questions:
        found = measure(semantic, question, question.references[0].source)
        assert min(values(found).values()) > 0.5
        assert found.whole["similarity"] == pytest.approx(1.0, abs=1e-3)
        assert found.whole["support"] is not None
        assert found.whole["support"] > 0.8


def test_an_answer_about_something_else_covers_little(
    semantic: SemanticSignal, dropout: PreparedQuestion, measure: Measure
) -> None:
    own = measure(semantic, dropout, dropout.references[0].source)
    other = measure(semantic, dropout, "Поезд в Казань уходит завтра рано утром.")
    assert max(values(other).values()) < min(values(own).values())
    assert other.whole["similarity"] is not None
    assert own.whole["similarity"] is not None
    assert other.whole["similarity"] < 0.5 * own.whole["similarity"]


def test_everything_is_in_range(
    semantic: SemanticSignal, dropout: PreparedQuestion, measure: Measure
) -> None:
    for answer in ("да", "1", "x" * 500, "нейроны, выходы: всё", "a\nb\nc", "Случайно. " * 30):
        found = measure(semantic, dropout, answer)
        for value in (*found.whole.values(), *(p.value for p in found.points.values())):
            assert value is None or 0.0 <= value <= 1.0


@pytest.mark.parametrize("answer", ["", "  ", "...", "—", "🙂"])
def test_an_answer_without_words_cannot_be_judged(
    semantic: SemanticSignal, dropout: PreparedQuestion, measure: Measure, answer: str
) -> None:
    found = measure(semantic, dropout, answer)
    assert set(found.whole.values()) == {None}
    assert {point.value for point in found.points.values()} == {None}


def test_the_sentence_that_says_it_is_named(
    semantic: SemanticSignal, dropout: PreparedQuestion, measure: Measure
) -> None:
    answer = (
        "Поезд уходит завтра. На инференсе работают все нейроны. "
        "Случайно обнуляет выходы части нейронов."
    )
    points = measure(semantic, dropout, answer).points
    assert points["inference"].sentence == 1
    assert points["zeroing"].sentence == 2


def test_what_the_reference_does_not_say_lowers_support_only(
    semantic: SemanticSignal, dropout: PreparedQuestion, measure: Measure
) -> None:
    said = "Случайно обнуляет выходы части нейронов."
    alone = measure(semantic, dropout, said)
    beside = measure(semantic, dropout, said + " Поезд в Казань уходит завтра рано утром.")
    assert values(beside)["zeroing"] >= values(alone)["zeroing"] - 1e-6
    assert alone.whole["support"] is not None
    assert beside.whole["support"] is not None
    assert beside.whole["support"] < alone.whole["support"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 30])
def test_an_answer_is_measured_the_same_whatever_is_beside_it(
    semantic: SemanticSignal, dropout: PreparedQuestion, analyzer: Analyzer, size: int
) -> None:
    words = [*dropout.references[0].source.split(), "Поезд", "ушёл.", "", "—"]
    answers = [" ".join(words[i % 7 :: 1 + i % 5][: i % 11]) for i in range(60)]
    texts = [analyzer.analyse(answer, "ru") for answer in answers]
    apart = [
        found
        for start in range(0, len(texts), size)
        for found in semantic.measure(dropout, texts[start : start + size])
    ]
    assert apart == semantic.measure(dropout, texts)  # to the last bit
    assert len({found.whole["similarity"] for found in apart}) > 20


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_cosines_do_not_depend_on_the_shapes(ones: int, others: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).normal(size=(ones + others, 128)) ** 3
    unit = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    vectors = _exact(unit)
    together = _cosines(vectors[:ones], vectors[ones:])
    apart = [[_cosines(a[None], b[None]).item() for b in vectors[ones:]] for a in vectors[:ones]]
    assert together.tolist() == apart
    backwards = _cosines(vectors[:ones, ::-1], vectors[ones:, ::-1])
    assert together.tolist() == backwards.tolist()
    np.testing.assert_allclose(together, unit[:ones] @ unit[ones:].T, atol=1e-6)


def test_a_bank_of_one_question(
    encoder: Encoder, dropout: PreparedQuestion, measure: Measure
) -> None:
    alone = SemanticSignal(encoder, measure_scale(encoder, [dropout]))
    good = measure(alone, dropout, dropout.references[0].source)
    bad = measure(alone, dropout, "Поезд в Казань уходит завтра рано утром.")
    assert min(values(good).values()) > max(values(bad).values())


def test_a_bank_that_asks_the_same_over_and_over(
    encoder: Encoder, prepared: Callable[[Question], PreparedQuestion], measure: Measure
) -> None:
    answer = "Глобальная блокировка пускает к байткоду один поток сразу."
    same = [prepared(Question(f"q{n}", "Что такое GIL?", ("t",), (answer,))) for n in range(6)]
    semantic = SemanticSignal(encoder, measure_scale(encoder, same))
    found = measure(semantic, same[0], answer)
    assert values(found) == pytest.approx({"s1": 1.0})
    assert found.whole["similarity"] == pytest.approx(1.0)


def test_a_scale_is_straight_between_its_ends_and_never_leaves_them() -> None:
    scale = CosineScale(0.2, 0.6)
    cosines = np.asarray([-1.0, 0.2, 0.4, 0.6, 1.0], np.float32)
    assert scale(cosines).tolist() == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])


def test_the_scale_is_measured_on_the_bank(
    encoder: Encoder, questions: Sequence[PreparedQuestion]
) -> None:
    scale = measure_scale(encoder, questions)
    assert -1.0 <= scale.unrelated < scale.same <= 1.0
    assert measure_scale(encoder, questions[:2]) != scale
