"""Negation turns predicates round, both ways."""

from __future__ import annotations

import pytest
from attacks.negation import negate
from materials import made


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("Сеть обучается по батчам.", "Сеть не обучается по батчам."),
        ("Веса не меняются.", "Веса меняются."),
        ("Помогают ReLU и нормализация.", "Не помогают ReLU и нормализация."),
        ("Не помогают ReLU и нормализация.", "Помогают ReLU и нормализация."),
        ("Разметки нет.", "Разметки есть."),
        ("Так можно ускорить обучение.", "Так нельзя ускорить обучение."),
        ("Дропаут — это приём регуляризации.", "Дропаут — это не приём регуляризации."),
        ("Слой, который близок к входу, учится.", "Слой, который близок к входу, не учится."),
        ("Производная близка к нулю.", "Производная не близка к нулю."),
        ("A list is a sequence.", "A list is not a sequence."),
        ("A list is not a sequence.", "A list is a sequence."),
        ("Constructors can be overloaded.", "Constructors cannot be overloaded."),
        ("They don't connect.", "They do connect."),
        ("There is no gap.", "There is some gap."),
        ("They are only connected to it.", "They are not connected to it."),
        ("It replaces the call.", "It does not replace the call."),
        ("They have file scope.", "They do not have file scope."),
        ("a function that calls itself", "a function that does not call itself"),
        ("The path has been closed.", None),
        ("public and private", None),
        ("сигмоида, tanh, ReLU", None),
    ],
)
def test_negate(text: str, turned: str | None) -> None:
    assert made(negate, text) == turned


def test_negate_wants_more_than_one_change_in_a_long_answer() -> None:
    assert made(negate, "Слой учится. " + "сигмоида tanh " * 30) is None


def test_negate_leaves_not_only_alone() -> None:
    assert made(negate, "Он не только ускоряет обучение.") is None
