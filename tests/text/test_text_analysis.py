"""Words become keys: related forms, equivalent terms and misspellings meet in one."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import grader.text
from grader.text import Analyzer, Text, bundled_terms, fold, language
from grader.text.analysis import _forms

WORDS = [
    "нейрон", "сеть", "градиент", "затухает", "ёлка", "ещё", "всё", "переобучение", "батч", "веса",
    "слоёв", "учится", "batch", "overfitting", "gradient", "descent", "learning", "rate", "L2",
    "0.5", "C++", "не", "без", "точно", "функция", "потерь",
]  # fmt: skip
phrases = st.lists(st.sampled_from(WORDS), max_size=12)


@pytest.mark.parametrize(
    "forms",
    [
        "обучение обучения обучением обучать обучает обученный обучаемость",
        "нейрон нейрона нейроны нейронами нейронов",
        "градиент градиента градиентом градиенты",
        "сеть сети сетью сетей",
        "слой слоя слоёв слоев слои",
        "уменьшает уменьшение уменьшается уменьшать",
        "нормализация нормализовать нормализует нормализованный",
        "модель модели моделью моделях",
        "данные данных данными",
        "вес веса весов весами",
        "батч батчи батче батчах батчами",
        "столбец столбцы столбцов столбцами",
        "лосс лосса лоссы лоссами",
        "политика политики политик политиках",
        "ёлка елка ЁЛКА Елки",
    ],
)
def test_russian_forms_share_a_key(analyzer: Analyzer, forms: str) -> None:
    keys = analyzer.analyse(forms, "ru").keys
    assert len(keys) == len(forms.split())
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    "forms",
    ["learn learns learned learning", "network networks networked", "weights weight", "Uses use"],
)
def test_english_forms_share_a_stem(analyzer: Analyzer, forms: str) -> None:
    for code in ("en", "ru"):  # English words in a Russian text are English
        assert len(set(analyzer.analyse(forms, code).keys)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("сеть", "сетка"),
        ("вход", "выход"),
        ("нейрон", "нейронка"),
        ("классификация", "регрессия"),
        ("переобучение", "обучение"),
        ("точность", "полнота"),
        ("precision", "recall"),
        ("encoder", "decoder"),
        ("C", "C++"),
        ("0.5", "0.05"),
        ("L1", "L2"),
    ],
)
def test_different_words_do_not(analyzer: Analyzer, one: str, other: str) -> None:
    assert analyzer.analyse(one, "ru").keys != analyzer.analyse(other, "ru").keys


@pytest.mark.parametrize(
    "terms",
    [
        "батч | batch | батчи | батчем",
        "оверфит | оверфиттинг | overfitting | переобучение | переобучается",
        "лосс | loss | функция потерь | функции потерь",
        "градиентный спуск | gradient descent | градиентного спуска",
        "дропаут | dropout",
        "нейросеть | нейронная сеть | neural network | нейронных сетей",
    ],
)
def test_terms_that_mean_the_same_are_one(analyzer: Analyzer, terms: str) -> None:
    keys = {analyzer.analyse(term, "ru").keys for term in terms.split(" | ")}
    assert len(keys) == 1
    (key,) = keys.pop()
    assert key.startswith("=")


def test_a_term_of_several_words_is_one_unit_and_knows_its_place(analyzer: Analyzer) -> None:
    text = analyzer.analyse("Тут градиентный\u200b спуск сходится", "ru")
    unit = next(unit for unit in text.units if unit.words == 2)
    assert text.written(unit) == "градиентный спуск"
    start, end = text.place(unit.first, unit.words)
    assert text.source[start:end] == "градиентный\u200b спуск"


def test_a_term_does_not_run_across_statements(analyzer: Analyzer) -> None:
    assert "=gradient descent" not in analyzer.analyse("Он градиентный. Спуск", "ru").keys


def test_a_term_of_a_statement_is_the_same_in_every_bank_language(analyzer: Analyzer) -> None:
    russian = analyzer.analyse("Переобучение и градиент", "ru").keys
    english = analyzer.analyse("Overfitting of the gradient", "en").keys
    assert {"=overfitting", "=gradient"} <= set(russian) & set(english)


def test_terms_of_the_user_come_beside_the_bundled_ones() -> None:
    own = Analyzer([("скоринговая карта", "scorecard", "скоркарта")])
    keys = {own.analyse(term, "ru").keys for term in ("скоринговой карты", "Scorecard")}
    assert keys == {("=скоринговая карта",)}
    assert own.analyse("батч", "ru").keys == own.analyse("batch", "ru").keys


def test_terms_of_the_user_come_first() -> None:
    own = Analyzer([("батч", "порция")])
    assert own.analyse("батч", "ru").keys == own.analyse("порция", "ru").keys == ("=батч",)


def test_the_bundled_lexicon_can_be_left_out() -> None:
    bare = Analyzer(bundled=False)
    assert bare.analyse("батч", "ru").keys != bare.analyse("batch", "ru").keys


def test_no_bundled_term_is_in_two_groups() -> None:
    terms = [fold(term) for group in bundled_terms() for term in set(map(fold, group))]
    assert len(terms) > 1000
    assert len(terms) == len(set(terms))


def test_the_bundled_lexicon_is_read_as_yaml_would_read_it() -> None:
    file = Path(grader.text.__file__).with_name("data") / "terms.yaml"
    groups = YAML(typ="safe", pure=True).load(file)
    assert bundled_terms() == tuple(tuple(map(str, group)) for group in groups)


def test_groups_without_terms_do_no_harm() -> None:
    assert Analyzer([(), ("!",)], bundled=False).analyse("слово", "ru").keys


def test_content_and_function_words(analyzer: Analyzer) -> None:
    text = analyzer.analyse("Но это и есть функция, the loss of a model", "ru")
    content = [token.folded for token in text.tokens if token.content]
    assert content == ["функция", "loss", "model"]


def test_numbers_keep_their_value(analyzer: Analyzer) -> None:
    assert analyzer.analyse("95,5% и 3 раза", "ru").keys[:2] == ("95.5", "3")


def test_names_with_signs(analyzer: Analyzer) -> None:
    assert analyzer.analyse("C++ и C#", "ru").keys == ("c++", "c#")


def test_predicates(analyzer: Analyzer) -> None:
    def said(text: str) -> list[str]:
        return [t.folded for t in analyzer.analyse(text, "ru").tokens if t.predicate]

    assert said("Градиент быстро затухает") == ["затухает"]
    assert said("Слой нужен, сеть обучена") == ["нужен", "обучена"]
    assert said("The loss isn't convex") == ["isn't"]
    assert said("затухание градиента, saturation") == []


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "…", "🙂🙂", "—", "\u200b", "\x00"])
def test_texts_without_words(analyzer: Analyzer, text: str) -> None:
    found = analyzer.analyse(text, "ru")
    assert found.tokens == found.units == found.keys == found.sentences == ()


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("de", "Netze Netzen"),
        ("fr", "réseau réseaux"),
        ("es", "redes red"),
        ("it", "modello modelli"),
        ("ar", "الشبكة شبكة"),
        ("hi", "मॉडल मॉडल"),
        ("el", "δίκτυο δίκτυα"),
    ],
)
def test_languages_without_a_file_are_stemmed(analyzer: Analyzer, code: str, forms: str) -> None:
    keys = analyzer.analyse(forms, code).keys
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize("code", ["uk", "kk", "ja", "xx", "zh", "ko"])
def test_languages_without_a_stemmer_compare_words_as_they_are(
    analyzer: Analyzer, code: str
) -> None:
    text = analyzer.analyse("мережа МЕРЕЖА model 모델", code)
    assert len(text.keys) == 4
    assert text.keys[0] == text.keys[1]


def test_chinese_and_japanese_are_compared_by_character(analyzer: Analyzer) -> None:
    assert analyzer.analyse("过拟合。GPU模型", "zh").keys == ("过", "拟", "合", "=gpu", "模", "型")
    assert analyzer.analyse("学習する", "ja").keys == ("学", "習", "す", "る")


def test_vowel_signs_do_not_break_words(analyzer: Analyzer) -> None:
    assert len(analyzer.analyse("नेटवर्क डेटा सीखता है", "hi").tokens) == 4
    assert len(analyzer.analyse("النَّمُوذَجُ يَتَعَلَّمُ", "ar").tokens) == 2


def test_a_word_belongs_to_the_language_of_its_script(analyzer: Analyzer) -> None:
    russian = analyzer.analyse("сети networks", "ru").keys
    english = analyzer.analyse("networks сети", "en").keys
    assert russian == english[::-1]


def test_words_of_scripts_unknown_to_the_language_are_compared_as_they_are(
    analyzer: Analyzer,
) -> None:
    # Among them letters that have no name, which trip a dictionary of Russian.
    text = analyzer.analyse("слово \U00017000\U00017001 ΔΊΚΤΥΟ שלום", "ru")
    assert text.keys[1:] == ("\U00017000\U00017001", "δίκτυο", "שלום")


def test_language_data_is_folded() -> None:
    for code in ("ru", "en"):
        own = language(code)
        for words in (own.stopwords, own.negators, own.clause_breaks, own.generic):
            assert all(fold(word) == word for word in words)
        for left, right in own.opposites:
            assert left
            assert right


def keys(analyzer: Analyzer, text: str) -> Text:
    return analyzer.analyse(text, "ru")


@given(phrases)
def test_keys_do_not_depend_on_yo_case_or_white_space(analyzer: Analyzer, words: list[str]) -> None:
    expected = keys(analyzer, " ".join(words)).keys
    for other in (
        " ".join(words).replace("ё", "е"),
        "  \t".join(words) + " ",
        "\u00a0".join(words),
        " ".join(words).upper(),
        "\u200b ".join(words),
    ):
        assert keys(analyzer, other).keys == expected


@given(st.text(max_size=60), st.sampled_from(["ru", "en", "de", "zh", "xx"]))
def test_any_text_can_be_analysed(analyzer: Analyzer, source: str, code: str) -> None:
    text = analyzer.analyse(source, code)
    assert len(text.sentences) == len(text.spans) == len(text.unit_sentences)
    covered = [unit for units in text.unit_sentences for unit in units]
    assert covered == list(text.units)
    last = 0
    for unit in text.units:
        assert unit.first >= last
        last = unit.first + unit.words
        start, end = text.place(unit.first, unit.words)
        assert 0 <= start < end <= len(source)
    for index in range(len(text.spans)):
        assert text.sentence_text(index).strip()


@given(st.lists(phrases.map(" ".join) | st.text(max_size=40), min_size=1, max_size=4))
def test_what_is_remembered_of_words_changes_nothing(analyzer: Analyzer, texts: list[str]) -> None:
    fresh = []
    for text in texts:
        _forms.cache_clear()
        fresh.append(analyzer.analyse(text, "ru"))
    for code in ("en", "de", "uk"):  # the same words, in languages where they are others
        for text in texts:
            analyzer.analyse(text, code)
    assert [analyzer.analyse(text, "ru") for text in texts] == fresh


def test_so_does_forgetting_them(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(WORDS)
    expected = analyzer.analyse(text, "ru")
    monkeypatch.setattr("grader.text.analysis._REMEMBERED", 3)
    _forms.cache_clear()
    assert analyzer.analyse(text, "ru") == expected
    assert 0 < len(_forms("ru")) <= 3


@pytest.mark.parametrize("code", ["ru", "en", "de", "xx"])
def test_analysed_texts_can_be_pickled(analyzer: Analyzer, code: str) -> None:
    text = analyzer.analyse("Градиентный спуск does not\u200b converge, Netze auch", code)
    assert text.keys
    copy = pickle.loads(pickle.dumps(text))
    assert copy == text
    assert copy.language is language(code)
    assert hash(copy.tokens) == hash(text.tokens)


class TestPhrases:
    """Keyword phrases of rubrics, as words to look for."""

    def test_terms_are_merged_and_stopwords_kept(self, analyzer: Analyzer) -> None:
        assert analyzer.phrase("градиентный спуск", "ru") == (("=gradient descent", False),)
        parts = analyzer.phrase("не меняется почти", "ru")
        assert len(parts) == 3
        assert not any(prefix for _, prefix in parts)

    def test_a_star_makes_a_prefix(self, analyzer: Analyzer) -> None:
        assert analyzer.phrase("Полог* участок", "ru")[0] == ("полог", True)

    def test_hyphens_and_slashes_part_words(self, analyzer: Analyzer) -> None:
        assert analyzer.phrase("learning-rate", "en") == analyzer.phrase("learning rate", "en")
        assert analyzer.phrase("вход/выход", "ru") == analyzer.phrase("вход выход", "ru")
