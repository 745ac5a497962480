"""Texts made comparable, and every character traced back to where it came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import normalize

# Letters of three scripts, marks that compose and marks that do not, ligatures, invisible ones.
ALPHABET = (
    "аеёийнорсх АВС aeioprx XYZ éﬁ½№Ｂ\u0301\u0306\u0308\u200b\u00ad\ufeff\x00\t\n.,-日本한αΑ"
)
texts = st.text(ALPHABET, max_size=40)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Ｂａｔｃｈ", "Batch"),
        ("ﬁne", "fine"),
        ("x²", "x2"),
        ("и\u0306од", "йод"),
        ("е\u0308лка", "ёлка"),
        ("e\u0301te\u0301", "été"),
        ("слово\u00a0слово", "слово слово"),
        ("\u1112\u1161\u11ab", "한"),
        ("日本語", "日本語"),
        ("ГРАДИЕНТ Gradient", "ГРАДИЕНТ Gradient"),
        ("", ""),
    ],
)
def test_one_form_for_what_looks_the_same(source: str, expected: str) -> None:
    assert normalize(source).text == expected


def test_a_stress_mark_does_not_break_a_russian_word() -> None:
    assert normalize("нейро\u0301н и гра\u0301ф").text == "нейрон и граф"
    assert normalize("мой и ёж").text == "мой и ёж"


def test_accents_of_other_languages_stay() -> None:
    assert normalize("cafe\u0301 x\u0301").text == "café x\u0301"


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        ("гра\u200bди\u00adент", 2),
        ("\ufeffтекст", 1),
        ("a\x00b\x1bc", 2),
        ("\u202eправо\u202c", 2),
        ("tag\U000e0041", 1),
        ("вид\ufe0f", 1),
        ("line\nbreak\tand\r\n", 0),
    ],
)
def test_invisible_characters_are_dropped_and_counted(source: str, hidden: int) -> None:
    found = normalize(source)
    assert found.hidden == hidden
    assert len(found.text) == len(source) - hidden


@pytest.mark.parametrize(
    ("source", "expected", "folded"),
    [
        ("нeйрон", "нейрон", 1),  # Latin e
        ("грaдиeнт", "градиент", 2),
        ("bаtch", "batch", 1),  # Cyrillic а
        ("ВERТ", "BERT", 2),  # Cyrillic В and Т, Latin E and R
        ("Αlpha", "Alpha", 1),  # Greek Α
        ("сор", "сор", 0),  # one script, though it could be read in the other
        ("SQLзапрос", "SQLзапрос", 0),  # a real mixture
        ("L2-регуляризация", "L2-регуляризация", 0),
    ],
)
def test_look_alike_letters_go_to_the_script_of_their_word(
    source: str, expected: str, folded: int
) -> None:
    found = normalize(source)
    assert (found.text, found.folded) == (expected, folded)


@given(texts)
def test_offsets_lead_back(source: str) -> None:
    found = normalize(source)
    if found.offsets is None:
        assert found.text == source
        assert found.source(0, len(source)) == (0, len(source))
        return
    assert len(found.offsets) == len(found.text) + 1
    assert list(found.offsets) == sorted(found.offsets)
    assert found.offsets[-1] == len(source)
    for index in range(len(found.text)):
        start, end = found.source(index, index + 1)
        assert 0 <= start < end <= len(source)


clusters = ["а", "е", "ё", "и", "й", "н", " ", "½", "²", "и\u0306", "е\u0308", "\u200b", "\u00ad"]


@given(st.lists(st.sampled_from(clusters), max_size=30), st.data())
def test_a_stretch_normalizes_to_the_same(pieces: list[str], data: st.DataObject) -> None:
    source = "".join(pieces)
    found = normalize(source)
    start = data.draw(st.integers(0, len(found.text)))
    end = data.draw(st.integers(start, len(found.text)))
    first, last = found.source(start, end)
    if start < end:
        # A ligature or a fraction comes from one character and cannot be cut in two.
        assert found.text[start:end] in normalize(source[first:last]).text
    else:
        assert first == last


def test_a_composed_last_letter_keeps_its_mark() -> None:
    source = "мой\u200b слой".replace("й", "и\u0306")
    found = normalize(source)
    start, end = found.source(*_place(found.text, "слой"))
    assert source[start:end] == "слои\u0306"
    assert found.source(2, 2) == (2, 2)


def _place(text: str, word: str) -> tuple[int, int]:
    return text.index(word), text.index(word) + len(word)


@given(st.text("аеёийнорсх АВС aeioprx XYZ ﬁ½№Ｂ\u200b\ufeff\x00\n.日本한αΑ", max_size=40))
def test_normalizing_twice_changes_nothing(source: str) -> None:
    once = normalize(source).text
    assert normalize(once).text == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_plain_ascii_is_left_alone(source: str) -> None:
    assert normalize(source) == (source, None, 0, 0)


@given(st.text())
def test_any_text_can_be_normalized(source: str) -> None:
    found = normalize(source)
    assert found.hidden >= 0
    assert found.folded >= 0
    assert found.source(0, len(found.text))[1] <= len(source)
