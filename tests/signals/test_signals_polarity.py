"""Statements that say the opposite are found; the same in other words is not taken for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import mean

import pytest

from grader import Answer, Grader, Question
from grader.signals import Measured, PreparedQuestion, Signal
from grader.signals.polarity import PolaritySignal
from grader.text import Analyzer

Measure = Callable[[Signal, PreparedQuestion, str], Measured]
Against = Callable[[str, str], Measured]

SATURATION = "В насыщении градиент затухает и веса сети не обновляются."
TRADEOFF = "У сложной модели смещение уменьшается, а разброс ответов увеличивается."
CODERS = "Кодировщик сжимает вход в вектор, декодировщик разворачивает вектор в выход."
PENALTY = "Regularization reduces overfitting and the gap to the test error."


@pytest.fixture
def against(prepared: Callable[[Question], PreparedQuestion], measure: Measure) -> Against:
    """An answer measured against one reference."""

    def run(reference: str, answer: str) -> Measured:
        question = prepared(Question("q", "Что происходит?", ("t",), (reference,)))
        return measure(PolaritySignal(), question, answer)

    return run


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (SATURATION, "В насыщении градиент не затухает, и веса сети не обновляются."),
        (SATURATION, "В насыщении градиент затухает и веса сети обновляются."),
        (SATURATION, "В насыщении градиент взрывается и веса сети не обновляются."),
        (TRADEOFF, "У сложной модели смещение увеличивается, а разброс ответов уменьшается."),
        (TRADEOFF, "У сложной модели смещение растёт, а разброс ответов падает."),
        (CODERS, "Декодировщик сжимает вход в вектор, кодировщик разворачивает вектор в выход."),
        (PENALTY, "Regularization increases overfitting and the gap to the test error."),
        (PENALTY, "Regularization does not reduce overfitting and the gap to the test error."),
        (PENALTY, "Regularization doesn’t reduce overfitting and the gap to the test error."),
    ],
)
def test_opposites(against: Against, reference: str, answer: str) -> None:
    found = against(reference, answer)
    agreeing = found.whole["polarity"]
    assert agreeing is not None
    assert agreeing < 1.0
    (contradiction,) = found.contradicted.values()
    assert 0.0 < contradiction.degree <= 1.0
    assert contradiction.matches
    assert all(answer[m.span.start : m.span.end].strip() for m in contradiction.matches)


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (SATURATION, SATURATION),
        (SATURATION, "Градиент сети затухает: веса не обновляются."),
        (SATURATION, "Веса сети не обновляются, ведь градиент затухает."),
        (SATURATION, "Градиент сети исчезает, и веса застывают."),
        (TRADEOFF, TRADEOFF),
        (TRADEOFF, "У сложной модели разброс ответов увеличивается, а смещение уменьшается."),
        (TRADEOFF, "У сложной модели смещение падает, а разброс ответов растёт."),
        (TRADEOFF, "Чем сложнее модель, тем больше разброс ответов и меньше смещение."),
        (CODERS, "Вход в вектор сжимает кодировщик, а декодировщик разворачивает его в выход."),
        (PENALTY, "Regularization lowers overfitting and the gap to the test error."),
        (PENALTY, "The gap to the test error and overfitting shrink with regularization."),
    ],
)
def test_the_same_in_other_words(against: Against, reference: str, answer: str) -> None:
    found = against(reference, answer)
    assert found.contradicted == {}
    assert found.whole["polarity"] in (1.0, None)


@pytest.mark.parametrize(
    "answer",
    [
        "В насыщении градиент затухает, и веса сети почти не обновляются.",
        "Веса сети едва обновляются, в насыщении градиент затухает.",
        "Веса сети медленно обновляются, в насыщении градиент затухает.",
    ],
)
def test_hardly_lies_between(against: Against, answer: str) -> None:
    assert against(SATURATION, answer).contradicted == {}


@pytest.mark.parametrize("answer", ["", "...", "Погода хорошая.", "Вчера шёл дождь весь день"])
def test_what_the_reference_does_not_speak_of_cannot_be_judged(
    against: Against, answer: str
) -> None:
    found = against(SATURATION, answer)
    assert found.whole == {"polarity": None}
    assert found.contradicted == {}


def test_what_the_reference_says_both_ways_decides_nothing(against: Against) -> None:
    reference = "L1 обнуляет веса модели. L2 не обнуляет веса модели."
    assert against(reference, "L1 обнуляет веса модели.").contradicted == {}
    assert against(reference, "L2 не обнуляет веса модели.").contradicted == {}


def test_one_slip_does_not_condemn_an_answer(against: Against) -> None:
    reference = f"{SATURATION} {TRADEOFF} Сигмоида имеет пологие хвосты у краёв диапазона."
    slip = reference.replace("затухает", "не затухает")
    found = against(reference, slip)
    assert list(found.contradicted) == [0]
    agreeing = found.whole["polarity"]
    assert agreeing is not None
    assert agreeing >= 0.5
    every = against(reference, re.sub(r"(\w+(?:ет|ся))\b", r"не \1", reference))
    assert len(every.contradicted) >= 2
    assert (every.whole["polarity"] or 0.0) < agreeing


@pytest.mark.parametrize(
    ("plain", "turned"),
    [
        ("Граница классов устойчива к шуму.", "Граница классов неустойчива к шуму."),
        ("Оценка дисперсии смещена на выборке.", "Оценка дисперсии несмещена на выборке."),
    ],
)
def test_a_prefix_turns_a_word_round(against: Against, plain: str, turned: str) -> None:
    for reference, answer in ((plain, turned), (turned, plain)):
        (contradiction,) = against(reference, answer).contradicted.values()
        assert [match.how for match in contradiction.matches] == ["negation"]
        assert against(reference, f"{reference} {reference}").contradicted == {}


def test_a_clause_of_a_longer_statement_is_compared_with_clauses(against: Against) -> None:
    reference = "Ансамбль усредняет множество деревьев, и дисперсия ошибки уменьшается."
    answer = "Лектор вчера подробно рассказал студентам историю, и дисперсия ошибки увеличивается."
    (contradiction,) = against(reference, answer).contradicted.values()
    assert [answer[m.span.start : m.span.end] for m in contradiction.matches] == ["увеличивается"]


def test_questions_of_one_id_are_told_apart(
    prepared: Callable[[Question], PreparedQuestion], measure: Measure
) -> None:
    signal = PolaritySignal()
    for reference in (SATURATION, SATURATION.replace("затухает", "не затухает")):
        question = prepared(Question("q", "Что происходит?", ("t",), (reference,)))
        assert measure(signal, question, reference).contradicted == {}
        assert measure(signal, question, SATURATION).contradicted.keys() == (
            set() if reference == SATURATION else {0}
        )


def test_an_answer_is_measured_the_same_alone_and_among_others(
    analyzer: Analyzer, prepared: Callable[[Question], PreparedQuestion]
) -> None:
    question = prepared(Question("q", "Что происходит?", ("t",), (SATURATION, TRADEOFF)))
    answers = [SATURATION, TRADEOFF, SATURATION.replace("затухает", "не затухает"), "", CODERS]
    texts = [analyzer.analyse(answer, "ru", question.spelling) for answer in answers]
    together = PolaritySignal().measure(question, texts)
    assert together == [PolaritySignal().measure(question, [text])[0] for text in texts]
    again = PolaritySignal()
    assert again.measure(question, texts[::-1])[::-1] == together == again.measure(question, texts)


class TestBundledBank:
    def test_no_reference_contradicts_itself(self, plain: Grader) -> None:
        references = [
            Answer(f"{question.id} {language}", question.id, text)
            for question in plain.bank.questions.values()
            for text, language in question.reference_texts()
        ]
        for grade in plain.grade_all(references):
            assert grade.flags == (), grade.answer_id
            assert grade.score is not None
            assert grade.score > 0.7, grade.answer_id

    def test_references_with_every_verb_negated_lose_most_of_their_score(
        self, plain: Grader
    ) -> None:
        scores = []
        for question in list(plain.bank.questions.values())[::3]:
            verbs = re.compile(r"(?<![нН]е )\b(\w{3,}(?:ет|ют|ит|ят|ется|ются|ится|ятся))\b")
            grade = plain.grade(question.id, verbs.sub(r"не \1", question.references[0]))
            assert grade.score is not None
            scores.append(grade.score)
        assert mean(scores) < 0.35
