"""Tasks that lm-eval runs, and the samples it logs, as answers."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from frameworks import BANK_ANSWER, GOOD, QUESTION, REFERENCE, Unjudged, framework, write_example

from grader.answers import read_answers
from grader.errors import AnswersError, GraderError
from grader.integrations.core import answer_grader

lm_eval = framework("lm_eval")

from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

from grader.integrations import lm_eval as integration  # noqa: E402


class Always(LM):
    """A model that always says the same."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
        return [self.text for _ in requests]

    def loglikelihood(self, requests: list[Any], **_: Any) -> list[tuple[float, bool]]:
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    write_example(tmp_path, "capitals.yaml", "capitals.jsonl")
    return tmp_path


def evaluated(text: str) -> dict[str, Any]:
    manager = TaskManager(include_path=".", include_defaults=False)
    found: dict[str, Any] = lm_eval.simple_evaluate(
        Always(text), tasks=["capitals"], task_manager=manager, bootstrap_iters=0
    )
    return found


def test_the_page_s_task_with_a_model() -> None:
    found = evaluated(GOOD)
    graded = answer_grader().grade(GOOD, question=QUESTION, references=[REFERENCE])
    assert found["results"]["capitals"]["grader,none"] == graded.score
    assert found["samples"]["capitals"][0]["grader"] == graded.score


def test_the_page_s_task_for_a_bank(folder: Path) -> None:
    page = (folder / "capitals.yaml").read_text()
    named = page.replace("grader.integrations.lm_eval.process_results", "grading.process_results")
    assert named != page
    (folder / "capitals.yaml").write_text(named)
    (folder / "grading.py").write_text(
        "from grader.integrations.lm_eval import grader_results\n"
        "process_results = grader_results(bank='ds-interview', tier='fast')\n"
    )
    row = {"question_id": "dropout", "question": "?", "reference": ""}
    (folder / "capitals.jsonl").write_text(json.dumps(row))
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    assert evaluated(BANK_ANSWER)["results"]["capitals"]["grader,none"] == graded.score


def test_what_cannot_be_judged_is_in_no_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    assert math.isnan(evaluated(GOOD)["results"]["capitals"]["grader,none"])
    rows = integration.process_results({"question": QUESTION, "references": [REFERENCE]}, [GOOD])
    assert math.isnan(rows["grader"])


def test_a_document_without_a_reference_needs_a_bank() -> None:
    with pytest.raises(GraderError, match="no reference answer"):
        integration.process_results({"question": QUESTION}, [GOOD])


def test_the_page_s_command_and_its_samples(folder: Path) -> None:
    command = "lm_eval --model dummy --tasks capitals --include_path . --log_samples"
    page = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text(encoding="utf-8")
    assert f"\n{command} --output_path results\n" in page
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--output_path", "results"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("results/*/samples_capitals_*.jsonl")
    graded = answer_grader().grade("lol", question=QUESTION, references=[REFERENCE])
    assert json.loads(path.read_text())["grader"] == graded.score
    (read,) = read_answers(path).answers
    (results,) = folder.glob("results/*/results_*.json")
    assert read.respondent == json.loads(results.read_text())["model_name"]
    assert (read.question_id, read.text) == (QUESTION, "lol")
    assert read.extra["reference"] == REFERENCE
    with pytest.raises(AnswersError, match="unknown question"):
        read_answers(path, known_questions={"dropout"})
