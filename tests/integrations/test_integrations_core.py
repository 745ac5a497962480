"""What the integrations share; needs no framework."""

from __future__ import annotations

import pytest
from frameworks import BANK_ANSWER, GOOD, POOR, QUESTION, REFERENCE

from grader import AnswersError, Bank, BankError, Grader
from grader.integrations.core import AnswerGrader, answer_grader
from grader.integrations.lm_eval import grader_results
from grader.report.messages import messages


def test_a_bank_s_question_is_graded_as_ever() -> None:
    grader = answer_grader("ds-interview", None, "fast")
    asked = Bank.load("ds-interview").questions["dropout"]
    expected = Grader(Bank.load("ds-interview"), tier="fast").grade("dropout", BANK_ANSWER)
    for name in ("dropout", asked.text, asked.translations["en"].question):
        assert grader.knows(name)
        assert grader.grade(BANK_ANSWER, question=name).grade == expected
    assert grader.grade(BANK_ANSWER, question="?", question_id="dropout").grade == expected


def test_a_grader_is_made_once() -> None:
    assert answer_grader("ds-interview", None, "fast") is answer_grader(
        "ds-interview", None, "fast"
    )


def test_without_a_bank_the_reference_decides() -> None:
    grader = AnswerGrader(tier="fast")
    good, poor = (
        grader.grade(text, question=QUESTION, references=[REFERENCE]) for text in (GOOD, POOR)
    )
    assert good.score is not None
    assert poor.score is not None
    assert poor.score < 0.5 < good.score
    assert good.question.text == QUESTION
    assert not grader.knows("question")


def test_the_language_is_told_by_the_letters() -> None:
    grader = AnswerGrader(tier="fast")
    russian = grader.grade("Париж", question="Столица Франции?", references=["Это Париж."])
    assert russian.question.language == "ru"
    english = grader.grade("Paris", question="The capital?", references=["It is Paris."])
    assert english.question.language == "en"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_reason_names_points_evidence_and_flags(lang: str) -> None:
    m = messages(lang)
    grader = answer_grader("ds-interview", None, "fast")
    graded = grader.grade(BANK_ANSWER, question_id="dropout")
    reason = graded.reason(lang)
    points = {
        point.id: m.pick(point.translations, point.text) for point in graded.question.key_points
    }
    assert all(text in reason for text in points.values())
    lines = dict(line.split(": ", 1) for line in reason.splitlines())
    assert points["inference"] in lines[m("says_covered")]
    assert "На инференсе выключен." in lines[m("says_covered")]
    assert points["rate"] in lines[m("says_absent")]
    assert m("flags") not in lines
    empty = grader.grade("", question_id="dropout").reason(lang).splitlines()
    assert empty[-1].startswith(f"{m('flags')}: {m.flag('empty')} ({m.factor(0.0)}")


def test_details_are_plain() -> None:
    details = answer_grader("ds-interview", None, "fast").grade("", question_id="dropout").details()
    assert details["question_id"] == "dropout"
    assert details["flags"] == {"empty": 0.0}
    assert set(details["points"]) == {
        *("random-zeroing", "no-coadaptation", "ensemble", "inference", "scaling", "rate")
    }


def test_what_cannot_be_asked_is_an_error() -> None:
    grader = answer_grader("ds-interview", None, "fast")
    with pytest.raises(BankError, match="did you mean 'dropout'"):
        grader.grade("x", question_id="dropuot")
    with pytest.raises(AnswersError, match="names no question of the bank"):
        grader.grade("x")
    with pytest.raises(AnswersError, match="no reference answer"):
        AnswerGrader(tier="fast").grade("x", question=QUESTION, references=[" "])
    with pytest.raises(BankError, match="no tier 'quick'"):
        AnswerGrader(tier="quick")
    with pytest.raises(BankError, match="name it too"):
        AnswerGrader(rubrics="somewhere")


def test_numbers_of_json_are_texts_too() -> None:
    results = grader_results(tier="fast")
    (whole,) = results({"question": 12, "reference": REFERENCE}, [REFERENCE]).values()
    assert whole > 0.9
    (number,) = results({"question": "Bits of a byte?", "references": [8]}, ["8"]).values()
    assert number > 0
