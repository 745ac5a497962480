"""What is asked of the grading model, and what its answers become."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from grader import Bank, Grade, Grader
from grader.cross_encoders import Pair
from grader.model import KeyPoint, Question, Rubric, Translation

BankOf = Callable[..., Bank]
SAYS = {"yes": (1.0, 0, 0, 0), "half": (0, 1.0, 0, 0), "no": (0, 0, 0, 1.0)}


class ByWord:
    """A cross-encoder of one rule: an answer with "yes" covers, with "no" contradicts."""

    name = "by word"
    version = "1"

    def __init__(self) -> None:
        self.asked: list[Pair] = []

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        self.asked += pairs
        rows = []
        for pair in pairs:
            words = pair.answer.lower().replace(".", " ").split()
            said = [SAYS[word] for word in words if word in SAYS]
            unreadable = (np.nan,) * 4
            rows.append(unreadable if "?" in words else said[0] if said else (0, 0, 1.0, 0))
        return np.asarray(rows, np.float32).reshape(-1, 4)


WITH_RUBRIC = Question(
    id="cache",
    text="Зачем нужен кэш?",
    topics=("systems",),
    references=("Кэш хранит частые данные ближе. Он ускоряет чтение.",),
    translations={"en": Translation("What is a cache for?", ("It keeps frequent data near.",))},
    rubric=Rubric(
        "cache",
        (
            KeyPoint("near", "Частые данные лежат ближе.", 3, translations={"en": "Data is near."}),
            KeyPoint("fast", "Чтение становится быстрее.", 1),
        ),
    ),
)
REFERENCES = [f"Reference {n} speaks of thing {w}." for n, w in enumerate("abcde")]
WITHOUT = Question(
    id="plain", text="What is it?", topics=("t",), references=tuple(REFERENCES), language="en"
)


@pytest.fixture
def model() -> ByWord:
    return ByWord()


@pytest.fixture
def grade(bank_of: BankOf, model: ByWord) -> Callable[..., Grade]:
    def grade(id: str, text: str, tier: str = "thorough") -> Grade:
        bank = bank_of(WITH_RUBRIC, WITHOUT)
        grader = Grader(bank, encoder=None, cross_encoder=model, tier=tier)
        return grader.grade(id, text)

    return grade


def test_each_point_is_asked_in_the_answers_script(
    grade: Callable[..., Grade], model: ByWord
) -> None:
    grade("cache", "Частые данные лежат рядом.")
    assert [(p.question, p.point) for p in model.asked] == [
        ("Зачем нужен кэш?", "Частые данные лежат ближе."),
        ("Зачем нужен кэш?", "Чтение становится быстрее."),
    ]
    model.asked.clear()
    grade("cache", "Frequent data is kept near the reader.")
    assert [(p.question, p.point) for p in model.asked] == [
        ("What is a cache for?", "Data is near."),
        ("What is a cache for?", "Чтение становится быстрее."),  # not translated
    ]


def test_verdicts_become_coverage_with_evidence(grade: Callable[..., Grade]) -> None:
    covered, half, against = (
        grade("cache", f"{word} кэш держит данные рядом с читателем")
        for word in ("yes", "half", "no")
    )
    assert [e.verdict for e in covered.evidence] == ["covered", "covered"]
    assert [e.verdict for e in half.evidence] == ["partly", "partly"]
    assert [e.verdict for e in against.evidence] == ["contradicted", "contradicted"]
    assert covered.evidence[0].signals["entailment"] == 1
    assert half.evidence[0].signals["entailment"] == 0.5
    assert against.evidence[0].signals["contradiction"] == 1
    scores = [one.score for one in (against, half, covered)]
    assert None not in scores
    assert scores == sorted(scores)
    assert against.score == 0
    assert "contradiction" in [step.name for step in against.steps]


def test_without_a_rubric_the_nearest_references_are_asked_whole(
    grade: Callable[..., Grade], model: ByWord
) -> None:
    found = grade("plain", "yes it is thing d as reference 3 speaks")
    assert model.asked[0].point == REFERENCES[3]
    assert len(model.asked) == 3
    assert found.signals["entailment"] == 1
    assert "reference" in [step.name for step in found.steps]


def test_a_long_answer_is_read_in_stretches_and_the_best_counts(
    grade: Callable[..., Grade], model: ByWord, bundled: Bank
) -> None:
    others = list(bundled.questions.values())[:6]
    filler = " ".join(question.references[0] for question in others)
    found = grade("cache", f"{filler} yes кэш держит данные рядом.")
    assert len({pair.answer for pair in model.asked}) > 1
    assert max(len(pair.answer.split()) for pair in model.asked) < 150
    assert found.evidence[0].verdict == "covered"


@pytest.mark.parametrize("text", ["", "не знаю", "Зачем нужен кэш?"])
def test_what_flags_have_settled_is_not_asked(
    grade: Callable[..., Grade], model: ByWord, text: str
) -> None:
    assert (grade("cache", text).score or 0) < 0.1
    assert not model.asked


def test_standard_asks_where_there_is_a_trace(grade: Callable[..., Grade], model: ByWord) -> None:
    grade("cache", "yes частые данные лежат ближе к процессору", tier="standard")
    assert [pair.point for pair in model.asked] == ["Частые данные лежат ближе."]
    model.asked.clear()
    grade("cache", "yes всё под рукой", tier="standard")
    assert not model.asked


def test_fast_loads_no_model(bank_of: BankOf, model: ByWord) -> None:
    grader = Grader(bank_of(WITH_RUBRIC), encoder=None, cross_encoder=model, tier="fast")
    assert grader.cross_encoder is None
    assert grader.grade("cache", "yes").evidence[0].verdict is None
    assert not model.asked


def test_what_the_model_cannot_read_is_left_to_words(grade: Callable[..., Grade]) -> None:
    found = grade("cache", "Частые данные лежат ближе ?")
    assert found.evidence[0].verdict is None
    assert found.evidence[0].signals["entailment"] is None
    assert found.evidence[0].coverage == 1


def test_suspicion_by_words_is_cleared_by_the_model(grade: Callable[..., Grade]) -> None:
    """Right in quite other words is not off topic; wrong in quite other words stays so."""
    other = "полка возле стола избавляет библиотекаря ходить вниз хранилище каждую книгу"
    doubted = {flag.name: flag.factor for flag in grade("cache", other).flags}
    cleared = {flag.name: flag.factor for flag in grade("cache", f"yes {other}").flags}
    assert doubted["off_topic"] < 0.5
    assert cleared["off_topic"] == 1


def test_no_such_tier(bank_of: BankOf) -> None:
    with pytest.raises(ValueError, match="no tier 'best'; use fast, standard, thorough"):
        Grader(bank_of(WITH_RUBRIC), tier="best")
