"""Invariances change what should not matter, and say the same."""

from __future__ import annotations

import pytest
from attacks.invariances import bare, bullets, sentence_order, synonyms, typos, yo
from attacks.material import sentences
from materials import RU_REFERENCE, made


def test_typos_spare_short_words_and_first_letters() -> None:
    found = made(typos, RU_REFERENCE)
    assert found is not None
    pairs = list(zip(RU_REFERENCE.split(), found.split(), strict=True))
    changed = [(old, new) for old, new in pairs if old != new]
    assert 1 <= len(changed) <= 3
    assert all(old[0] == new[0] and len(old) > 5 for old, new in changed)


@pytest.mark.parametrize(
    ("text", "other"),
    [("Ещё слоёв", "Еще слоев"), ("Еще слоев", "Ещё слоёв"), ("layers", "layers")],
)
def test_yo(text: str, other: str) -> None:
    assert made(yo, text) == other


def test_bare_keeps_numbers_and_formulas() -> None:
    text = "Шаг «мал»: 0.01, y(1-y) — Градиент\nгаснет."
    assert made(bare, text) == "шаг мал 0.01 y1-y градиент гаснет"


def test_sentence_order_keeps_the_sentences() -> None:
    found = made(sentence_order, RU_REFERENCE)
    assert found is not None
    assert found != RU_REFERENCE
    assert sorted(sentences(found)) == sorted(sentences(RU_REFERENCE))
    assert made(sentence_order, "Одно предложение.") is None


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Например, нейронная сеть", "К примеру, нейросеть"),
        ("слои нейронных сетей", "слои нейросетей"),
        ("используется, т. к. быстро", "применяется, так как быстро"),
        ("Because it doesn't end", "Since it does not end"),
        ("neural networks", "neural nets"),
        ("толькокакслово", "толькокакслово"),
    ],
)
def test_synonyms(text: str, other: str) -> None:
    assert made(synonyms, text) == other


def test_bullets() -> None:
    assert made(bullets, "Сеть мала. Шаг велик.") == "- Сеть мала.\n- Шаг велик."
    assert made(bullets, "Сеть мала.") is None
