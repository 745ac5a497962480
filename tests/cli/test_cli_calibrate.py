"""grader calibrate: from a run and human grades to a calibration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from grader.run import Run
from grader.scoring import Calibration, uncalibrated

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

PARTS = (
    "Активация лежит у края диапазона.",
    "Производная почти равна нулю.",
    "Вес не обновляется.",
    "Штраф за большие веса делает модель проще.",
    "Она меньше переобучается.",
)
GRADES = {"saturation": (2, 2, 1, 0, 0), "l2": (0, 0, 0, 3, 2)}


OPENINGS = ("", "Итак: ", "Думаю, так: ")
"""To say the same in three ways, so that a question has more than sixty different answers."""


@pytest.fixture
def run(score: Invoke, tmp_path: Path) -> Path:
    """Sixty-two graded answers to two questions; the person gives one point more than is due."""
    rows = []
    for question, worth in GRADES.items():
        for mask in range(1, 32):
            said = [place for place in range(5) if mask >> place & 1]
            due = sum(worth[place] for place in said)
            rows.append(
                {
                    "id": f"{question}-{mask}",
                    "question_id": question,
                    "answer": " ".join(PARTS[place] for place in said),
                    "grade": min(5, due + 1),
                    "some": due if mask < 5 else None,
                    "note": "good",
                }
            )
    answers = tmp_path / "graded.jsonl"
    answers.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    path = tmp_path / "run"
    assert score("--tier", "fast", "--out", path, of=answers).exit_code == 0
    return path


def test_writes_beside_the_bank_and_says_where(invoke: Invoke, run: Path, bank: Path) -> None:
    result = invoke("calibrate", run, "--human", "grade")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    path = bank.with_name("calibration.json")
    for part in (
        "62 answers · 2 questions",
        "0 to 5 in steps of 1",
        "New score = ",
        "Agreement on answers held out",
        "The 90% interval holds",
        "When a person grades the least certain answers",
        f"Calibration: {path}\n",
        f"grader score ANSWERS --calibration {path}\n",
    ):
        assert part in result.stdout
    found = Calibration.read(path)
    assert (found.answers, found.questions) == (62, 2)
    assert found.tier == "fast"
    assert found.signature == Run.read(run).manifest["signature"]
    assert found.intercept > 0
    assert found.held_out is not None
    assert found.held_out.after.rmse < found.held_out.before.rmse
    assert found.held_out.coverage is not None
    assert found.held_out.coverage > 0.8


def test_agreement_before_is_that_of_validate(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    path, target = tmp_path / "c.json", tmp_path / "v.json"
    assert invoke("calibrate", run, "--human", "grade", "--out", path).exit_code == 0
    assert invoke("validate", run, "--human", "grade", "--to", target).exit_code == 0
    told = json.loads(target.read_text("utf-8"))["statistics"]["overall"]
    found = Calibration.read(path).held_out
    assert found is not None
    assert found.before.r == pytest.approx(told["pearson"]["value"])
    assert found.before.qwk == pytest.approx(told["qwk"]["value"])
    assert found.before.rmse * 5 == pytest.approx(told["rmse"]["value"])


@pytest.mark.parametrize(
    ("lang", "message"),
    [
        ("en", "2 questions have graded answers enough to learn from. There, new score = "),
        ("ru", "У 2 вопросов довольно оценённых ответов, чтобы учиться по ним. Там новый балл = "),
    ],
)
def test_says_for_how_many_questions_it_learned(
    invoke: Invoke, score: Invoke, tmp_path: Path, lang: str, message: str
) -> None:
    rows = [
        # What the person looks for is no part of what is expected.
        {
            "id": f"{question}-{mask}-{place}",
            "question_id": question,
            "answer": opening + " ".join(p for bit, p in enumerate(PARTS) if mask >> bit & 1),
            "grade": 1 + 3 * (mask >> odd & 1),
        }
        for question, odd in (("saturation", 4), ("l2", 0))
        for mask in range(1, 32)
        for place, opening in enumerate(OPENINGS)
    ]
    path, out = tmp_path / "graded.jsonl", tmp_path / "c.json"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert score("--tier", "fast", "--out", tmp_path / "r", of=path).exit_code == 0
    words = ("--human", "grade", "--scale", 5, "--out", out, "--lang", lang)
    result = invoke("calibrate", tmp_path / "r", *words)
    assert result.exit_code == 0, result.output
    assert message in " ".join(result.stdout.split())
    found = Calibration.read(out)
    assert found.exemplars is not None
    assert sorted(found.exemplars.models) == ["l2", "saturation"]
    assert found.held_out is not None
    assert found.held_out.after.rmse < found.held_out.before.rmse


def test_in_russian(invoke: Invoke, run: Path) -> None:
    shown = invoke("calibrate", run, "--human", "grade", "--lang", "ru").stdout
    for part in ("Калибровка по оценкам людей", "Новый балл = ", "Согласие на отложенных ответах"):
        assert part in shown


def test_a_calibrated_run_gives_the_same_calibration(
    invoke: Invoke, run: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    assert invoke("calibrate", run, "--human", "grade", "--out", first).exit_code == 0
    loaded, found = Run.read(run), Calibration.read(first)
    weights = {q.id: {p.id: p.weight for p in q.key_points} for q in loaded.questions.values()}
    grades = tuple(found.apply(g, weights[g.question_id]) for g in loaded.grades)
    assert any(grade.steps[-1].name == "calibration" for grade in grades)
    again = tmp_path / "again"
    Run(grades, loaded.questions, loaded.manifest).write(again)
    read = Run.read(again).grades
    assert {grade.needs_review for grade in read} <= {True, False}
    assert [uncalibrated(grade).score for grade in read] == [g.score for g in loaded.grades]
    assert invoke("calibrate", again, "--human", "grade", "--out", second).exit_code == 0
    assert Calibration.read(second) == found


def test_without_the_bank_in_the_directory_of_the_run(
    invoke: Invoke, run: Path, bank: Path
) -> None:
    bank.unlink()
    result = invoke("calibrate", run, "--human", "grade")
    assert result.stdout.endswith(f"--calibration {run / 'calibration.json'}\n")
    assert Run.read(run).grades
    assert (run / "calibration.json").is_file()


def test_grades_from_a_file(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    grades = tmp_path / "grades.csv"
    # What the machine gives: nothing to learn, and too few to check the intervals.
    graded = tuple(Run.read(run).grades)[:23]
    lines = [f"{grade.answer_id},{10 * (grade.score or 0)}" for grade in graded]
    grades.write_text("\n".join(["answer_id,mark", *lines, "other,3"]), encoding="utf-8")
    path = tmp_path / "c.json"
    words = ("calibrate", run, "--grades", grades, "--human", "mark", "--scale", 10, "--out", path)
    result = invoke(*words)
    assert result.exit_code == 0
    assert result.stderr == f"Rows of {grades} whose answer the run has not: 1\n"
    assert "so scores stay and only intervals are added" in result.stdout
    assert "too few grades to check" in result.stdout
    found = Calibration.read(path)
    assert found.shrinkage is None
    assert found.answers == 23


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--human", "grades"], "no column 'grades'; did you mean 'grade'?"),
        (["--human", "note"], "field 'note': answer 'saturation-1': 'good' is not a number"),
        (["--human", "some"], "8 answers have a score and a human grade; calibration needs at lea"),
        (["--human", "grade", "--scale", "4"], "the grade 5 is above 4"),
        (["--human", "grade", "--grades", "none.csv"], "none.csv: no such file"),
        (["--human", "grade", "--out", "no/c.json"], "no/c.json: cannot be written: No such file"),
    ],
)
def test_mistakes_are_one_line(
    invoke: Invoke, refused: Refused, run: Path, options: list[str], message: str
) -> None:
    assert message in refused(invoke("calibrate", run, *options))


def test_no_run(invoke: Invoke, refused: Refused, tmp_path: Path) -> None:
    assert "no run here" in refused(invoke("calibrate", tmp_path / "x", "--human", "grade"))
