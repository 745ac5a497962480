"""One answer, many answers: the same grade, in the same order, for any bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import (
    Answer,
    AnswersError,
    Bank,
    Grade,
    Grader,
    KeyPoint,
    Question,
    Rubric,
    Translation,
)
from grader.encoders import Encoder
from grader.model import AnyOf

BankOf = Callable[..., Bank]

SATURATED = (
    "Активация лежит у края диапазона, поэтому производная почти равна нулю. "
    "Градиент через такой нейрон не проходит, и веса перестают обновляться."
)
REGULARIZED = (
    "Регуляризация добавляет к функции потерь штраф за большие веса. "
    "Модель становится проще и меньше переобучается."
)
TWO = (
    Question("saturation", "Что такое насыщение нейрона?", ("dl",), (SATURATED,)),
    Question("l2", "Зачем нужна L2?", ("ml",), (REGULARIZED,)),
)


def answers(texts: dict[str, list[str]]) -> list[Answer]:
    return [
        Answer(f"{question}-{number}", question, text, f"r{number}", {"row": number})
        for question, own in texts.items()
        for number, text in enumerate(own)
    ]


@pytest.fixture(scope="module")
def small(bank_of: BankOf) -> Grader:
    return Grader(bank_of(*TWO), encoder=None, tier="fast")


class TestManyAnswers:
    def test_grades_are_in_the_order_of_the_answers(self, small: Grader) -> None:
        given_ = answers({"saturation": [SATURATED, "", REGULARIZED], "l2": [REGULARIZED, "нет"]})
        mixed = [given_[i] for i in (3, 0, 4, 2, 1)]
        grades = small.grade_all(mixed)
        assert [grade.answer_id for grade in grades] == [answer.id for answer in mixed]
        assert [grade.respondent for grade in grades] == [answer.respondent for answer in mixed]
        assert [grade.extra for grade in grades] == [dict(answer.extra) for answer in mixed]
        assert [grade.text for grade in grades] == [answer.text for answer in mixed]

    def test_together_or_one_by_one_is_the_same(
        self, plain: Grader, sampled: list[Answer], sample_grades: list[Grade]
    ) -> None:
        for answer, grade in list(zip(sampled, sample_grades, strict=True))[::7]:
            (alone,) = plain.grade_all([answer])
            assert alone == grade

    def test_so_it_is_with_an_encoder(self, full: Grader, sampled: list[Answer]) -> None:
        some = sampled[::17]
        alone = [full.grade_all([answer])[0] for answer in some]
        assert full.grade_all(some) == alone

    def test_another_grader_and_another_order_give_the_same(
        self, bundled: Bank, sampled: list[Answer], sample_grades: list[Grade]
    ) -> None:
        again = Grader(bundled, encoder=None, tier="fast").grade_all(sampled[:60][::-1])
        assert again[::-1] == sample_grades[:60]

    def test_more_answers_than_one_batch(self, small: Grader) -> None:
        many = [
            Answer(f"a{n}", ("saturation", "l2")[n % 2], f"веса номер {n}") for n in range(1300)
        ]
        told: list[int] = []
        grades = small.grade_all(many, progress=told.append)
        assert [grade.answer_id for grade in grades] == [answer.id for answer in many]
        assert sum(told) == 1300
        assert len(told) > 1

    def test_no_answers(self, small: Grader) -> None:
        assert small.grade_all([]) == []

    def test_an_unknown_question(self, small: Grader) -> None:
        with pytest.raises(AnswersError, match="'l3'"):
            small.grade("l3", "текст")
        with pytest.raises(AnswersError, match="question_id"):
            small.grade_all([Answer("a", "l2", "x"), Answer("b", "l3", "x")])


class TestGrades:
    def test_an_empty_answer_is_zero_with_that_reason(self, full: Grader) -> None:
        for text in ("", " \n\t", "\u200b", "…"):
            grade = full.grade("dropout", text)
            assert grade.score == 0.0
            assert [flag.name for flag in grade.flags] == ["empty"]

    def test_good_is_above_half_is_above_bad(self, full: Grader) -> None:
        reference = full.bank.questions["dropout"].references[0]
        good = full.grade("dropout", reference).score
        half = full.grade("dropout", reference[: len(reference) // 3]).score
        bad = full.grade("dropout", "Дропаут ускоряет обучение, потому что увеличивает шаг.").score
        assert good is not None
        assert half is not None
        assert bad is not None
        assert good > 0.9
        assert good > half + 0.1
        assert half > bad + 0.1

    def test_every_reference_is_worth_nearly_all_in_either_language(self, full: Grader) -> None:
        for question in list(full.bank.questions.values())[::8]:
            for reference, language in question.reference_texts():
                grade = full.grade(question.id, reference)
                assert grade.score is not None
                assert grade.score > 0.8, (question.id, language)

    def test_every_question_said_again_is_worth_nothing(self, full: Grader) -> None:
        echoes = [Answer(q.id, q.id, q.text) for q in full.bank.questions.values()]
        for grade in full.grade_all(echoes):
            assert grade.score is not None
            assert grade.score < 0.15, grade.question_id

    def test_evidence_points_into_the_answer(
        self, bundled: Bank, sample_grades: list[Grade]
    ) -> None:
        for grade in sample_grades:
            points = bundled.questions[grade.question_id].rubric
            assert points is not None
            assert list(grade.points) == [point.id for point in points.key_points]
            spans = [one.sentence for one in grade.evidence if one.sentence]
            spans += [m.span for one in grade.evidence for m in one.matches]
            spans += [m.span for hit in grade.misconceptions for m in hit.matches]
            for span in spans:
                assert 0 <= span.start < span.end <= len(grade.text)
                assert grade.text[span.start : span.end].strip()

    def test_small_changes_of_form_do_not_change_the_grade(self, plain: Grader) -> None:
        text = "Случайно обнуляет часть нейронов, и сеть ещё меньше переобучается."
        grade = plain.grade("dropout", text)
        for other in (
            text.replace("ё", "е"),
            "  " + text.replace(" ", "   "),
            text.replace("нейронов", "нeйрoнов"),  # Latin e and o
            text.upper(),
            text.replace("нейронов", "нейро\u0301нов"),
            text.replace("обнуляет", "обну\u00adляет"),
        ):
            assert plain.grade("dropout", other).score == pytest.approx(grade.score)

    @settings(max_examples=40, deadline=None)
    @given(st.text(max_size=80))
    def test_any_text_has_a_grade(self, small: Grader, text: str) -> None:
        grade = small.grade("saturation", text)
        assert grade.score is not None
        assert 0.0 <= grade.score <= 1.0
        assert grade.text == text
        assert all(0.0 <= flag.factor <= 1.0 for flag in grade.flags)


class TestCopies:
    LONG = "Производная у края диапазона почти нулевая, и веса дальше не учатся вовсе."

    def flagged(self, grader: Grader, *rows: tuple[str, str | None, str]) -> list[str]:
        given_ = [
            Answer(str(number), question, text, respondent)
            for number, (question, respondent, text) in enumerate(rows)
        ]
        return [
            flag.detail
            for grade in grader.grade_all(given_)
            for flag in grade.flags
            if flag.name == "copy"
        ]

    def test_the_same_words_from_two_people(self, small: Grader) -> None:
        other = self.LONG.upper().replace(",", " —").replace(" ", "  ")
        rows = [("saturation", "a", self.LONG), ("saturation", "b", other)]
        assert self.flagged(small, *rows) == ["1", "0"]
        scores = [small.grade("saturation", text).score for _, _, text in rows]
        graded = small.grade_all([Answer(str(n), *row[::2], row[1]) for n, row in enumerate(rows)])
        # Who copied from whom, the texts do not say: nobody pays.
        assert [grade.score for grade in graded] == pytest.approx(scores)

    def test_a_copy_is_no_shield(self, small: Grader) -> None:
        text = "Поезд отправляется с третьего пути вечером, билеты продают в кассе у входа."
        alone = small.grade("saturation", text)
        rows = [Answer(name, "saturation", text, name) for name in ("a", "b")]
        assert [flag.name for flag in alone.flags] == ["off_topic"]
        for grade in small.grade_all(rows):
            assert [flag.name for flag in grade.flags] == ["off_topic", "copy"]
            assert grade.score == alone.score

    @pytest.mark.parametrize(
        "rows",
        [
            [("saturation", "a", LONG), ("saturation", "a", LONG)],  # the same person again
            [("saturation", None, LONG), ("saturation", None, LONG)],  # nobody knows who
            [("saturation", "a", "не знаю"), ("saturation", "b", "не знаю")],  # too short
            [("saturation", "a", LONG), ("l2", "b", LONG)],  # another question
            [("saturation", "a", LONG), ("saturation", "b", LONG + " Ещё и слои.")],
        ],
    )
    def test_what_is_no_copy(self, small: Grader, rows: list[tuple[str, str | None, str]]) -> None:
        assert self.flagged(small, *rows) == []


class TestBanks:
    def test_without_a_rubric_sentences_of_the_reference_are_the_points(
        self, small: Grader
    ) -> None:
        points = small.key_points("saturation")
        assert [point.text for point in points] == [
            sentence + "." for sentence in SATURATED.rstrip(".").split(". ")
        ]
        first = small.grade("saturation", points[0].text)
        assert first.points[points[0].id] == pytest.approx(1.0)
        assert first.points[points[1].id] == pytest.approx(0.0, abs=0.3)
        assert first.score is not None
        assert 0.3 < first.score < 0.8
        assert small.grade("saturation", SATURATED).score == pytest.approx(1.0)

    def test_of_several_references_the_nearest_counts(self, bank_of: BankOf) -> None:
        both = bank_of(Question("q", "Что это?", ("t",), (SATURATED, REGULARIZED)))
        grader = Grader(both, encoder=None, tier="fast")
        for reference in (SATURATED, REGULARIZED):
            grade = grader.grade("q", reference)
            assert grade.score == pytest.approx(1.0)
            assert set(grade.points) <= {point.id for point in grader.key_points("q")}

    def test_a_rubric_without_references(self, bank_of: BankOf, encoder: Encoder) -> None:
        rubric = Rubric(
            "q",
            (
                KeyPoint("small", "Производная мала.", keywords=(AnyOf(("производная мала",)),)),
                KeyPoint("stuck", "Веса не обновляются.", keywords=(AnyOf(("не обнов*",)),)),
            ),
        )
        bank = bank_of(Question("q", "Что будет в насыщении?", ("t",), rubric=rubric))
        for own in (None, encoder):
            grader = Grader(bank, encoder=own, tier="fast")
            one = grader.grade("q", "Там производная мала.").score
            both = grader.grade("q", "Там производная мала, и веса не обновляются.").score
            none = grader.grade("q", "Там тепло и светло.").score
            assert one is not None
            assert both is not None
            assert none is not None
            assert both > 0.9
            assert both > one > none

    def test_one_question_is_enough(self, bank_of: BankOf, encoder: Encoder) -> None:
        grader = Grader(bank_of(TWO[0]), encoder=encoder, tier="fast")
        good, bad = (grader.grade("saturation", t).score for t in (SATURATED, "Поезд ушёл утром."))
        assert good is not None
        assert bad is not None
        assert good > 0.9
        assert bad < 0.2

    def test_a_reference_of_one_word(self, bank_of: BankOf, encoder: Encoder) -> None:
        bank = bank_of(Question("q", "Столица Франции?", ("t",), ("Париж",)))
        for own in (None, encoder):
            grader = Grader(bank, encoder=own, tier="fast")
            right, wrong = (grader.grade("q", text).score for text in ("Париж", "Лондон"))
            assert right == pytest.approx(1.0)
            assert wrong is not None
            assert wrong < 0.5

    def test_a_reference_without_words(self, bank_of: BankOf, encoder: Encoder) -> None:
        bank = bank_of(Question("q", "Какой знак?", ("t",), ("≠",)), TWO[1])
        for own in (None, encoder):
            score = Grader(bank, encoder=own, tier="fast").grade("q", "не равно").score
            assert score is None or 0.0 <= score <= 1.0

    def test_terms_of_the_bank(self, bank_of: BankOf) -> None:
        question = Question("q", "Чем считают?", ("t",), ("Скоринговая карта складывает баллы.",))
        answer = "Скоркарта складывает баллы."
        with_terms = bank_of(question, terms=[("скоринговая карта", "скоркарта")])
        known = Grader(with_terms, encoder=None, tier="fast").grade("q", answer).score
        unknown = Grader(bank_of(question), encoder=None, tier="fast").grade("q", answer).score
        assert known == pytest.approx(1.0)
        assert unknown is not None
        assert unknown < known

    @pytest.mark.parametrize(
        "texts",
        [
            (
                "de",
                "Was ist Überanpassung?",
                "Das Modell lernt die Trainingsdaten auswendig. Auf neuen Daten versagt es.",
                "Auf neuen Daten versagt das Modell, weil es Trainingsdaten auswendig gelernt hat.",
                "Das Wetter in Berlin war gestern schön und warm.",
            ),
            (
                "fr",
                "Qu'est-ce que le surapprentissage ?",
                "Le modèle mémorise les données d'entraînement. Il généralise mal ensuite.",
                "Ensuite il généralise mal : le modèle a mémorisé les données d'entraînement.",
                "Il fait beau à Paris et les oiseaux chantent.",
            ),
            (
                "zh",
                "什么是过拟合？",
                "模型记住了训练数据。因此它在新数据上的泛化能力很差。",
                "模型记住训练数据，在新数据上泛化很差。",
                "今天北京的天气非常好，我们去公园玩。",
            ),
            (
                "ar",
                "ما هو فرط التخصيص؟",
                "النموذج يحفظ بيانات التدريب. لذلك يعمم بشكل سيئ على بيانات جديدة.",
                "يعمم النموذج بشكل سيئ على بيانات جديدة لأنه يحفظ بيانات التدريب.",
                "الطقس جميل اليوم في القاهرة.",
            ),
            (
                "uk",
                "Що таке перенавчання?",
                "Модель запам'ятовує навчальні дані. На нових даних вона помиляється.",
                "На нових даних модель помиляється, бо запам'ятовує навчальні дані.",
                "Учора в Києві була гарна погода.",
            ),
        ],
    )
    def test_languages_without_a_file_of_their_own(
        self, bank_of: BankOf, texts: tuple[str, ...]
    ) -> None:
        language, asked, reference, paraphrase, other = texts
        question = Question("q", asked, ("t",), (reference,), language=language)
        grader = Grader(bank_of(question), encoder=None, tier="fast")
        full, near, far, echo = (
            grader.grade("q", text).score or 0.0 for text in (reference, paraphrase, other, asked)
        )
        assert full == pytest.approx(1.0)
        assert near > 0.6
        assert far < 0.25
        assert echo < 0.25

    def test_an_answer_in_the_language_of_a_translation(self, bank_of: BankOf) -> None:
        english = "The activation is near the edge, so the derivative is almost zero."
        translated = {"en": Translation("What is neuron saturation?", (english,))}
        question = Question(
            "q", "Что такое насыщение?", ("t",), (SATURATED,), translations=translated
        )
        score = Grader(bank_of(question), encoder=None, tier="fast").grade("q", english).score
        assert score == pytest.approx(1.0)


def test_key_points_of_a_rubric(plain: Grader) -> None:
    rubric = plain.bank.questions["dropout"].rubric
    assert rubric is not None
    assert plain.key_points("dropout") == rubric.key_points


def test_how_far_a_pattern_is_satisfied(plain: Grader) -> None:
    assert plain.coverage(AnyOf(("батч",)), "по batch за шаг") == 1.0
    assert plain.coverage(AnyOf(("батч",)), "по слою за шаг", "ru") == 0.0


def test_every_grade_has_a_derivation(sample_grades: list[Grade]) -> None:
    for grade in sample_grades:
        assert grade.score is not None
        assert grade.steps[-1].score == grade.score


def test_other_weights(bundled: Bank) -> None:
    from grader.scoring import Weights

    strict: Any = Weights(full=1.0, keyword=0.1)
    text = "Случайно обнуляет часть нейронов."
    usual = Grader(bundled, encoder=None, tier="fast").grade("dropout", text).score
    lower = Grader(bundled, encoder=None, weights=strict, tier="fast").grade("dropout", text).score
    assert usual is not None
    assert lower is not None
    assert lower < usual
