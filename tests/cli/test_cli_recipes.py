"""The recipes for continuous integration: as the page has them, and they do what they say."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import junitparser
import pytest
from click.testing import Result
from ruamel.yaml import YAML

from grader.cli import cli

Invoke = Callable[..., Result]

DOCS = Path(__file__).parents[2] / "docs"
RECIPES = sorted((DOCS / "recipes").glob("*.yml"))


def loaded(recipe: Path) -> Any:
    return YAML(typ="safe").load(recipe.read_text("utf-8"))


def steps(recipe: Path) -> list[str]:
    """What the recipe's one job runs, in order."""
    content = loaded(recipe)
    if "jobs" in content:
        return [step["run"] for step in content["jobs"]["evaluate"]["steps"] if "run" in step]
    return [*content["evaluate"]["script"], *content["evaluate"]["after_script"]]


def commands(recipe: Path) -> Iterator[list[str]]:
    """The words of each command of grader."""
    for step in steps(recipe):
        for line in step.splitlines():
            if line.startswith("grader "):
                yield shlex.split(line)[1:]


def of(recipe: Path) -> str:
    return recipe.stem


def test_there_are_two() -> None:
    assert [recipe.name for recipe in RECIPES] == ["github-actions.yml", "gitlab-ci.yml"]


@pytest.mark.parametrize("recipe", RECIPES, ids=of)
def test_the_page_holds_it_as_it_is(recipe: Path) -> None:
    assert f"```yaml\n{recipe.read_text('utf-8')}```" in (DOCS / "ci.md").read_text("utf-8")


@pytest.mark.parametrize("recipe", RECIPES, ids=of)
def test_every_command_is_one_that_there_is(recipe: Path) -> None:
    asked = list(commands(recipe))
    assert [words[0] for words in asked] == ["collect", "score", "score", "report"]
    whole = " ".join(steps(recipe))
    assert whole.count("grader ") == len(asked), "a command that this test did not find"
    with click.Context(cli) as context:
        for name, *arguments in asked:
            command = cli.get_command(context, name)
            assert command is not None
            command.make_context(name, arguments)


@pytest.mark.parametrize("recipe", RECIPES, ids=of)
def test_the_key_comes_from_a_secret(recipe: Path) -> None:
    (collect,) = (words for words in commands(recipe) if words[0] == "collect")
    variable = collect[collect.index("--key-env") + 1]
    content = loaded(recipe)
    if "jobs" in content:
        (step,) = (
            step
            for step in content["jobs"]["evaluate"]["steps"]
            if "grader collect" in step.get("run", "")
        )
        assert step["env"] == {variable: f"${{{{ secrets.{variable} }}}}"}
        assert variable not in content["env"]
    else:
        assert variable not in content["evaluate"]["variables"]


def test_both_grade_and_gate_alike() -> None:
    one, other = (list(commands(recipe))[1:] for recipe in RECIPES)
    assert one == other


@pytest.mark.parametrize(("worse", "status"), [(False, 0), (True, 1)])
def test_the_recipe_passes_and_fails(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worse: bool, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("eval").mkdir()
    reference = "It is a famous number of the list."
    questions = [
        {"id": f"q{n}", "topic": "python", "question": f"What is {n}?", "reference": reference}
        for n in range(8)
    ]
    Path("eval/bank.yaml").write_text(
        json.dumps({"name": "small", "language": "en", "questions": questions}), "utf-8"
    )
    for name, text in (("eval/baseline", reference), ("answers", "No." if worse else reference)):
        rows = [{"id": q["id"], "question_id": q["id"], "answer": text} for q in questions]
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    *before, gates = [words for words in commands(RECIPES[0]) if words[0] != "collect"]
    for words in before:
        assert invoke(*words).exit_code == 0
    result = invoke(*gates)
    assert result.exit_code == status
    marks = [line[0] for line in result.stderr.splitlines()]
    assert marks == (["✗"] * 3 if worse else ["✓"] * 3)
    suite = next(iter(junitparser.JUnitXml.fromfile("junit.xml")))
    assert (suite.tests, suite.failures) == (3, 3 if worse else 0)
    assert "| no worse than baseline by more than 0.5 |" in Path("summary.md").read_text("utf-8")
