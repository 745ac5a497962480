"""Misspelt words are taken for the expected ones; right words never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import Analyzer, Spelling, allowed_edits

EXPECTED = (
    "Градиент затухает, потому что производная сигмоиды мала, и сеть переобучается.",
    "Batch normalization stabilizes the learning.",
)


@pytest.fixture(scope="module")
def spelling(analyzer: Analyzer) -> Spelling:
    return analyzer.spelling([(EXPECTED[0], "ru"), (EXPECTED[1], "en")])


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("градент", "градиент"),
        ("градиетн", "градиент"),
        ("пролизводная", "производная"),
        ("произвадная", "производная"),
        ("сигмойда", "сигмоида"),
        ("переабучается", "переобучается"),
        ("переобучаеться", "переобучается"),
        ("normalizaton", "normalization"),
        ("lerning", "learning"),
    ],
)
def test_typos(analyzer: Analyzer, spelling: Spelling, typo: str, meant: str) -> None:
    text = analyzer.analyse(f"тут {typo} видна", "ru", spelling)
    assert analyzer.analyse(meant, "ru").keys[0] in text.keys
    token = next(token for token in text.tokens if token.folded == typo)
    assert token.corrected == meant


@pytest.mark.parametrize(
    "word",
    [
        "производства",  # near "производная", and a word
        "сесть",  # near "сеть"
        "мела",
        "затухание",  # the same family already
        "производной",
        "градиента",
        "learn",
        "кошка",
    ],
)
def test_words_of_the_dictionary_are_never_corrected(
    analyzer: Analyzer, spelling: Spelling, word: str
) -> None:
    text = analyzer.analyse(word, "ru", spelling)
    assert [token.corrected for token in text.tokens] == [None]
    assert text.keys == analyzer.analyse(word, "ru").keys


@pytest.mark.parametrize(
    "word",
    [
        "сеьт",  # too short to tell
        "радиент",  # another first letter
        "грпдтегн",  # too far
        "градиентоподобность",
        "wxyz",
        "норм2",
    ],
)
def test_what_is_too_far_or_too_short_stays(
    analyzer: Analyzer, spelling: Spelling, word: str
) -> None:
    text = analyzer.analyse(word, "ru", spelling)
    assert [token.corrected for token in text.tokens] == [None]


def test_longer_words_may_be_further_away() -> None:
    limits = [allowed_edits(length) for length in range(30)]
    assert limits == sorted(limits)
    assert limits[4] == 0
    assert limits[5] == 1
    assert limits[29] <= 3


def test_without_expected_words_nothing_is_corrected(analyzer: Analyzer) -> None:
    text = analyzer.analyse("градент", "ru", analyzer.spelling([]))
    assert [token.corrected for token in text.tokens] == [None]


@given(st.lists(st.text("градиентскопяху", min_size=1, max_size=14), max_size=5))
def test_a_word_means_the_same_whatever_was_asked_before(
    analyzer: Analyzer, spelling: Spelling, words: list[str]
) -> None:
    for word in [*words, *words]:
        fresh = analyzer.spelling([(EXPECTED[0], "ru"), (EXPECTED[1], "en")])
        assert analyzer.analyse(word, "ru", spelling) == analyzer.analyse(word, "ru", fresh)


@given(st.text("градиентскопяху", min_size=1, max_size=14))
def test_a_correction_is_near_and_begins_alike(
    analyzer: Analyzer, spelling: Spelling, word: str
) -> None:
    for token in analyzer.analyse(word, "ru", spelling).tokens:
        if token.corrected is not None:
            assert token.corrected[0] == token.folded[0]
            assert abs(len(token.corrected) - len(token.folded)) <= allowed_edits(len(word))
