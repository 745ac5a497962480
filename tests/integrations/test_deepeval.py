"""The metric, measured alone and in deepeval's evaluation."""

from __future__ import annotations

import asyncio
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

framework("deepeval")

from deepeval import evaluate  # noqa: E402
from deepeval.evaluate import AsyncConfig, DisplayConfig  # noqa: E402
from deepeval.test_case import LLMTestCase  # noqa: E402

from grader.errors import GraderError  # noqa: E402
from grader.integrations import deepeval as integration  # noqa: E402


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """deepeval keeps files where it runs."""
    monkeypatch.chdir(tmp_path)


def case(answer: str) -> LLMTestCase:
    return LLMTestCase(input=QUESTION, actual_output=answer, expected_output=REFERENCE)


def test_measured_against_the_expected_output() -> None:
    for answer, passes in ((GOOD, True), (POOR, False), ("", False)):
        metric = integration.GraderMetric(tier="fast")
        graded = answer_grader(None, None, "fast").grade(
            answer, question=QUESTION, references=[REFERENCE]
        )
        assert metric.measure(case(answer)) == metric.score == graded.score
        assert metric.is_successful() is passes
        assert metric.reason == graded.reason("en")
        assert asyncio.run(metric.a_measure(case(answer))) == graded.score


@pytest.mark.parametrize(
    "named",
    [
        LLMTestCase(input="?", actual_output=BANK_ANSWER, metadata={"question_id": "dropout"}),
        LLMTestCase(input="?", actual_output=BANK_ANSWER, name="dropout"),
        LLMTestCase(input="dropout", actual_output=BANK_ANSWER),
    ],
)
def test_measured_against_a_bank(named: LLMTestCase) -> None:
    metric = integration.GraderMetric("ds-interview", tier="fast", lang="ru")
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    assert metric.measure(named) == graded.score
    assert metric.reason == graded.reason("ru")
    assert metric.score_breakdown == graded.grade.points


@pytest.mark.parametrize("run_async", [True, False])
def test_in_an_evaluation(run_async: bool) -> None:
    cases = [case(GOOD), case(POOR)]
    result = evaluate(
        cases,
        [integration.GraderMetric(threshold=0.6, tier="fast")],
        async_config=AsyncConfig(run_async=run_async),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
    )
    by_answer = {one.actual_output: one for one in result.test_results}
    assert by_answer[GOOD].success
    assert not by_answer[POOR].success
    data = by_answer[GOOD].metrics_data[0]
    expected = answer_grader(None, None, "fast").grade(
        GOOD, question=QUESTION, references=[REFERENCE]
    )
    assert (data.name, data.threshold, data.score) == ("grader", 0.6, expected.score)
    assert data.reason == expected.reason("en")


def test_what_cannot_be_judged_is_an_error_of_the_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    result = evaluate(
        [case(GOOD)],
        [integration.GraderMetric(tier="fast")],
        display_config=DisplayConfig(show_indicator=False, print_results=False),
    )
    data = result.test_results[0].metrics_data[0]
    assert data.score is None
    assert data.error.startswith("not scored")
    assert not data.success


def test_a_case_without_a_reference_needs_a_bank() -> None:
    with pytest.raises(GraderError, match="no reference answer"):
        integration.GraderMetric(tier="fast").measure(LLMTestCase(input="?", actual_output="x"))


def test_the_page_s_example(tmp_path: Path) -> None:
    shown = run_example(tmp_path, "deepeval_example.py")
    graded = answer_grader().grade(GOOD, question=QUESTION, references=[REFERENCE])
    assert shown.splitlines()[-1] == str(graded.score)
