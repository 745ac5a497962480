"""Statements, however they are punctuated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import split_sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Первое. Второе! Третье? Четвёртое…", ["Первое.", "Второе!", "Третье?", "Четвёртое…"]),
        ("Что?! Да", ["Что?!", "Да"]),
        ("первое; второе; третье", ["первое;", "второе;", "третье"]),
        ("Он сказал: «Да.» Потом ушёл.", ["Он сказал: «Да.»", "Потом ушёл."]),
        ("одна длинная мысль без точек", ["одна длинная мысль без точек"]),
        ("строка один\nстрока два\r\n\n\nтри", ["строка один", "строка два", "три"]),
        ("один\u2028два", ["один", "два"]),
        ("Сеть v1.2.3 быстрее.", ["Сеть v1.2.3 быстрее."]),
        ("   \n ", []),
        ("... !!! —", []),
        ("", []),
    ],
)
def test_stops_and_lines(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Это т.е. функция потерь.",
        "Слои, нейроны и т.д. и т.п. в сети.",
        "Слои и т. д. потом ещё.",
        "Сжимает вход, напр. картинку, до вектора.",
        "См. рис. 3 и табл. 4 в статье.",
        "А. С. Пушкин писал стихи.",
        "It shrinks weights, e.g. with L2, i.e. a penalty.",
        "Proposed by Smith et al. in a paper.",
        "Шаг 0.5 лучше, чем 1.5 и 2,5.",
    ],
)
def test_a_full_stop_inside_a_sentence_ends_nothing(text: str) -> None:
    assert split(text) == [text]


def test_a_decimal_can_end_a_sentence() -> None:
    assert split("lr = 0.5. Затем 1.5 раза больше.") == ["lr = 0.5.", "Затем 1.5 раза больше."]
    assert split("Точность 95.5%. Полнота 3,5.") == ["Точность 95.5%.", "Полнота 3,5."]


@pytest.mark.parametrize(
    "marker",
    ["- ", "• ", "* ", "– ", "— ", "1) ", "2. ", "(3) ", "а) ", "## ", "> ", "  - "],
)
def test_bullets_begin_statements_and_belong_to_none(marker: str) -> None:
    text = f"{marker}обнуляет нейроны\n{marker}усредняет подсети"
    assert split(text) == ["обнуляет нейроны", "усредняет подсети"]


def test_numbering_inside_a_line() -> None:
    found = split("Этапы: 1) собрать данные, 2) обучить сеть, 3) проверить.")
    assert found == ["Этапы:", "1) собрать данные,", "2) обучить сеть,", "3) проверить."]


def test_an_interval_is_no_numbering() -> None:
    text = "Сигмоида даёт значения из (0, 1) и потому насыщается"
    assert split(text) == [text]
    assert split("из (0, 1): 1) вход велик, 2) выход у края") == [
        "из (0, 1):",
        "1) вход велик,",
        "2) выход у края",
    ]


def test_other_scripts() -> None:
    assert split("神经网络是一种模型。它学习数据。") == ["神经网络是一种模型。", "它学习数据。"]
    assert split("यह मॉडल है। वह डेटा है।") == ["यह मॉडल है।", "वह डेटा है।"]
    assert split("ما هذا؟ هذا نموذج.") == ["ما هذا؟", "هذا نموذج."]


pieces = st.sampled_from(
    ["нейрон", "Сеть", "т.е.", "0.5", "1)", "-", "•", ".", "!", "?", ";", "…", "\n", " ", ",", "а)"]
)


@given(st.lists(pieces, max_size=25).map(" ".join))
def test_spans_are_in_order_and_lose_no_word(text: str) -> None:
    spans = split_sentences(text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    for start, end in spans:
        piece = text[start:end]
        assert piece == piece.strip()
        assert any(c.isalnum() for c in piece)
    kept = " ".join(text[start:end] for start, end in spans)
    assert kept.count("нейрон") == text.count("нейрон")
    assert kept.count("Сеть") == text.count("Сеть")
