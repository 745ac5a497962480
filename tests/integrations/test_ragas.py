"""The metrics, scored alone and in ragas's evaluation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from frameworks import (
    BANK_ANSWER,
    GOOD,
    POOR,
    QUESTION,
    REFERENCE,
    Unjudged,
    framework,
    run_example,
)

from grader.integrations.core import answer_grader

framework("ragas")

from ragas import EvaluationDataset, SingleTurnSample, evaluate  # noqa: E402

from grader.errors import GraderError  # noqa: E402
from grader.integrations import ragas as integration  # noqa: E402


def test_scored_one_by_one_and_in_a_batch() -> None:
    metric = integration.GraderMetric(tier="fast")
    rows = [
        {"user_input": QUESTION, "response": text, "reference": REFERENCE} for text in (GOOD, POOR)
    ]
    results = metric.batch_score(rows)
    for row, result in zip(rows, results, strict=True):
        graded = answer_grader(None, None, "fast").grade(
            row["response"], question=QUESTION, references=[REFERENCE]
        )
        assert result.value == graded.score
        assert result.reason == graded.reason("en")
    assert metric.score(**rows[0]).value == results[0].value


def test_scored_against_a_bank() -> None:
    metric = integration.GraderMetric("ds-interview", tier="fast", lang="ru")
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    assert metric.score(response=BANK_ANSWER, question_id="dropout").value == graded.score
    by_text = metric.score(response=BANK_ANSWER, user_input=graded.question.text)
    assert by_text.value == graded.score
    assert by_text.reason == graded.reason("ru")


def test_in_an_evaluation() -> None:
    samples = [
        SingleTurnSample(user_input=QUESTION, response=text, reference=REFERENCE)
        for text in (GOOD, POOR)
    ]
    found = evaluate(
        EvaluationDataset(samples),
        metrics=[integration.GraderSingleTurn(tier="fast")],
        show_progress=False,
        raise_exceptions=True,
    )
    expected = [
        answer_grader(None, None, "fast").grade(text, question=QUESTION, references=[REFERENCE])
        for text in (GOOD, POOR)
    ]
    assert found["grader"] == [one.score for one in expected]


def test_what_cannot_be_judged_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    metric = integration.GraderMetric(tier="fast")
    result = metric.score(user_input=QUESTION, response=GOOD, reference=REFERENCE)
    assert math.isnan(result.value)
    assert result.reason.startswith("not scored")


def test_a_sample_without_a_reference_needs_a_bank() -> None:
    with pytest.raises(GraderError, match="no reference answer"):
        integration.GraderMetric(tier="fast").score(user_input="?", response="x")


def test_the_page_s_example(tmp_path: Path) -> None:
    shown = run_example(tmp_path, "ragas_example.py")
    graded = answer_grader().grade(GOOD, question=QUESTION, references=[REFERENCE])
    assert shown == f"{graded.score} {graded.reason('en')}\n"
