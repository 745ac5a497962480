"""Which words stand under a negation."""

from __future__ import annotations

import pytest

from grader.text import Analyzer


def negated(analyzer: Analyzer, text: str, code: str = "ru") -> set[str]:
    return {token.folded for token in analyzer.analyse(text, code).tokens if token.negated}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Градиент не затухает.", "затухает"),
        ("Градиент никогда не бывает нулём, он нет", None),
        ("Работает без нормализации.", "нормализации"),
        ("Нельзя обучать сеть.", "обучать"),
        ("В сети нет весов.", "весов"),
        ("The gradient does not vanish.", "vanish"),
        ("It never converges.", "converges"),
        ("It doesn't converge.", "converge"),
        ("Works without regularization.", "regularization"),
        ("The model isn’t linear.", "linear"),
    ],
)
def test_a_negation_reaches_the_next_words(analyzer: Analyzer, text: str, word: str | None) -> None:
    found = negated(analyzer, text)
    assert word is None or word in found


@pytest.mark.parametrize(
    "text",
    [
        "Это не только регуляризация",
        "Не менее важно число слоёв",
        "Не обязательно нормализовать вход",
        "Не просто усредняет ответы",
        "Not only the weights change",
        "Not just weights",
        "It is no less important",
        "Градиент затухает",
        "Небольшой шаг",
    ],
)
def test_what_looks_like_a_negation(analyzer: Analyzer, text: str) -> None:
    assert negated(analyzer, text) == set()


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Модель не переобучается, а обобщает", "переобучается", "обобщает"),
        ("Сеть не учится: градиент исчез", "учится", "градиент"),
        ("Веса не меняются когда градиент исчез", "меняются", "градиент"),
        ("Это не шум. Это сигнал.", "шум", "сигнал"),
        ("не шум\nсигнал", "шум", "сигнал"),
        ("Сигнал, но не шум", "шум", "сигнал"),
        ("It is not noise but signal", "noise", "signal"),
        ("weights do not change (gradient vanished)", "change", "gradient"),
    ],
)
def test_it_ends_with_its_clause(analyzer: Analyzer, text: str, inside: str, outside: str) -> None:
    found = negated(analyzer, text)
    assert inside in found
    assert outside not in found


def test_it_reaches_only_so_far(analyzer: Analyzer) -> None:
    found = negated(analyzer, "не обнуляет выходы нейронов скрытого слоя большой сети")
    assert "обнуляет" in found
    assert not {"слоя", "сети"} & found


def test_two_negations_lift_each_other(analyzer: Analyzer) -> None:
    assert "расти" not in negated(analyzer, "Ошибка не может не расти")


def test_a_term_is_negated_as_a_whole(analyzer: Analyzer) -> None:
    text = analyzer.analyse("Это не градиентный спуск", "ru")
    assert [unit.key for unit in text.units if text.negated(unit)] == ["=gradient descent"]
