"""The scorer, in evaluations that inspect_ai runs; the logs it writes, as answers."""

from __future__ import annotations

import math
import subprocess
import sys
from importlib.metadata import distribution
from itertools import cycle
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
    framework,
    write_example,
)

from grader import Run
from grader.answers import read_answers
from grader.integrations.core import answer_grader

framework("inspect_ai")

from inspect_ai import Task, eval  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.log import EvalLog, read_eval_log  # noqa: E402
from inspect_ai.model import Model, ModelOutput, ModelUsage, get_model  # noqa: E402
from inspect_ai.scorer import match  # noqa: E402

from grader.integrations import inspect_ai as integration  # noqa: E402


def model(*answers: str) -> Model:
    """inspect's own mock, which must not count tokens: it would fetch a tokenizer."""

    def output(text: str) -> ModelOutput:
        made = ModelOutput.from_content("mockllm/model", text)
        made.usage = ModelUsage()
        return made

    return get_model("mockllm/model", custom_outputs=(output(text) for text in cycle(answers)))


def run(folder: Path, samples: list[Sample], answers: list[str], **options: Any) -> EvalLog:
    task = Task(dataset=samples, scorer=integration.grader_scorer(**options))
    (log,) = eval(
        task,
        model=model(*answers),
        log_dir=str(folder),
        log_format="json",
        display="none",
        max_connections=1,
    )
    return log


def values(log: EvalLog) -> list[Any]:
    return [sample.scores["grader_scorer"] for sample in log.samples or []]


def test_against_the_target(tmp_path: Path) -> None:
    samples = [Sample(QUESTION, target=REFERENCE, id=number) for number in range(3)]
    log = run(tmp_path, samples, [GOOD, POOR, ""], tier="fast")
    assert log.status == "success"
    scores = values(log)
    grader = answer_grader(None, None, "fast")
    for one, text in zip(scores, [GOOD, POOR, ""], strict=True):
        graded = grader.grade(text, question=QUESTION, references=[REFERENCE])
        assert one.value == graded.score
        assert one.explanation == graded.reason("en")
        assert one.metadata == graded.details()
    assert scores[2].metadata["flags"] == {"empty": 0.0}
    assert log.results is not None
    mean = log.results.scores[0].metrics["mean"].value
    assert mean == pytest.approx(sum(one.value for one in scores) / 3)


def test_against_a_bank_by_metadata_id_and_text(tmp_path: Path) -> None:
    samples = [
        Sample("What of it?", id=1, metadata={"question_id": "dropout"}),
        Sample("And?", id="dropout"),
        Sample(
            "Как устроен dropout, почему он сдерживает переобучение и чем его работа при обучении "
            "отличается от работы на инференсе?",
            id=3,
        ),
    ]
    log = run(tmp_path, samples, [BANK_ANSWER], bank="ds-interview", tier="fast", lang="ru")
    graded = answer_grader("ds-interview", None, "fast").grade(BANK_ANSWER, question_id="dropout")
    assert [one.value for one in values(log)] == [graded.score] * 3
    assert values(log)[0].explanation == graded.reason("ru")


def test_an_unknown_question_ends_the_evaluation_with_the_reason(tmp_path: Path) -> None:
    log = run(tmp_path, [Sample("Why?", id="no-such")], ["x"], bank="ds-interview", tier="fast")
    assert log.status == "error"
    assert log.error is not None
    assert "no question 'Why?' in bank 'ds-interview'" in log.error.message


def test_what_cannot_be_judged_is_unscored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "answer_grader", Unjudged)
    log = run(tmp_path, [Sample(QUESTION, target=REFERENCE)], [GOOD], tier="fast")
    (one,) = values(log)
    assert math.isnan(one.value)
    assert one.explanation.startswith("not scored")
    assert log.results is not None
    found = log.results.scores[0]
    assert (found.scored_samples, found.unscored_samples) == (0, 1)


def test_an_old_log_is_scored_again_by_the_command(tmp_path: Path) -> None:
    installed = distribution("answer-grader").read_text("direct_url.json") or ""
    if '"editable": true' in installed and not REQUIRED:
        pytest.skip("inspect_ai names an editable installation's scorers without their package")
    task = Task(dataset=[Sample(QUESTION, target=REFERENCE)], scorer=match())
    (log,) = eval(task, model=model(GOOD), log_dir=str(tmp_path), display="none")
    command = [Path(sys.executable).with_name("inspect"), "score", Path(log.location).name]
    options = ["--scorer", "grader/grader_scorer", "-S", "tier=fast", "--action", "overwrite"]
    done = subprocess.run(
        [*command, *options, "--overwrite", "--display", "none"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    expected = answer_grader(None, None, "fast").grade(
        GOOD, question=QUESTION, references=[REFERENCE]
    )
    assert values(read_eval_log(log.location))[0].value == expected.score


def test_the_page_s_example_and_its_log_scored_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_example(tmp_path, "interview.py")
    monkeypatch.chdir(tmp_path)
    for form in ("json", "eval"):
        (log,) = eval(
            "interview.py",
            model=model(BANK_ANSWER),
            log_dir=str(tmp_path / form),
            log_format=form,
            display="none",
        )
        assert log.status == "success"
        path = Path(log.location.removeprefix("file://"))
        read = read_answers(path, known_questions={"dropout", "neuron-saturation"}).answers
        assert [one.question_id for one in read] == ["dropout", "neuron-saturation"]
        assert {one.text for one in read} == {BANK_ANSWER}
        assert {one.respondent for one in read} == {"mockllm/model"}
        out = tmp_path / f"{form}-run"
        program = Path(sys.executable).with_name("grader")
        subprocess.run([program, "score", path, "--out", out, "--lang", "en"], check=True)
        grades = [grade.score for grade in Run.read(out).grades]
        scored = [one.value for one in values(read_eval_log(str(path)))]
        assert grades == pytest.approx(scored, abs=1e-6)  # a run keeps six digits


def test_a_sample_that_failed_is_a_bad_row(tmp_path: Path) -> None:
    log = run(tmp_path, [Sample("Why?", id="no-such")], ["x"], bank="ds-interview", tier="fast")
    with pytest.raises(Exception, match="ended with an error"):
        read_answers(log.location)


def test_epochs_are_answers_each(tmp_path: Path) -> None:
    task = Task(dataset=[Sample("?", id="dropout")], epochs=2)
    (log,) = eval(task, model=model("a", "b"), log_dir=str(tmp_path), display="none", score=False)
    read = read_answers(log.location, known_questions={"dropout"}).answers
    assert [one.id for one in read] == ["dropout-mockllm/model", "dropout-mockllm/model-2"]
    assert [one.extra["epoch"] for one in read] == [1, 2]
