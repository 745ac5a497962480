"""grader validate: a run against human grades."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

TEXTS = (
    "Активация лежит у края диапазона, производная мала.",
    "Край.",
    "Градиент взрывается.",
    "Производная почти равна нулю, вес не обновляется.",
)
GRADES = (5, 2, 0, "3")


@pytest.fixture
def run(score: Invoke, tmp_path: Path) -> Path:
    """Eight graded answers to two questions, with what people gave them in further columns."""
    rows = [
        {
            "id": f"{question}-{n}",
            "question_id": question,
            "answer": text,
            "respondent": "Анна" if n % 2 else "Ян",
            "grade": grade,
            "second": min(5, int(grade) + 1) if n else None,
            "note": "good",
        }
        for question in ("saturation", "l2")
        for n, (text, grade) in enumerate(zip(TEXTS, GRADES, strict=True))
    ]
    answers = tmp_path / "graded.jsonl"
    answers.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    path = tmp_path / "run"
    assert score("--out", path, of=answers).exit_code == 0
    return path


def test_prints_the_statistics(invoke: Invoke, run: Path) -> None:
    result = invoke("validate", run, "--human", "grade", "--human2", "second", "--group", "topic")
    assert result.exit_code == 0
    assert result.stderr == ""
    for part in ("8 answers · 2 questions", "QWK", "0 to 5 in steps of 1", "PRMSE", "DSM", "OSA"):
        assert part in result.stdout


def test_in_russian(invoke: Invoke, run: Path) -> None:
    shown = invoke("validate", run, "--human", "grade", "--lang", "ru").stdout
    assert "Согласие с оценками людей" in shown


def test_writes_files(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"v.{kind}" for kind in ("html", "md", "json")]
    words = [word for path in targets for word in ("--to", path)]
    result = invoke("validate", run, "--human", "grade", "--group", "respondent", *words)
    assert result.exit_code == 0
    assert result.stdout.split() == [str(path) for path in targets]
    page, markdown, data = (path.read_text("utf-8") for path in targets)
    assert page.startswith("<!doctype html>")
    assert "## Statistics" in markdown
    found = json.loads(data)
    assert found["fields"] == {"human": "grade", "second": None, "group": "respondent"}
    assert {group["group"] for group in found["statistics"]["subgroups"]} == {"Анна", "Ян"}


def test_grades_from_a_file(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    grades = tmp_path / "grades.csv"
    grades.write_text("answer_id,mark\nsaturation-0,10\nl2-1,2\nl2-2,\nother,3\n", encoding="utf-8")
    target = tmp_path / "v.json"
    result = invoke(
        "validate", run, "--grades", grades, "--human", "mark", "--scale", 10, "--to", target
    )
    assert result.exit_code == 0
    assert result.stderr == f"Rows of {grades} whose answer the run has not: 1\n"
    found = json.loads(target.read_text("utf-8"))
    assert [each["answer_id"] for each in found["compared"]] == ["saturation-0", "l2-1"]
    assert found["ungraded"] == 6
    assert found["scale"]["end_guessed"] is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--human", "grades"], "no column 'grades'; did you mean 'grade'? (there are 'grade', "),
        (["--human", "note"], "field 'note': answer 'saturation-0': 'good' is not a number"),
        (["--human", "grade", "--group", "sex"], "no column 'sex'"),
        (["--human", "grade", "--human2", "note"], "field 'note': answer 'saturation-0'"),
        (["--human", "grade", "--scale", "4"], "answer 'saturation-0': the grade 5 is above 4"),
        (["--human", "grade", "--to", "v.pdf"], "v.pdf: no report of the kind '.pdf'; known are"),
        (["--human", "grade", "--grades", "none.csv"], "none.csv: no such file"),
    ],
)
def test_mistakes_are_one_line(
    invoke: Invoke, refused: Refused, run: Path, options: list[str], message: str
) -> None:
    assert message in refused(invoke("validate", run, *options))


def test_one_grade_is_too_few(invoke: Invoke, refused: Refused, run: Path, tmp_path: Path) -> None:
    grades = tmp_path / "grades.csv"
    grades.write_text("answer_id,mark\nl2-1,2\n", encoding="utf-8")
    said = refused(invoke("validate", run, "--grades", grades, "--human", "mark"))
    assert said == (
        "grader: field 'mark': 1 of 8 answers has a score and a human grade; "
        "at least 2 are needed\n"
    )


def test_no_run(invoke: Invoke, refused: Refused, tmp_path: Path) -> None:
    assert "no run here" in refused(invoke("validate", tmp_path / "x", "--human", "grade"))


@pytest.mark.parametrize("option", ["--scale", "--step"])
def test_scale_and_step_are_above_zero(invoke: Invoke, run: Path, option: str) -> None:
    result = invoke("validate", run, "--human", "grade", option, "0")
    assert result.exit_code == 2
    assert "0 is not in the range" in result.stderr


def test_the_published_schema(invoke: Invoke) -> None:
    schema = json.loads(invoke("bank", "schema", "validation").stdout)
    assert schema["title"] == "grader validation"
