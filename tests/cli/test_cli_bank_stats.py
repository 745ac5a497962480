"""grader bank stats: the quality of questions and key points, from a run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from click.testing import Result

from grader.errors import RunError
from grader.report.items import answer_grades, build_items, items_schema, render_items
from grader.run import Run

ROOT = Path(__file__).parents[2]
Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

GOOD = ("Активация у края, и там нулевой градиент.", "Край диапазона, градиент почти исчезает.")
BAD = ("Нейрон много работает.", "Не помню точно.")
L2 = ("Штраф за большие веса делает модель проще.", "Ускоряет обучение.")


def rows(people: int = 20) -> list[dict[str, Any]]:
    """Good respondents first; they answer both questions well, the others neither."""
    found = []
    for n in range(people):
        good = n < people // 2
        for question, texts in (("saturation", GOOD if good else BAD), ("l2", L2)):
            text = texts[n % 2] if question == "saturation" else texts[not good]
            row = {"id": f"{question}-{n}", "question_id": question, "answer": text}
            found.append(row | {"respondent": f"p{n}", "grade": 5 if good else 1, "note": "fine"})
    return found


def scored(score: Invoke, folder: Path, answers: list[dict[str, Any]]) -> Path:
    path = folder / "graded.jsonl"
    path.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    assert score("--out", folder / "run", of=path).exit_code == 0
    return folder / "run"


@pytest.fixture
def run(score: Invoke, tmp_path: Path) -> Path:
    """Forty graded answers by twenty people to two questions."""
    return scored(score, tmp_path, rows())


def as_json(invoke: Invoke, run: Path, *options: object) -> dict[str, Any]:
    target = run.parent / "items.json"
    result = invoke("bank", "stats", run, "--to", target, *options)
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", f"{target}\n")
    found: dict[str, Any] = json.loads(target.read_text("utf-8"))
    return found


def test_prints_the_tables(invoke: Invoke, run: Path) -> None:
    result = invoke("bank", "stats", run, "--human", "grade")
    assert (result.exit_code, result.stderr) == (0, "")
    for part in (
        "small — Item quality",
        "40 answers · 2 questions · 20 respondents",
        "Cronbach’s α = ",
        "20 / 20",
        "0 questions of 2 discriminate poorly (below 0.20).",
        "Key points: 1 never fires.",
        "Questions — weakest first",
        "What is neuron saturation?",
        "Doubtful key points",
        "Misconceptions found in no answer",
        "Градиент взрывается.",
        "Consider as keywords",
        "градиент (10 / 0)",
        "0 / 10",
    ):
        assert part in " ".join(result.stdout.split())


def test_in_russian(invoke: Invoke, run: Path) -> None:
    shown = invoke("bank", "stats", run, "--lang", "ru").stdout
    assert "Качество вопросов" in shown
    assert "Ключевые пункты: 1 не срабатывает никогда." in shown
    assert "40 ответов · 2 вопроса · 20 респондентов" in shown


def test_json_fits_the_schema_and_holds_the_numbers(invoke: Invoke, run: Path) -> None:
    found = as_json(invoke, run, "--human", "grade")
    jsonschema.validate(found, items_schema())
    assert found["human"] == "grade"
    assert found["reliability"]["complete"] == 20
    assert found["reliability"]["alpha"]["value"] > 0.8
    saturation = next(q for q in found["questions"] if q["question_id"] == "saturation")
    assert saturation["statistics"]["n"] == 20
    assert saturation["statistics"]["criterion"] == "rest"
    assert saturation["statistics"]["discrimination"]["value"] > 0.8
    assert saturation["human"] == pytest.approx(0.6)
    assert [point["point_id"] for point in saturation["points"]] == ["edge", "slope"]
    edge, slope = (point["statistics"] for point in saturation["points"])
    assert (edge["covered"], edge["verdict"]) == (0.5, None)
    assert (slope["covered"], slope["verdict"]) == (0, "never")
    assert saturation["misconceptions"] == [{"misconception_id": "boom", "count": 0, "never": True}]


def test_suggestions_need_good_and_other_answers(invoke: Invoke, run: Path) -> None:
    (found,) = as_json(invoke, run, "--human", "grade")["suggestions"]
    assert (found["question_id"], found["point_id"]) == ("saturation", "slope")
    assert (found["good"], found["fired"], found["other"]) == (10, 0, 10)
    terms = [term["term"] for term in found["terms"]]
    # Words of the question and of the keywords of either point are none.
    assert terms == ["градиент"]
    # By the machine's own scores no answer without that point is good.
    assert as_json(invoke, run)["suggestions"] == []


def test_writes_files(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    targets = [tmp_path / "i.md", tmp_path / "i.csv"]
    words = [word for path in targets for word in ("--to", path)]
    result = invoke("bank", "stats", run, "--human", "grade", *words)
    assert result.stdout.split() == [str(path) for path in targets]
    markdown = targets[0].read_text("utf-8")
    assert "## Key points" in markdown
    assert "## Consider as keywords" in markdown
    table = list(csv.DictReader(io.StringIO(targets[1].read_text("utf-8-sig"))))
    assert [row["kind"] for row in table].count("question") == 2
    point = next(row for row in table if row["id"] == "slope")
    assert (point["covered"], point["verdict"], point["facility"]) == ("0.0", "never", "")


def test_without_respondents(invoke: Invoke, score: Invoke, tmp_path: Path) -> None:
    run = scored(score, tmp_path, [{**row, "respondent": None} for row in rows()])
    shown = invoke("bank", "stats", run).stdout
    assert "No Cronbach’s α: the answers name no respondents." in shown
    assert "* Ranked by the question’s own scores" in shown
    found = as_json(invoke, run, "--human", "grade")
    assert {q["statistics"]["criterion"] for q in found["questions"]} == {"human"}
    assert found["reliability"]["reason"] == "no_respondents"


def test_a_point_that_works_against(run: Path) -> None:
    loaded = Run.read(run)
    grades = tuple(
        msgspec.structs.replace(grade, points={"edge": n / 40, "slope": 1 - n / 40})
        for n, grade in enumerate(loaded.grades)
        if grade.question_id == "saturation"
    )
    report = build_items(msgspec.structs.replace(loaded, grades=grades))
    shown = render_items(".MD", loaded, report, lang="en").decode()
    assert shown.count("works against") == 2
    assert "2 work against the score" in shown
    assert "respondents’ answers are to one question only" in shown


def test_mean_width_of_intervals_and_repeated_answers(run: Path) -> None:
    loaded = Run.read(run)
    grades = [msgspec.structs.replace(grade, interval=(0.1, 0.4)) for grade in loaded.grades]
    grades += [msgspec.structs.replace(g, answer_id=f"{g.answer_id}-2") for g in loaded.grades]
    report = build_items(msgspec.structs.replace(loaded, grades=tuple(grades)))
    assert [question.width for question in report.questions] == [pytest.approx(0.3)] * 2
    assert report.reliability.complete == 20
    assert "Interval width" in render_items(".md", loaded, report, lang="en").decode()


def test_grades_of_nobody(run: Path) -> None:
    loaded = Run.read(run)
    with pytest.raises(RunError, match="field 'grade': no answer of the run has a human grade"):
        answer_grades(loaded, [None] * len(loaded.grades), "grade")


def test_the_scale_is_guessed_or_said(run: Path) -> None:
    loaded = Run.read(run)
    assert answer_grades(loaded, [4.5, None]) == [0.9, None]
    assert answer_grades(loaded, [4.5, None], scale=9) == [0.5, None]


def test_a_bank_that_is_gone(invoke: Invoke, run: Path, bank: Path) -> None:
    moved = bank.rename(bank.with_name("moved.yaml"))
    result = invoke("bank", "stats", run, "--human", "grade")
    assert result.exit_code == 0
    assert result.stderr.startswith("no keywords suggested, --bank tells the bank: ")
    assert "Consider as keywords" not in result.stdout
    result = invoke("bank", "stats", run, "--human", "grade", "--bank", moved)
    assert result.stderr == ""
    assert "Consider as keywords" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--human", "grades"], "no column 'grades'; did you mean 'grade'?"),
        (["--human", "note"], "field 'note': answer 'saturation-0': 'fine' is not a number"),
        (["--grades", "grades.csv"], "--human FIELD tells which column of --grades"),
        (["--human", "grade", "--grades", "none.csv"], "none.csv: no such file"),
        (["--to", "i.pdf"], "i.pdf: no report of the kind '.pdf'; known are .csv, .json, .md"),
        (["--human", "grade", "--scale", "4"], "field 'grade': the grade 5 is above 4"),
        (["--bank", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_one_line(
    invoke: Invoke, refused: Refused, run: Path, options: list[str], message: str
) -> None:
    assert message in refused(invoke("bank", "stats", run, *options))


def test_no_run(invoke: Invoke, refused: Refused, tmp_path: Path) -> None:
    assert "no run here" in refused(invoke("bank", "stats", tmp_path / "x"))


def test_a_run_without_answers(invoke: Invoke, refused: Refused, run: Path) -> None:
    (run / "grades.jsonl").write_text("")
    assert "the run has no answers" in refused(invoke("bank", "stats", run))


def test_the_published_schema(invoke: Invoke) -> None:
    shown = invoke("bank", "schema", "items").stdout
    assert json.loads(shown)["title"] == "grader item quality"
    published = ROOT / "docs" / "schema" / "items.schema.json"
    assert published.read_text("utf-8") == shown, "run: grader bank schema items"


@pytest.mark.usefixtures("embedded")
def test_the_demo(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("demo", "--out", tmp_path / "run").exit_code == 0
    result = invoke("bank", "stats", tmp_path / "run", "--human", "expected")
    assert (result.exit_code, result.stderr) == (0, "")
    for part in (
        "304 answers · 76 questions · 4 respondents",
        "4 / 4; at least 5 are needed",
        "76 questions have fewer than 5 scored answers",
        "and 61 more",
    ):
        assert part in " ".join(result.stdout.split())
    assert "Doubtful key points" not in result.stdout
