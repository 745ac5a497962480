"""The metric, made from its class and loaded as a script."""

from __future__ import annotations

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

evaluate = framework("evaluate")

from grader.errors import GraderError  # noqa: E402
from grader.integrations import evaluate as integration  # noqa: E402


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where evaluate keeps predictions on their way."""
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", str(tmp_path / "metrics"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def test_computed_against_references() -> None:
    metric = integration.GraderMetric()
    found = metric.compute(
        predictions=[GOOD, POOR, ""],
        questions=[QUESTION] * 3,
        references=[REFERENCE] * 3,
        tier="fast",
    )
    graded = [
        answer_grader(None, None, "fast").grade(text, question=QUESTION, references=[REFERENCE])
        for text in (GOOD, POOR, "")
    ]
    scores = [one.score for one in graded]
    assert found["scores"] == scores
    assert found["reasons"] == [one.reason("en") for one in graded]
    assert found["judged"] == 3
    assert found["grader"] == pytest.approx(sum(score or 0.0 for score in scores) / 3)


def test_several_references() -> None:
    found = integration.GraderMetric().compute(
        predictions=[GOOD], questions=[QUESTION], references=[["Berlin.", REFERENCE]], tier="fast"
    )
    graded = answer_grader(None, None, "fast").grade(
        GOOD, question=QUESTION, references=["Berlin.", REFERENCE]
    )
    assert found["scores"] == [graded.score]


def test_loaded_as_a_script_for_a_bank() -> None:
    metric = evaluate.load(integration.__file__, "ds-interview")
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    found = metric.compute(
        predictions=[BANK_ANSWER] * 2,
        questions=["dropout", graded.question.text],
        tier="fast",
        lang="ru",
    )
    assert found["scores"] == [graded.score] * 2
    assert found["reasons"] == [graded.reason("ru")] * 2


def test_what_cannot_be_judged_is_in_no_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    found = integration.GraderMetric().compute(
        predictions=[GOOD], questions=[QUESTION], references=[REFERENCE], tier="fast"
    )
    assert (found["grader"], found["judged"], found["scores"]) == (None, 0, [None])


def test_an_empty_reference_is_an_error() -> None:
    with pytest.raises(GraderError, match="no reference answer"):
        integration.GraderMetric().compute(
            predictions=["x"], questions=["?"], references=[""], tier="fast"
        )


def test_the_page_s_example(tmp_path: Path) -> None:
    shown = run_example(tmp_path, "evaluate_example.py")
    graded = answer_grader().grade(GOOD, question=QUESTION, references=[REFERENCE])
    assert shown == f"{graded.score} {[graded.score]} {[graded.reason('en')]}\n"
