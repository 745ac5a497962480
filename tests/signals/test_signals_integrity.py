"""Every flag fires on its case and stays quiet on good answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import Flag, Grade, Grader, Question
from grader.signals import Measured, PreparedQuestion, Signal
from grader.signals.integrity import IntegritySignal, _may_admit
from grader.text import language

Measure = Callable[[Signal, PreparedQuestion, str], Measured]
Flags = Callable[[str], dict[str, Flag]]

GOOD = [
    "Dropout случайно обнуляет часть нейронов, поэтому сеть меньше переобучается.",
    "На каждом шаге обучения случайно выключаем нейроны. На инференсе работают все.",
    "случайно выключает нейроны чтобы сеть не переобучалась",
    "- случайно обнуляет выходы нейронов;\n- сеть не полагается на один признак;\n"
    "- на инференсе работают все нейроны.",
    "It randomly drops neurons in training so that the network does not overfit.",
    "обнуляет нейроны (случайно) → меньше переобучение",
    "Выключает нейроны.",
    "p = 0.5, на тесте выходы умножают на p",
    "Обнуляет выходы нейронов: так сеть учит надёжные признаки, а не сговор нейронов.",
]


@pytest.fixture
def flags(dropout: PreparedQuestion, measure: Measure) -> Flags:
    def run(answer: str) -> dict[str, Flag]:
        return {flag.name: flag for flag in measure(IntegritySignal(), dropout, answer).flags}

    return run


@pytest.mark.parametrize("answer", GOOD)
def test_good_answers_have_none(flags: Flags, answer: str) -> None:
    assert flags(answer) == {}


@pytest.mark.parametrize("answer", ["", "  \n", "...", "—", "?!", "🙂", "\u200b\u200b"])
def test_empty(flags: Flags, answer: str) -> None:
    assert flags(answer) == {"empty": Flag("empty", 0.0)}


@pytest.mark.parametrize(
    "answer",
    [
        "не знаю",
        "Честно говоря, не помню.",
        "Я этого не знаю, извините",
        "затрудняюсь ответить",
        "Понятия не имею",
        "хз",
        "пас",
        "I don't know",
        "I don’t know",
        "no idea",
        "idk",
        "Не сталкивался с таким на практике",
    ],
)
def test_admitted_ignorance(flags: Flags, answer: str) -> None:
    flag = flags(answer)["dont_know"]
    assert flag.factor < 0.5
    assert flag.detail


def test_ignorance_admitted_beside_an_answer_only_informs(flags: Flags) -> None:
    answer = (
        "Точно не помню. Случайно обнуляет выходы части нейронов, "
        "сеть не полагается на отдельный признак."
    )
    assert flags(answer)["dont_know"].factor == 1.0
    assert "не помню" in flags(answer)["dont_know"].detail


def test_knowing_is_not_ignorance(flags: Flags) -> None:
    assert "dont_know" not in flags("Сеть не знает, какой нейрон выключат, и учит запасные.")


# Pieces of admissions, and characters that RE2 and Python read differently.
_ADMITTING = re.split(
    "/",
    "не/знаю/Не/ПОМНЮ/затрудняюсь/ответить/объяснить/могу/готова/слышала/впервые/слышу/хз/пас/,/?/-"
    "/I/don't/do/not/know/no/idea/pass/сеть/нейроны/\u1680/\ud83d/\u017f/\u212a/\n",
)


@given(
    st.lists(
        st.sampled_from(_ADMITTING),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([" ", "", "\n", "\u2028"]),
)
def test_one_pass_finds_every_pattern_of_ignorance(words: list[str], between: str) -> None:
    text = between.join(words)
    patterns = [
        re.compile(pattern, re.IGNORECASE)
        for code in ("ru", "en")
        for pattern in language(code).dont_know
    ]
    assert {p for p in patterns if p.search(text)} <= set(_may_admit(text))


@pytest.mark.parametrize(
    "answer",
    [
        "Dropout — это как работает dropout, dropout работает, и вопрос о том, как работает он",
        "Вопрос хороший: как работает dropout? Dropout бывает разный, и работает dropout важно.",
    ],
)
def test_question_echo(flags: Flags, answer: str) -> None:
    assert flags(answer)["question_echo"].factor < 0.5


@pytest.mark.parametrize(
    "answer",
    [
        "нейроны, выходы, обнуление, случайность, признак, инференс, переобучение",
        "нейрон выход обнуление случайность признак инференс переобучение сеть",
        "dropout; нейроны; регуляризация; сеть; слой; выходы",
        "neurons, outputs, zeroing, randomness, training step, overfitting",
        "нейроны\nвыходы\nобнуление\nпризнак\nинференс",
    ],
)
def test_keyword_list(flags: Flags, answer: str) -> None:
    assert flags(answer)["keyword_list"].factor < 0.5


@pytest.mark.parametrize(
    "answer", ["asdfghjk qwrtpsd zxcvbnm", "прпрпр ъъъъ ввввв щщщщ", "ффффф ыыыыы ццццц"]
)
def test_gibberish(flags: Flags, answer: str) -> None:
    assert flags(answer)["gibberish"].factor == 0.0


def test_one_word_over_and_over_is_gibberish_or_a_list(flags: Flags) -> None:
    assert {"gibberish", "keyword_list"} & flags("нейроны " * 30).keys()


def test_abbreviations_that_the_reference_has_are_words(
    prepared: Callable[[Question], PreparedQuestion], measure: Measure
) -> None:
    question = prepared(Question("q", "Что взять?", ("t",), ("Берут LSTM, а учат её BPTT.",)))
    assert measure(IntegritySignal(), question, "LSTM и BPTT").flags == ()
    assert measure(IntegritySignal(), question, "QWRT и ZXCV").flags != ()


def test_wrong_language(
    flags: Flags, prepared: Callable[[Question], PreparedQuestion], measure: Measure
) -> None:
    chinese = "随机关闭一部分神经元，因此网络不会过拟合"
    assert flags(chinese)["wrong_language"].factor < 0.5
    own = prepared(Question("q", "什么是丢弃法？", ("t",), ("训练时随机关闭神经元。",), "zh"))
    assert measure(IntegritySignal(), own, chinese).flags == ()
    # A formula with Greek letters is no other language.
    assert "wrong_language" not in flags("выходы умножают на α, где α = 1 − β")


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_most_letters_decide_on_the_language(flags: Flags, share: float) -> None:
    foreign = round(100 * share)
    answer = "нейрон " * ((100 - foreign) // 6) + "神" * foreign
    assert ("wrong_language" in flags(answer)) == (share > 0.5)


def test_far_too_long(flags: Flags) -> None:
    word = "Ещё скажу, что сеть учится на примерах и меняет веса по градиенту ошибки номер {}. "
    flag = flags("".join(word.format(number) for number in range(60)))["too_long"]
    assert flag.factor <= 1.0
    assert flag.detail
    assert "too_long" not in flags(" ".join(GOOD[:4]))


def test_hidden_characters_are_read_through_and_shown(flags: Flags) -> None:
    answer = "Случайно об\u200bну\u200bля\u200bет выходы нейронов."
    assert flags(answer) == {"hidden_characters": Flag("hidden_characters", 1.0, "3")}
    look_alike = "Случайно oбнуляeт выхoды нeйрoнoв."  # Latin o and e
    assert "hidden_characters" in flags(look_alike)


def test_right_terms_joined_as_no_reference_joins_them(plain: Grader) -> None:
    question = plain.bank.questions["neuron-saturation"]
    terms = [unit for word in question.references[0].split() if (unit := word.strip(",.:;—«»"))]
    shuffled = "".join(
        f"Это {a} и {b} для {c} есть в {d}. "
        for a, b, c, d in zip(terms[::4], terms[40::2], terms[7::5], terms[60::1], strict=False)
    )
    names = {flag.name for flag in plain.grade(question.id, shuffled).flags}
    assert names & {"incoherent", "keyword_list"}


def test_languages_of_which_only_stems_are_known_have_statements_too(
    prepared: Callable[[Question], PreparedQuestion], measure: Measure
) -> None:
    reference = (
        "Überanpassung bedeutet, dass ein Modell die Trainingsdaten auswendig lernt. "
        "Dadurch verallgemeinert es schlecht auf neue Daten."
    )
    question = prepared(Question("q", "Was ist Überanpassung?", ("t",), (reference,), "de"))
    assert measure(IntegritySignal(), question, reference).flags == ()
    names = "Überanpassung, Modell, Trainingsdaten, Daten, Verallgemeinerung"
    assert [f.name for f in measure(IntegritySignal(), question, names).flags] == ["keyword_list"]


def test_good_sample_answers_are_not_suspected(sample_grades: list[Grade]) -> None:
    best = [g for g in sample_grades if (g.extra.get("expected") or 0) >= 0.85]
    assert len(best) >= 5
    costly = [g.answer_id for g in best if any(flag.factor < 1 for flag in g.flags)]
    assert len(costly) <= len(best) // 10
