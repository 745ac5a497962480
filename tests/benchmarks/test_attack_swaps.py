"""Opposites, swapped terms and other numbers make false statements in good grammar."""

from __future__ import annotations

import pytest
from attacks.material import Material
from attacks.swaps import antonym, swap_numbers, swap_roles
from materials import made


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("Ошибка увеличивается.", "Ошибка уменьшается."),
        ("Ошибка уменьшилась бы.", "Ошибка увеличилась бы."),
        ("При высоких скоростях", "При низких скоростях"),
        ("Нужен короткий код.", "Нужен длинный код."),
        ("Всегда равна нулю.", "Никогда не равна нулю."),
        ("Больше данных, меньше ошибка.", None),
        ("Значения от 0 до 1.", None),
        ("Не больше трёх слоёв.", None),
        ("Increases the error.", "Decreases the error."),
        ("It is always done before sorting.", "It is never done before sorting."),
        ("in a closed path", "in an open path"),
        ("connected to the battery", "disconnected from the battery"),
        ("not always", None),
    ],
)
def test_antonym(text: str, turned: str | None) -> None:
    assert made(antonym, text) == turned


def test_antonym_turns_one_word_of_a_sentence() -> None:
    text = "Высокий шаг ведёт к тому, что сеть обучается гораздо хуже. Слабый сигнал гаснет."
    turned = "Низкий шаг ведёт к тому, что сеть обучается гораздо хуже. Сильный сигнал гаснет."
    assert made(antonym, text) == turned


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("Кодировщик передаёт вектор.", None),  # nominative or accusative
        ("Оптимизатор сдвигает градиентом веса.", "Градиент сдвигает оптимизатором веса."),
        (
            "A variable that holds the address of another variable.",
            "An address that holds the variable of another address.",
        ),
        ("The name and the type.", None),
        ("The bulb is connected to the battery.", None),
        ("nothing here", None),
    ],
)
def test_swap_roles(text: str, swapped: str | None) -> None:
    assert made(swap_roles, text) == swapped


def test_swapped_numbers_are_new_and_consistent() -> None:
    material = Material("1 and 2, then 1 again", "terminal 3", ("4 or 5",))
    found = swap_numbers(material)
    assert found is not None
    numbers = [word for word in found.replace(",", "").split() if word.isdigit()]
    assert numbers[0] == numbers[2] != numbers[1]
    assert not set(numbers) & set("12345")


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("two children", "five children"),
        ("Second element", "Fifth element"),
        ("У неё два слоя.", "У неё четыре слоя."),
        ("по трём осям", "по двум осям"),
        ("Пятью словами", "Семью словами"),
        ("третий слой", "пятый слой"),
        ("1. array\n2. list", None),
        ("C++11 и x2", None),
        ("один слой", None),
    ],
)
def test_number_words(text: str, changed: str | None) -> None:
    assert made(swap_numbers, text) == changed
