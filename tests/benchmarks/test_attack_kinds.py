"""Attacks are wrong, and like invariances do not depend on chance."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from attacks.invariances import INVARIANCES, filler
from attacks.kinds import (
    ATTACKS,
    adverbs,
    homoglyphs,
    invisible,
    keyword_list,
    other_reference,
    padding,
    repeated_sentence,
    shuffle,
    zero_and_injection,
    zero_and_keywords,
)
from attacks.material import Make, Material, sentences, words
from materials import (
    EN_QUESTION,
    EN_REFERENCE,
    RU_OTHERS,
    RU_QUESTION,
    RU_REFERENCE,
    english,
    made,
    russian,
)


@pytest.mark.parametrize("name", [*ATTACKS, *INVARIANCES])
@pytest.mark.parametrize("material", [russian(RU_REFERENCE), english(EN_REFERENCE)])
def test_same_material_same_text(name: str, material: Material) -> None:
    make = ATTACKS[name].make if name in ATTACKS else INVARIANCES[name]
    again = Material(material.text, material.question, material.references, material.others)
    once = Material(material.text, material.question, material.references, material.others)
    assert make(once) == make(again)


def test_the_lots_differ_by_seed() -> None:
    texts = {shuffle(russian(RU_REFERENCE, seed)) for seed in "abcd"}
    assert len(texts) == 4


def test_shuffle_keeps_the_words_and_wants_eight() -> None:
    text = "Дропаут случайно отключает часть нейронов на каждом шаге."
    found = made(shuffle, text)
    assert found is not None
    assert Counter(found.split()) == Counter(text.lower().rstrip(".").split())
    assert found != text.lower().rstrip(".")
    assert made(shuffle, "public and private") is None


def test_keyword_list_holds_content_words_once() -> None:
    found = keyword_list(russian("Не знаю."))
    assert found is not None
    listed = found.split(", ")
    assert {"дропаут", "отключает", "переобучается"} <= set(listed)
    assert not {"на", "не", "и", "все"} & set(listed)
    assert len({word.lower() for word in listed}) == len(listed)
    short = Material("", "", ("Abstraction and reusability.",))
    assert keyword_list(short) is None
    assert zero_and_keywords(short) is None


@pytest.mark.parametrize(
    "make",
    [zero_and_keywords, padding, zero_and_injection, filler],
)
@pytest.mark.parametrize("text", ["Не знаю", "No idea"])
def test_additions_keep_the_answer(make: Make, text: str) -> None:
    found = made(make, text)
    assert found is not None
    assert f"{text}." in found
    assert len(found) > len(text) + 30


def test_foreign_texts_have_little_in_common_with_the_question() -> None:
    related = "Нейроны отключают случайно, и сеть меньше переобучается."
    material = Material("Не знаю.", RU_QUESTION, (RU_REFERENCE,), (related,))
    assert other_reference(material) is None
    assert padding(material) is None
    assert other_reference(russian("")) in RU_OTHERS


def test_repeated_sentence_wants_three_sentences_in_every_reference() -> None:
    found = repeated_sentence(english(""))
    assert found is not None
    assert set(Counter(sentences(found)).values()) == {8}
    short = Material("", EN_QUESTION, (EN_REFERENCE, "A chain of nodes."))
    assert repeated_sentence(short) is None


def test_adverbs_only_add() -> None:
    text = "Сеть учится на данных. Она хранит веса."
    found = made(adverbs, text)
    assert found is not None
    left = [word.lower() for word in words(found)]
    for word in words(text):
        left.remove(word.lower())
    assert len(left) == 4


def test_disguises_leave_what_is_seen() -> None:
    text = "Сеть хранит веса и порог."
    hidden, twins = made(invisible, text), made(homoglyphs, text)
    assert hidden is not None
    assert twins is not None
    assert hidden != text
    assert "".join(c for c in hidden if unicodedata.category(c) != "Cf") == text
    assert len(twins) == len(text)
    scripts = {unicodedata.name(c).split()[0] for c in twins if c.isalpha()}
    assert scripts == {"CYRILLIC", "LATIN"}
