"""Keyword patterns of every kind against answers as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader import KeyPoint, Misconception, Question, Rubric
from grader.model import AllOf, AnyOf, Near, Pattern, Regex
from grader.signals import Measured, PreparedQuestion, Signal
from grader.signals.rubric import KeywordMatcher, RubricSignal
from grader.text import Analyzer

Measure = Callable[[Signal, PreparedQuestion, str], Measured]
Cover = Callable[[Pattern, str], float]


def any_of(text: str) -> AnyOf:
    """Alternatives as files write them."""
    return AnyOf(tuple(phrase.strip() for phrase in text.split("|")))


@pytest.fixture(scope="module")
def matcher(analyzer: Analyzer) -> KeywordMatcher:
    return KeywordMatcher(analyzer)


@pytest.fixture
def cover(matcher: KeywordMatcher, analyzer: Analyzer) -> Cover:
    return lambda pattern, text: matcher.coverage(pattern, analyzer.analyse(text, "ru"))[0]


@pytest.mark.parametrize(
    ("phrases", "answer", "found"),
    [
        ("градиентный спуск", "Веса меняют градиентным спуском", True),
        ("градиентный спуск", "it uses Gradient Descent", True),
        ("gradient descent", "метод градиентного спуска", True),
        ("край | предел", "выход лежит у предела", True),
        ("край | предел", "выход лежит посередине", False),
        ("нейрон", "нейронами", True),
        ("нейрон", "нейронные", False),
        ("ещё раз", "еще раз", True),
        ("k-means", "алгоритм k means делит", True),
        ("1216", "итого 1216 весов", True),
        ("1216", "итого 12160 весов", False),
        ("0.5", "порог 0,5", True),
        ("C++", "пишут на C++", True),
        ("C++", "пишут на C", False),
    ],
)
def test_words_and_terms(cover: Cover, phrases: str, answer: str, found: bool) -> None:
    assert cover(any_of(phrases), answer) == float(found)


@pytest.mark.parametrize(
    ("phrase", "answer", "found"),
    [
        ("насыщ*", "наступает Насыщение", True),
        ("насыщ*", "ненасыщенный", False),
        ("обнул* выход*", "обнуляет выходы", True),
        ("елк*", "ёлки", True),
        ("ёлк*", "елки", True),
    ],
)
def test_prefixes(cover: Cover, phrase: str, answer: str, found: bool) -> None:
    assert cover(any_of(phrase), answer) == float(found)


def test_a_prefix_finds_a_misspelt_expected_word(
    matcher: KeywordMatcher, analyzer: Analyzer
) -> None:
    spelling = analyzer.spelling([("случайно обнуляет", "ru")])
    text = analyzer.analyse("случайно обнулляет", "ru", spelling)
    assert matcher.coverage(any_of("обнуля*"), text)[0] == 1.0


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("обнуляет выходы", True),
        ("обнуляет случайные выходы", True),
        ("обнуляет все эти выходы", True),
        ("обнуляет все эти самые выходы", False),  # three words between
        ("выходы обнуляет", False),  # another order
    ],
)
def test_a_phrase_is_in_order_with_few_words_between(
    cover: Cover, answer: str, found: bool
) -> None:
    assert cover(any_of("обнуляет выходы"), answer) == float(found)


@pytest.mark.parametrize(
    ("phrase", "answer", "found"),
    [
        ("градиент затухает", "градиент не затухает", False),
        ("затухает", "градиент затухает, а не взрывается", True),
        ("взрывается", "градиент затухает, а не взрывается", False),
        ("насыщ*", "нейрон не насыщается", False),
        ("веса", "без весов", False),
        ("vanish", "it does not vanish", False),
        ("не обнов*", "веса не обновляются", True),  # the phrase has a negation itself
        ("не обнов*", "веса обновляются", False),
        ("без меток", "обучение без меток", True),
        ("регуляризация", "это не только регуляризация", True),
    ],
)
def test_negation(cover: Cover, phrase: str, answer: str, found: bool) -> None:
    assert cover(any_of(phrase), answer) == float(found)


def test_all_of_gives_shares(cover: Cover) -> None:
    pattern = AllOf((any_of("relu | gelu"), any_of("xavier"), any_of("нормализация")))
    assert cover(pattern, "ничего") == 0.0
    assert cover(pattern, "берут ReLU") == pytest.approx(1 / 3)
    assert cover(pattern, "берут GELU и инициализацию Xavier") == pytest.approx(2 / 3)
    assert cover(pattern, "нормализации, ReLU, Xavier") == 1.0


@pytest.mark.parametrize(
    ("within", "answer", "found"),
    [
        (3, "веса очень уж малы", True),
        (3, "малы очень уж веса", True),  # in any order
        (8, "веса малы", True),
        (1, "веса почти всегда в таких сетях бывают малы", False),
        (8, "веса велики", False),
        (8, "веса не малы", False),
        # The nearest pair counts, not the first.
        (1, "веса сети меняются долго и упорно много шагов подряд, и веса малы", True),
    ],
)
def test_near(cover: Cover, within: int, answer: str, found: bool) -> None:
    pattern = Near((any_of("вес"), any_of("мал*")), within)
    assert cover(pattern, answer) == float(found)


def test_near_of_groups(cover: Cover) -> None:
    pattern = Near((AllOf((any_of("relu"), any_of("xavier"))), any_of("помогать")), 6)
    assert cover(pattern, "помогают ReLU и Xavier") == 1.0
    assert cover(pattern, "помогает ReLU") == 0.0
    assert cover(Near((Regex("0[.,]1"), any_of("вероятность"))), "вероятность p около 0,1") == 1.0


@pytest.mark.parametrize(
    ("expression", "answer", "found"),
    [
        (r"0\s*(или|/)\s*1", "выход равен 0 или 1", True),
        (r"\w+ность", "важна точность", True),  # \w knows Cyrillic
        (r"ТОЧНОСТЬ", "точность", True),
        (r"ёлк", "зелёные елки", True),
        (r"елк", "зелёные ёлки", True),
        (r"зелен\w+ елк", "зелёные ёлки", True),
        (r"(^|\W)не(\W|$)", "градиент не мал", True),
        (r"\d{4}", "итого 1216", True),
        (r"—", "тире — не слово", False),
    ],
)
def test_regular_expressions(cover: Cover, expression: str, answer: str, found: bool) -> None:
    assert cover(Regex(expression), answer) == float(found)


def test_a_regular_expression_that_would_explode_elsewhere_is_quick(cover: Cover) -> None:
    assert cover(Regex("(a|b|ab)*c"), "ab" * 20_000) == 0.0


@pytest.mark.parametrize(
    ("pattern", "how", "words"),
    [
        (any_of("нейрон слоя"), "phrase", "нейроны слоя"),
        (any_of("край"), "lemma", "края"),
        (any_of("batch"), "term", "батче"),
        (any_of("насыщ*"), "prefix", "насыщены"),
        (Regex("0 или 1"), "regex", "0 или 1"),
    ],
)
def test_matches_say_how_and_where(
    matcher: KeywordMatcher, analyzer: Analyzer, pattern: Pattern, how: str, words: str
) -> None:
    # Hidden characters in the answer must not shift the places.
    answer = "\u200bв батче нейроны слоя насы\u00adщены, у края: 0 или 1"
    _, (match,) = matcher.coverage(pattern, analyzer.analyse(answer, "ru"))
    assert match.how == how
    assert answer[match.span.start : match.span.end].replace("\u00ad", "") == words


def test_patterns_find_terms_of_the_user() -> None:
    own = Analyzer([("скоринговая карта", "скоркарта")])
    matcher = KeywordMatcher(own)
    text = own.analyse("строят скоркарту", "ru")
    assert matcher.coverage(any_of("скоринговая карта"), text)[0] == 1.0


@pytest.mark.parametrize(
    "pattern",
    [
        any_of("слово"),
        AllOf((any_of("а"), any_of("б"))),
        Near((any_of("а"), any_of("б"))),
        Regex("а"),
    ],
)
def test_nothing_is_found_in_an_empty_answer(cover: Cover, pattern: Pattern) -> None:
    assert cover(pattern, "") == 0.0


class TestSignal:
    @pytest.fixture
    def rubric(self, matcher: KeywordMatcher) -> RubricSignal:
        return RubricSignal(matcher)

    def test_points_and_their_weighted_mean(
        self, rubric: RubricSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        found = measure(rubric, dropout, "Ещё скажу. Случайно выключает нейроны.")
        # The point without keywords is not judged.
        assert {id: point.value for id, point in found.points.items()} == {
            "zeroing": 1.0,
            "overfitting": 0.0,
        }
        assert found.whole == {"keywords": pytest.approx(2 / 3)}
        assert found.points["zeroing"].sentence == 1
        assert found.points["overfitting"].sentence is None

    def test_misconceptions(
        self, rubric: RubricSignal, dropout: PreparedQuestion, measure: Measure
    ) -> None:
        answer = "Переобучение растёт."
        (hit,) = measure(rubric, dropout, answer).misconceptions
        assert (hit.id, hit.cost) == ("more", 0.3)
        assert [answer[m.span.start : m.span.end] for m in hit.matches] == ["Переобучение растёт"]
        for fine in ("Переобучение не растёт.", "Растёт точность.", ""):
            assert measure(rubric, dropout, fine).misconceptions == ()

    def test_half_a_misconception_is_none(
        self,
        rubric: RubricSignal,
        prepared: Callable[[Question], PreparedQuestion],
        measure: Measure,
    ) -> None:
        wrong = Misconception("both", "", (AllOf((any_of("relu"), any_of("насыщ*"))),))
        rubric_ = Rubric("q", (KeyPoint("k", "Производная мала"),), (wrong,))
        question = prepared(Question("q", "Что?", ("t",), rubric=rubric_))
        assert measure(rubric, question, "это relu").misconceptions == ()
        assert len(measure(rubric, question, "relu насыщается").misconceptions) == 1

    def test_without_keywords_it_cannot_judge(
        self,
        rubric: RubricSignal,
        prepared: Callable[[Question], PreparedQuestion],
        measure: Measure,
    ) -> None:
        question = prepared(Question("q", "Что?", ("t",), ("Производная мала у края.",)))
        found = measure(rubric, question, "производная мала")
        assert found.whole == {"keywords": None}
        assert found.points == {}

    def test_the_best_of_several_patterns_counts(
        self,
        rubric: RubricSignal,
        prepared: Callable[[Question], PreparedQuestion],
        measure: Measure,
    ) -> None:
        patterns = (AllOf((any_of("сеть"), any_of("слой"))), any_of("сеть учится"))
        point = KeyPoint("k", "Сеть учится слоями", keywords=patterns)
        question = prepared(Question("q", "Что?", ("t",), rubric=Rubric("q", (point,))))
        assert measure(rubric, question, "сеть спит").points["k"].value == 0.5
        assert measure(rubric, question, "сеть учится").points["k"].value == 1.0
