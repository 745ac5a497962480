"""Overlap measures against values from other tools, and what must hold for any text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from grader import Bank, Question, read_answers
from grader.bank import samples
from grader.signals import Measured, PreparedQuestion, Signal
from grader.signals.chrf import Chrf
from grader.signals.lexical import LexicalSignal, chrf, rouge_l, token_f1
from grader.signals.tfidf import Tfidf, features
from grader.text import Analyzer, Text, fold

Measure = Callable[[Signal, PreparedQuestion, str], Measured]

# sacrebleu 2.6.0: CHRF() (nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no), sentence score / 100.
CHRF_GOLDEN = [
    ("градиент затухает", "градиент исчезает", 0.484557),
    (
        "Случайно обнуляет часть нейронов при обучении.",
        "На каждом шаге обучения случайно обнуляет выходы части нейронов.",
        0.480979,
    ),
    ("the cat sat on the mat", "the cat is on the mat", 0.645779),
    ("L1 даёт разреженность, L2 — нет", "L2 не даёт разреженности, L1 даёт", 0.663402),
    ("да", "нет", 0.0),
    ("batch", "батч", 0.0),
    ("переобучение", "переобучение", 1.0),
    ("веса", "Веса модели меняются на каждом шаге градиентного спуска", 0.038978),
    ("Веса модели меняются на каждом шаге градиентного спуска", "веса", 0.125327),
    ("过拟合是指模型记住了训练数据", "模型记住了训练数据", 0.86192),
    ("a b c d e f", "abcdef", 1.0),
    ("x = 0.5; y = 3", "x=0.5, y=2", 0.394114),
]

keys = st.lists(st.sampled_from(["сеть", "слой", "=batch", "вес", "loss", "0.5"]), max_size=10)
strings = st.text("абвеёabc .,", max_size=30)


@pytest.mark.parametrize(("answer", "reference", "expected"), CHRF_GOLDEN)
def test_chrf_golden(answer: str, reference: str, expected: float) -> None:
    assert chrf(answer, reference) == pytest.approx(expected, abs=1e-6)


@given(strings, strings)
def test_chrf_against_sacrebleu(answer: str, reference: str) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    found = chrf(answer, reference)
    if found is None:
        assert not answer.strip() or not reference.strip()
    else:
        theirs = metrics.CHRF().sentence_score(answer, [reference]).score / 100
        assert found == pytest.approx(theirs, abs=1e-9)


@given(strings, strings)
def test_chrf_range_identity_and_white_space(answer: str, reference: str) -> None:
    found = chrf(answer, reference)
    assert found is None or 0.0 <= found <= 1.0
    assert chrf(f" {answer}\n", reference.replace(" ", "  ")) == found
    assert chrf(answer, answer) == (pytest.approx(1.0) if answer.strip() else None)
    other = chrf(reference, answer, beta=1.0)
    assert chrf(answer, reference, beta=1.0) == (None if other is None else pytest.approx(other))


@given(st.lists(strings, max_size=3), st.lists(strings, max_size=40))
def test_chrf_of_many_is_that_of_each(references: list[str], answers: list[str]) -> None:
    found = Chrf(references).best(answers)
    for answer, score in zip(answers, found, strict=True):
        each = [chrf(answer, reference) for reference in references]
        assert score == max((one for one in each if one is not None), default=None)


@pytest.mark.parametrize("distinct", [70, 1021, 1022, 1023, 3000])
def test_chrf_of_large_alphabets_against_sacrebleu(distinct: int) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    characters = [chr(0x4E00 + i) for i in range(distinct - 1)] + ["\U0001f600"]
    reference = "".join(characters)
    for answer in (reference, reference[40:] + reference[:50], reference[-9:] + "xyz", "xyz"):
        theirs = metrics.CHRF().sentence_score(answer, [reference]).score / 100
        assert chrf(answer, reference) == pytest.approx(theirs, abs=1e-9)


def test_chrf_of_half_a_surrogate_pair() -> None:
    assert chrf("\ud83d", "да") == 0.0
    assert chrf("\ud83d", "\ud83d") == 1.0


def test_rouge_l_of_identical_russian_sentences(analyzer: Analyzer) -> None:
    sentence = analyzer.analyse("Градиент затухает в глубоких слоях сети.", "ru").keys
    assert rouge_l(sentence, sentence) == 1.0


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("a b c d", "a b c d", 1.0),
        ("police kill the gunman", "police killed the gunman", 0.75),  # Lin (2004), one word off
        ("the gunman kill police", "police killed the gunman", 0.5),  # order matters
        ("a b c d e", "a x c", 2 * 2 / 8),
        ("a", "b", 0.0),
        ("", "b", None),
        ("a", "", None),
    ],
)
def test_rouge_l_by_hand(answer: str, reference: str, expected: float | None) -> None:
    assert rouge_l(answer.split(), reference.split()) == expected


@given(keys, keys)
def test_rouge_l_properties(answer: list[str], reference: list[str]) -> None:
    found = rouge_l(answer, reference)
    assert found == rouge_l(reference, answer)
    assert (found is None) == (not answer or not reference)
    assert found is None or 0.0 <= found <= 1.0
    assert rouge_l(answer, answer) == (1.0 if answer else None)


@pytest.mark.parametrize(
    ("answer", "reference", "f1", "recall"),
    [
        ("a b c", "a b c", 1.0, 1.0),
        ("a b", "a b c d", 2 * 1.0 * 0.5 / 1.5, 0.5),
        ("a b c d", "a b", 2 * 0.5 * 1.0 / 1.5, 1.0),
        ("a a b", "a b b", 2 / 3, 2 / 3),  # repetitions count once for each
        ("a", "b", 0.0, 0.0),
        ("", "b", None, None),
        ("a", "", None, None),
    ],
)
def test_token_f1_by_hand(
    answer: str, reference: str, f1: float | None, recall: float | None
) -> None:
    found = token_f1(answer.split(), reference.split())
    assert found == (f1 and pytest.approx(f1), recall and pytest.approx(recall))


def test_token_f1_with_weights_by_hand() -> None:
    weight = {"rare": 3.0, "common": 1.0, "other": 1.0}
    f1, recall = token_f1(["rare", "other"], ["rare", "common"], weight.__getitem__)
    assert recall == pytest.approx(3 / 4)
    assert f1 == pytest.approx(3 / 4)
    assert token_f1(["a"], ["a"], lambda _: 0.0) == (None, None)


@given(keys, keys)
def test_token_f1_properties(answer: list[str], reference: list[str]) -> None:
    f1, recall = token_f1(answer, reference)
    assert f1 == token_f1(reference, answer)[0]
    assert (f1 is None) == (recall is None) == (not answer or not reference)
    if f1 is not None and recall is not None:
        assert 0.0 <= f1 <= 1.0
        assert 0.0 <= recall <= 1.0
    if answer:
        assert token_f1(answer, answer) == (1.0, 1.0)
        assert token_f1(answer[::-1], answer) == (1.0, 1.0)


@pytest.fixture(scope="module")
def references(analyzer: Analyzer) -> list[Text]:
    bank = Bank.load("ds-interview")
    questions = list(bank.questions.values())[:25]
    return [analyzer.analyse(t, code) for q in questions for t, code in q.reference_texts()]


@pytest.fixture(scope="module")
def answers(analyzer: Analyzer) -> list[Text]:
    read = read_answers(str(samples("ds-interview"))).answers
    texts = [*(answer.text for answer in read[::4]), "", "не и а", "zzz", "сеть " * 300]
    return [analyzer.analyse(text, "ru") for text in texts]


def test_tfidf_cosines_are_those_of_scikit_learn(
    references: list[Text], answers: list[Text]
) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=features, sublinear_tf=True).fit(references)
    theirs = (vectorizer.transform(answers) @ vectorizer.transform(references).T).toarray()
    tfidf = Tfidf.fit(references)
    assert tfidf is not None
    for first in range(0, len(references), 2):
        found = tfidf.nearest(references[first : first + 2]).cosines(answers)
        expected = theirs[:, first : first + 2].max(axis=1)
        for cosine, answer, other in zip(found, answers, expected, strict=True):
            assert cosine == (pytest.approx(other, abs=1e-9) if answer.keys else None)
    assert np.ptp(theirs) > 0.5


def test_tfidf_bytes_hold_everything(references: list[Text], answers: list[Text]) -> None:
    tfidf = Tfidf.fit(references)
    assert tfidf is not None
    again = Tfidf.from_bytes(tfidf.to_bytes())
    cosines = tfidf.nearest(references[:2]).cosines(answers)
    assert again.nearest(references[:2]).cosines(answers) == cosines


def test_tfidf_of_a_bank_without_a_word(analyzer: Analyzer) -> None:
    assert Tfidf.fit([]) is None
    assert Tfidf.fit([analyzer.analyse("и не", "ru"), analyzer.analyse("…", "ru")]) is None


def test_tfidf_of_a_reference_without_a_word(analyzer: Analyzer, references: list[Text]) -> None:
    tfidf = Tfidf.fit(references)
    assert tfidf is not None
    nothing = tfidf.nearest([analyzer.analyse("…", "ru")])
    assert nothing.cosines([references[0], analyzer.analyse("", "ru")]) == [0.0, None]


@pytest.fixture(scope="module")
def lexical(dropout: PreparedQuestion) -> LexicalSignal:
    return LexicalSignal(Tfidf.fit(dropout.references))


# Words of references and points, of the question, and others; with repetitions and stops.
spoken = st.lists(
    st.sampled_from(
        re.findall(
            r"\w+|[.!]",
            "Случайно обнуляет выходы части нейронов. Как работает dropout? На инференсе все. "
            "Переобучение! Переобученние. Randomly zeroes outputs. Молоко.",
        )
    ),
    max_size=30,
).map(" ".join)


class TestSignal:
    def test_the_reference_itself_has_everything(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        for reference in dropout.references:
            found = measure(lexical, dropout, reference.source)
            assert found.whole == pytest.approx(dict.fromkeys(found.whole, 1.0))
        found = measure(lexical, dropout, dropout.references[0].source)
        assert {id: point.value for id, point in found.points.items()} == pytest.approx(
            {"zeroing": 1.0, "overfitting": 1.0, "inference": 1.0}
        )

    def test_an_english_answer_meets_the_english_reference(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        found = measure(lexical, dropout, "It randomly zeroes outputs of neurons in training.")
        assert found.whole["recall"] is not None
        assert found.whole["recall"] > 0.5

    def test_an_answer_without_words_cannot_be_judged(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        for answer in ("", "  ", "не и а"):
            found = measure(lexical, dropout, answer)
            assert found.whole["token_f1"] is None
            assert found.whole["tfidf"] is None

    def test_an_answer_of_other_words_has_nothing(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        found = measure(lexical, dropout, "Вчера купили молоко")
        assert found.whole["token_f1"] == 0.0
        assert {point.value for point in found.points.values()} == {0.0}

    def test_the_words_of_the_question_count_less(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        asked = measure(lexical, dropout, "dropout").whole["recall"]
        said = measure(lexical, dropout, "инференс").whole["recall"]
        assert asked is not None
        assert said is not None
        assert 0 < asked < said

    def test_points_name_the_statement_and_the_words(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        answer = "Не скажу точно. На инференсе нейроны работают. Переобученние уменьшаеться."
        found = measure(lexical, dropout, answer)
        inference = found.points["inference"]
        assert inference.sentence == 1
        words = [answer[m.span.start : m.span.end] for m in inference.matches]
        assert words == ["инференсе", "нейроны", "работают"]
        how = {m.how for m in found.points["overfitting"].matches}
        assert how == {"typo"}

    def test_a_point_may_be_made_in_two_sentences(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        one = measure(lexical, dropout, "Выходы обнуляет.").points["zeroing"].value
        two = measure(lexical, dropout, "Выходы обнуляет. Случайно, части нейронов.")
        value = two.points["zeroing"].value
        assert value is not None
        assert one is not None
        assert value > one
        assert value == pytest.approx(1.0)

    def test_the_first_of_the_best_statements_is_named(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        said = "Случайно обнуляет выходы части нейронов."
        again = measure(lexical, dropout, f"Да. {said} {said}").points["zeroing"]
        assert again.sentence == 1
        assert all(4 <= match.span.start < 4 + len(said) for match in again.matches)
        # One statement is enough, so the one before it adds nothing.
        after = measure(lexical, dropout, f"Обнуляет случайно. {said}").points["zeroing"]
        assert after.sentence == 1
        halves = measure(lexical, dropout, "Да. Выходы обнуляет. Случайно, части нейронов.")
        assert halves.points["zeroing"].sentence == 1
        words = [match.target for match in halves.points["zeroing"].matches]
        assert words == ["выходы", "обнуляет", "Случайно", "части", "нейронов"]

    def test_a_question_without_references_has_no_overlap_with_them(
        self,
        prepared: Callable[[Question], PreparedQuestion],
        dropout: PreparedQuestion,
        measure: Measure,
    ) -> None:
        bare = prepared(replace(dropout.question, references=(), translations={}))
        found = measure(LexicalSignal(None), bare, "случайно обнуляет выходы нейронов")
        assert set(found.whole.values()) == {None}
        assert found.points["zeroing"].value

    def test_words_of_the_question_alone_are_next_to_nothing(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        (point,) = (point for point in dropout.points if point.id == "inference")
        (text,) = point.texts
        weights = {text.written(unit): dropout.weight(unit.key) for unit in text.units}
        share = weights["работают"] / sum(weights.values())
        found = measure(lexical, dropout, "Как работает?").points["inference"]
        assert found.value == pytest.approx(0.3 * share)
        found = measure(lexical, dropout, "Работают нейроны.").points["inference"]
        both = share + weights["нейроны"] / sum(weights.values())
        assert found.value == pytest.approx(both)

    @given(spoken)
    def test_points_by_their_definition(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, analyzer: Analyzer, answer: str
    ) -> None:
        text = analyzer.analyse(answer, "ru", dropout.spelling)
        sentences = [{unit.key for unit in units} for units in text.unit_sentences]
        windows = [*sentences, *(a | b for a, b in itertools.pairwise(sentences))]
        (found,) = lexical.measure(dropout, [text])
        for point in dropout.points:
            recalls = [0.0]
            for keys, window in itertools.product((set(t.keys) for t in point.texts), windows):
                recall = sum(map(dropout.weight, keys & window)) / sum(map(dropout.weight, keys))
                recalls.append(recall * (0.3 if keys & window <= dropout.asked_keys else 1.0))
            measured = found.points[point.id]
            assert measured.value == pytest.approx(max(recalls), abs=1e-9)
            assert bool(measured.matches) == (measured.sentence is not None) == (max(recalls) > 0)

    @given(st.lists(spoken, max_size=20))
    def test_answers_do_not_touch_each_other(
        self,
        lexical: LexicalSignal,
        dropout: PreparedQuestion,
        analyzer: Analyzer,
        answers: list[str],
    ) -> None:
        texts = [analyzer.analyse(answer, "ru", dropout.spelling) for answer in answers]
        together = lexical.measure(dropout, texts)
        assert together == [lexical.measure(dropout, [text])[0] for text in texts]

    @given(spoken)
    def test_the_reference_most_like_the_answer_counts(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, analyzer: Analyzer, answer: str
    ) -> None:
        text = analyzer.analyse(f"нейрон {answer}", "ru", dropout.spelling)
        (found,) = lexical.measure(dropout, [text])
        each = [
            (
                *token_f1(text.keys, reference.keys, dropout.weight),
                rouge_l(text.keys, reference.keys),
                chrf(fold(text.text), fold(reference.text)),
            )
            for reference in dropout.references
        ]
        names = ("token_f1", "recall", "rouge_l", "chrf")
        for name, values in zip(names, zip(*each, strict=True), strict=True):
            assert found.whole[name] == max(value for value in values if value is not None)

    @given(
        st.lists(
            st.sampled_from(
                [
                    "случайно",
                    "обнуляет",
                    "ещё",
                    "нейронов",
                    "её",
                    "переобучение",
                    "слоёв",
                    "dropout",
                ]
            ),
            max_size=10,
        )
    )
    def test_yo_and_white_space_do_not_matter(
        self, lexical: LexicalSignal, dropout: PreparedQuestion, measure: Measure, words: list[str]
    ) -> None:
        expected = measure(lexical, dropout, " ".join(words))
        values = [*expected.whole.values(), *(p.value for p in expected.points.values())]
        assert all(value is None or 0.0 <= value <= 1.0 + 1e-6 for value in values)
        for other in (" ".join(words).replace("ё", "е"), "  \t ".join(words) + " "):
            found = measure(lexical, dropout, other)
            assert found.whole == pytest.approx(expected.whole)
            assert [p.value for p in found.points.values()] == pytest.approx(
                [p.value for p in expected.points.values()]
            )
