"""grader compare: runs compared by question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from grader.cli.compare import command
from grader.report.comparison import PASS

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

GOOD = "Активация лежит у края диапазона, производная почти равна нулю."
POOR = "Градиент взрывается."
BANK_HEAD = "name: wide\nlanguage: ru\nscale: 10\nquestions:\n"
QUESTION = """\
  - id: q{n}
    topic: {topic}
    question: Вопрос номер {n}?
    reference: Активация лежит у края диапазона, производная почти равна нулю.
    key_points:
      - {{id: edge, text: Активация лежит у края диапазона., keywords: [край]}}
      - {{id: slope, text: Производная почти равна нулю., keywords: [производная]}}
"""


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A bank of 14 questions on two topics."""
    path = tmp_path / "wide.yaml"
    questions = [QUESTION.format(n=n, topic="ml" if n % 2 else "dl") for n in range(14)]
    path.write_text(BANK_HEAD + "".join(questions), encoding="utf-8")
    return path


@pytest.fixture
def scored(invoke: Invoke, wide: Path, tmp_path: Path) -> Callable[..., Path]:
    """Make a run from texts: respondent, then the answer to each question, over and over."""

    def make(name: str, *respondents: tuple[str | None, list[str]], tier: str = "fast") -> Path:
        rows = [
            {"id": f"{who}-{n}", "question_id": f"q{n % 14}", "answer": text, "respondent": who}
            for who, texts in respondents
            for n, text in enumerate(texts)
        ]
        answers = tmp_path / f"{name}.jsonl"
        answers.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        out = tmp_path / name
        options = ("--bank", wide, "--tier", tier, "--encoder", "none", "--out", out)
        assert invoke("score", answers, *options).exit_code == 0
        return out

    return make


@pytest.fixture
def runs(scored: Callable[..., Path]) -> tuple[Path, Path]:
    """A good and a poor model, each with two samples a question."""
    good = scored("good", ("model-a", [GOOD] * 28))
    poor = scored("poor", ("model-b", [POOR] * 20 + [GOOD] * 8))
    return good, poor


def test_says_which_is_better(invoke: Invoke, runs: tuple[Path, Path]) -> None:
    result = invoke("compare", *runs)
    assert result.exit_code == 0
    assert result.stderr == ""
    for part in (
        "“model-b” is worse than “model-a” by ",
        "p < 0.001.",
        "Leaderboard",
        "pass@2",
        "Differences — compared with “model-a”",
        "By topic — “model-a” → “model-b”",
        "Вопрос номер 0?",
        "Lost: Производная почти равна нулю.",
    ):
        assert part in result.stdout


def test_in_russian_and_the_other_way_round(invoke: Invoke, runs: tuple[Path, Path]) -> None:
    shown = invoke("compare", *runs, "--baseline", "model-b", "--lang", "ru").stdout
    assert "«model-a» лучше, чем «model-b», на " in shown
    assert "Появилось: Производная почти равна нулю." in shown


def test_one_run_with_several_respondents(invoke: Invoke, scored: Callable[..., Path]) -> None:
    run = scored("three", ("a", [GOOD] * 14), ("b", [GOOD] * 14), ("c", [POOR] * 14))
    result = invoke("compare", run, "--all-pairs", "--format", "json")
    found = json.loads(result.stdout)
    assert [(pair["first"], pair["second"]) for pair in found["pairs"]] == [
        ("a", "b"), ("a", "c"), ("b", "c"),
    ]  # fmt: skip
    assert [pair["difference"]["verdict"] for pair in found["pairs"]] == [
        "not_shown", "worse", "worse",
    ]  # fmt: skip
    first = found["pairs"][0]["difference"]["result"]
    assert (first["p"], first["ties"], first["effect"]) == (1.0, 14, None)
    assert "“a” and “b” have the same score on every question." in invoke("compare", run).stdout


def test_pass_mark_and_number_of_changed(invoke: Invoke, runs: tuple[Path, Path]) -> None:
    def found(*options: object) -> dict[str, object]:
        read: dict[str, object] = json.loads(
            invoke("compare", *runs, "--format", "json", *options).stdout
        )
        return read

    default, other = found(), found("--pass", 1, "--changed", 0)
    assert (default["pass_mark"], other["pass_mark"]) == (PASS, 1.0)
    assert [len(pair["changed"]) for each in (default, other) for pair in each["pairs"]] == [5, 0]  # type: ignore[attr-defined]
    assert command.params[3].default == PASS


def test_writes_files(invoke: Invoke, runs: tuple[Path, Path], tmp_path: Path) -> None:
    targets = [tmp_path / f"c.{kind}" for kind in ("html", "md", "json")]
    words = [word for path in targets for word in ("--to", path)]
    result = invoke("compare", *runs, *words)
    assert result.exit_code == 0
    assert result.stdout.split() == [str(path) for path in targets]
    page, markdown, data = (path.read_text("utf-8") for path in targets)
    assert page.startswith("<!doctype html>")
    assert "## Leaderboard" in markdown
    assert invoke("compare", *runs, "--format", "md").stdout == markdown
    both = invoke("compare", *runs, "--format", "json", "--to", targets[1])
    assert both.stdout == data
    assert both.stderr.split() == [str(targets[1])]


def test_a_difference_that_is_none(invoke: Invoke, scored: Callable[..., Path]) -> None:
    mixed = [GOOD, POOR, GOOD, GOOD, POOR, POOR, GOOD] * 4
    first = scored("first", (None, mixed))
    second = scored("second", (None, mixed[1:] + mixed[:1]))
    shown = " ".join(invoke("compare", first, second).stdout.split())
    assert "No difference between “first” and “second” is shown" in shown
    assert "With 14 questions, a true difference of" in shown


def test_runs_graded_differently(
    invoke: Invoke, refused: Refused, scored: Callable[..., Path], wide: Path
) -> None:
    first = scored("first", ("a", [GOOD] * 14))
    wide.write_text(wide.read_text("utf-8").replace("scale: 10", "scale: 5"), encoding="utf-8")
    second = scored("second", ("b", [GOOD] * 14))
    said = refused(invoke("compare", first, second))
    assert "graded differently: bank wide@" in said
    assert "--anyway" in said
    result = invoke("compare", first, second, "--anyway")
    assert result.exit_code == 0
    assert "The runs were graded differently" in result.stdout


def test_mistakes_are_one_line(
    invoke: Invoke, refused: Refused, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    good, poor = runs
    assert "needs two runs or respondents" in refused(invoke("compare", good))
    assert "is there twice" in refused(invoke("compare", good, good))
    assert "no run here" in refused(invoke("compare", good, tmp_path / "x"))
    assert "did you mean 'model-a'" in refused(invoke("compare", *runs, "--baseline", "model-"))
    assert "no report of the kind '.pdf'" in refused(invoke("compare", *runs, "--to", "c.pdf"))
    grades = poor / "grades.jsonl"
    grades.write_bytes(grades.read_bytes()[:-40])
    assert "grades.jsonl:28: the line is cut off" in refused(invoke("compare", *runs))


@pytest.mark.parametrize(
    ("options", "message"),
    [([], "Missing argument"), (["x", "--pass", "2"], "not in the range"),
     (["x", "--changed", "-1"], "not in the range"), (["x", "--format", "xml"], "not one of")],
)  # fmt: skip
def test_mistakes_of_the_command_line(invoke: Invoke, options: list[str], message: str) -> None:
    result = invoke("compare", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_published_schema(invoke: Invoke) -> None:
    schema = json.loads(invoke("bank", "schema", "comparison").stdout)
    assert schema["title"] == "grader comparison"
