"""The assertion, in evaluations that promptfoo runs; the results it writes, as answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frameworks import (
    BANK_ANSWER,
    GOOD,
    POOR,
    QUESTION,
    REFERENCE,
    REQUIRED,
    Unjudged,
    write_example,
)

from grader.answers import read_answers
from grader.errors import GraderError
from grader.integrations import promptfoo as integration
from grader.integrations.core import answer_grader

PROMPTFOO = os.environ.get("PROMPTFOO") or shutil.which("promptfoo")
installed = pytest.mark.skipif(
    PROMPTFOO is None and not REQUIRED, reason="promptfoo is not installed"
)

Run = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the configuration in the folder with promptfoo's command; the results it wrote."""
    monkeypatch.setenv("PROMPTFOO_CONFIG_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("PROMPTFOO_PYTHON", sys.executable)

    def evaluate() -> list[dict[str, Any]]:
        assert PROMPTFOO is not None
        done = subprocess.run(
            [PROMPTFOO, "eval", "--no-cache", "--no-table", "-o", "output.json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (tmp_path / "output.json").exists(), done.stdout + done.stderr
        found = json.loads((tmp_path / "output.json").read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = found["results"]["results"]
        return sorted(rows, key=lambda row: int(row["testIdx"]))

    return evaluate


@installed
def test_the_page_s_example_with_given_answers(tmp_path: Path, run: Run) -> None:
    write_example(tmp_path, "grade.py", "promptfooconfig.yaml")
    page = (tmp_path / "promptfooconfig.yaml").read_text(encoding="utf-8")
    given = page.replace('"{{question}}"', json.dumps(GOOD)).replace("openai:gpt-5", "echo")
    assert given.count("echo") == 1
    (tmp_path / "promptfooconfig.yaml").write_text(given, encoding="utf-8")
    (row,) = run()
    graded = answer_grader(None, None, "fast").grade(
        GOOD, question=QUESTION, references=[REFERENCE]
    )
    assert row["success"]
    assert row["score"] == pytest.approx(graded.score)
    assert row["namedScores"]["grader"] == pytest.approx(graded.score)
    assert row["gradingResult"]["componentResults"][0]["reason"] == graded.reason("en")


@installed
def test_a_bank_and_its_results_as_answers(tmp_path: Path, run: Run) -> None:
    write_example(tmp_path, "grade.py")
    check = {"type": "python", "value": "file://grade.py"}
    check["config"] = {"bank": "ds-interview", "tier": "fast", "lang": "ru"}  # type: ignore[assignment]
    tests = [
        {"vars": {"question_id": "dropout", "said": said}, "assert": [check]}
        for said in (BANK_ANSWER, POOR)
    ]
    config = {"prompts": ["{{said}}"], "providers": ["echo"], "tests": tests}
    (tmp_path / "promptfooconfig.yaml").write_text(json.dumps(config), encoding="utf-8")
    rows = run()
    grader = answer_grader("ds-interview", None, "fast")
    for row, said in zip(rows, (BANK_ANSWER, POOR), strict=True):
        graded = grader.grade(said, question_id="dropout")
        assert row["score"] == pytest.approx(graded.score)
        assert row["gradingResult"]["componentResults"][0]["reason"] == graded.reason("ru")
    assert not rows[1]["success"]
    read = read_answers(tmp_path / "output.json", known_questions={"dropout"}).answers
    assert {(one.question_id, one.text, one.respondent) for one in read} == {
        ("dropout", said, "echo") for said in (BANK_ANSWER, POOR)
    }


@installed
def test_an_unknown_question_fails_with_the_reason(tmp_path: Path, run: Run) -> None:
    write_example(tmp_path, "grade.py")
    check = {"type": "python", "value": "file://grade.py", "config": {"bank": "ds-interview"}}
    tests = [{"vars": {"question_id": "dropuot"}, "assert": [check]}]
    config = {"prompts": ["x"], "providers": ["echo"], "tests": tests}
    (tmp_path / "promptfooconfig.yaml").write_text(json.dumps(config), encoding="utf-8")
    (row,) = run()
    assert not row["success"]
    assert "did you mean 'dropout'?" in json.dumps(row, ensure_ascii=False)


def context(**config: Any) -> dict[str, Any]:
    return {"vars": {"question": QUESTION, "reference": REFERENCE}, "config": config}


def test_each_point_is_a_component() -> None:
    given = {"vars": {"question_id": "dropout"}, "config": {"bank": "ds-interview", "tier": "fast"}}
    result = integration.get_assert(BANK_ANSWER, given)
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    assert [each["score"] for each in result["componentResults"]] == list(
        graded.grade.points.values()
    )
    inference = result["componentResults"][3]
    assert inference["pass"]
    assert inference["reason"].startswith("covered: At inference dropout is off")


def test_numbers_of_yaml_are_names_too(tmp_path: Path) -> None:
    bank = tmp_path / "bank.yaml"
    rows = [
        {"id": id, "topic": "t", "question": question, "reference": REFERENCE}
        for id, question in (("12", QUESTION), ("thirteen", "13"))
    ]
    bank.write_text(json.dumps({"name": "b", "language": "en", "questions": rows}), "utf-8")
    config = {"bank": str(bank), "tier": "fast"}
    for given in ({"question_id": 12}, {"question": 13}):
        result = integration.get_assert(REFERENCE, {"vars": given, "config": config})
        assert result["score"] > 0.9
    given = {"question": "How many bits make a byte?", "reference": 8}
    assert integration.get_assert("8", {"vars": given, "config": {"tier": "fast"}})["score"] > 0


def test_the_threshold_decides() -> None:
    score = integration.get_assert(GOOD, context(tier="fast"))["score"]
    for threshold in (score, score + 0.001):
        result = integration.get_assert(GOOD, context(tier="fast", threshold=threshold))
        assert result["pass"] is (threshold == score)


def test_what_cannot_be_judged_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    result = integration.get_assert(GOOD, context(tier="fast"))
    assert result["reason"].startswith("not scored")
    assert (result["pass"], result["score"], result["namedScores"]) == (False, 0.0, {})


def test_without_a_reference_a_bank_is_needed() -> None:
    with pytest.raises(GraderError, match="no reference answer"):
        integration.get_assert(GOOD, {"vars": {"question": QUESTION}})
