"""grader bank: list, show, lint, schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

from grader import Grader
from grader.bank import lint

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]


def test_list_of_bundled_banks(invoke: Invoke) -> None:
    result = invoke("bank", "list", "--lang", "ru")
    assert result.exit_code == 0
    assert result.stdout.startswith("ds-interview")
    assert "вопросов: " in result.stdout


def test_list_of_questions(invoke: Invoke, bank: Path) -> None:
    lines = invoke("bank", "list", bank).stdout.splitlines()
    assert lines == ["saturation  What is neuron saturation?", "l2          Зачем нужна L2?"]


def test_show_by_topic(invoke: Invoke, bank: Path) -> None:
    shown = invoke("bank", "show", "--bank", bank).stdout
    assert "Deep learning (1)" in shown
    assert "l2: Зачем нужна L2?" in shown
    assert "Глубокое обучение (1)" in invoke("bank", "show", "--bank", bank, lang="ru_RU").stdout


def test_show_a_question_with_its_rubric(invoke: Invoke, bank: Path) -> None:
    shown = invoke("bank", "show", "saturation", "--bank", bank).stdout
    for part in (
        "What is neuron saturation?",
        "#dl",
        "The derivative is nearly zero.",
        "[2] edge: Активация лежит у края диапазона.  (cap without: 0.5)",
        "край | предел",
        "/0 или 1/",
        "(производная | наклон) ~8~ (мал* | нул*)",
        "(вес) + (не обнов*)",
        "[−0.3] boom: Градиент взрывается.",
    ):
        assert part in shown
    without = invoke("bank", "show", "l2", "--bank", bank).stdout
    assert "Штраф за большие веса" in without


def test_show_a_question_that_is_not_there(invoke: Invoke, refused: Refused, bank: Path) -> None:
    said = refused(invoke("bank", "show", "satration", "--bank", bank))
    assert "did you mean 'saturation'?" in said


def test_lint(invoke: Invoke, bank: Path) -> None:
    result = invoke("bank", "lint", bank)
    assert result.exit_code == 0
    assert "l2: note: no rubric" in result.stdout
    assert "2 questions checked" in result.stderr
    assert invoke("bank", "lint", bank, "--strict").exit_code == 1


def test_the_bundled_bank_has_no_warnings(plain: Grader) -> None:
    findings = lint(plain.bank, plain.coverage)
    assert [f"{f.question_id}: {f.message}" for f in findings if f.level == "warning"] == []


@pytest.mark.parametrize("kind", ["bank", "questions", "rubrics", "report"])
def test_schema(invoke: Invoke, kind: str) -> None:
    result = invoke("bank", "schema", kind)
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_schema_that_there_is_not(invoke: Invoke) -> None:
    assert invoke("bank", "schema", "answers").exit_code == 2


@pytest.mark.parametrize("command", ["list", "lint", "show"])
def test_a_bank_that_is_not_there(
    invoke: Invoke, refused: Refused, tmp_path: Path, command: str
) -> None:
    option = ["--bank"] if command == "show" else []
    assert "nowhere" in refused(invoke("bank", command, *option, tmp_path / "nowhere"))
