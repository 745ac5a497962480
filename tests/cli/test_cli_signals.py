"""``--signal`` on the command line: an installed package's signal from grading to validation."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import Result

ROOT = Path(__file__).parents[2]
PACKAGE = "shouting_signal"
CODE = '''
"""How loudly is it said? A third of the points is never judged."""
from grader.signals import Measured, PointMeasured


class Shouting:
    name, version = "shouting", "3"

    def __init__(self, options):
        self.broken = options == "broken"

    def measure(self, question, answers):
        if self.broken:
            raise OSError("hoarse")
        return [self.one(question, answer.source) for answer in answers]

    def one(self, question, text):
        share = min(1.0, text.count("!") / 4)
        if "?" in text:
            return Measured(points={p.id: PointMeasured(None) for p in question.points})
        return Measured(points={p.id: PointMeasured(share) for p in question.points})
'''
TEXTS = [
    "Край, производная мала!", "Производная почти равна нулю!!", "Не знаю", "Край!!!!", "Где край?",
]  # fmt: skip

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "site"
    info = folder / f"{PACKAGE}-3.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{PACKAGE}.py").write_text(CODE, "utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 3.0\n")
    (info / "entry_points.txt").write_text(f"[grader.signals]\nshouting = {PACKAGE}:Shouting\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("COLUMNS", "160")  # names of rows stay on a line
    yield
    sys.modules.pop(PACKAGE, None)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    rows = [
        {
            "id": f"a{n}",
            "question_id": ("saturation", "l2")[n % 2],
            "answer": f"{TEXTS[n % 5]} {n}",
            "grade": (n * 7) % 6,
        }
        for n in range(40)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def grades(run: Path) -> list[dict[str, Any]]:
    lines = (run / "grades.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_without_weight_scores_stay_and_the_signal_is_shown(
    score: Run, invoke: Run, tmp_path: Path, many: Path
) -> None:
    plain, run = tmp_path / "plain", tmp_path / "run"
    assert score("--out", plain, of=many).exit_code == 0
    found = score("--out", run, "--signal", "shouting", of=many)
    assert found.exit_code == 0, found.output
    assert found.stderr == ""
    before, after = grades(plain), grades(run)
    assert [one["score"] for one in before] == [one["score"] for one in after]
    assert [one["steps"] for one in before] == [one["steps"] for one in after]
    assert [one["signals"].get("shouting") for one in after[:5]] == [0.25, 0.5, 0.0, 1.0, None]
    assert "shouting 0.50" in invoke("explain", run, "a1").stdout
    assert "shouting 0,50" in invoke("explain", run, "a1", "--lang", "ru").stdout
    assert "shouting" in (run / "report.html").read_text("utf-8")
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert manifest["signals"] == [{"name": "shouting", "version": "3", "weight": 0.0}]
    assert manifest["signature"].endswith("|signals:shouting@3")
    assert manifest["options"]["signals"] == ["shouting"]
    other = json.loads((plain / "manifest.json").read_text("utf-8"))
    assert "signals" not in {*other, *other["identity"], *other["options"]}


def test_a_weight_is_explained(score: Run, invoke: Run, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert score("--out", run, "--signal", "shouting=0.25").exit_code == 0
    english = invoke("explain", run, "a1").stdout
    assert re.search(r"With further signals +shouting ×0\.25: 2×0\.\d\d \+ 1×0\.\d\d", english)
    assert "without further signals" in english
    russian = invoke("explain", run, "a1", "--lang", "ru").stdout
    assert re.search(r"С подключёнными сигналами +shouting ×0\.25: ", russian)
    assert "без подключённых сигналов" in russian


def test_worker_processes_know_it(score: Run, tmp_path: Path, many: Path) -> None:
    runs = []
    for workers in (1, 2):
        run = tmp_path / str(workers)
        found = score("--out", run, "--signal", "shouting=0.5", "--workers", workers, of=many)
        assert found.exit_code == 0, found.output
        runs.append((run / "grades.jsonl").read_bytes())
    assert runs[0] == runs[1]


def test_another_weight_is_another_run(score: Run, tmp_path: Path) -> None:
    run = tmp_path / "run"
    means = []
    for weight in ("0", "1", "1"):
        assert score("--out", run, "--signal", f"shouting={weight}").exit_code == 0
        means.append([one["score"] for one in grades(run)])
    assert means[0] != means[1]
    assert means[1] == means[2]


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("nope", "field 'signal': no signal 'nope'; known are judge, shouting;"),
        ("shouting:broken", "the signal 'shouting' failed: OSError: hoarse"),
        ("shouting=7", "the weight 7 of 'shouting' is not within 0..1"),
        ("judge", "the judge needs MODEL@BASE_URL"),
        ("", "field 'signal': no signal ''"),
        ("=0.5", "field 'signal': no signal '=0.5'"),
    ],
)
def test_refusals(score: Run, refused: Callable[[Result], str], signal: str, said: str) -> None:
    assert said in refused(score("--signal", signal))


def test_a_signal_that_fails_in_a_worker_is_named(
    score: Run, refused: Callable[[Result], str], many: Path
) -> None:
    found = score("--signal", "shouting:broken", "--workers", 2, of=many)
    assert "the signal 'shouting' failed: OSError: hoarse" in refused(found)


def test_validate_shows_it_alone_beside_our_score(
    score: Run, invoke: Run, tmp_path: Path, many: Path
) -> None:
    run = tmp_path / "run"
    assert score("--out", run, "--signal", "shouting", of=many).exit_code == 0
    english = invoke("validate", run, "--human", "grade")
    assert english.exit_code == 0, english.output
    assert "Further signals alone" in english.stdout
    assert "shouting alone" in english.stdout
    assert (
        "наш балл на тех же ответах"
        in invoke("validate", run, "--human", "grade", "--lang", "ru").stdout
    )
    files = [tmp_path / f"validation.{end}" for end in ("json", "md", "html")]
    to = [word for file in files for word in ("--to", file)]
    assert invoke("validate", run, "--human", "grade", *to).exit_code == 0
    assert "| shouting alone | 32 |" in files[1].read_text("utf-8")
    assert "shouting alone" in files[2].read_text("utf-8")
    report = json.loads(files[0].read_text("utf-8"))
    schema = json.loads((ROOT / "docs/schema/validation.schema.json").read_text("utf-8"))
    jsonschema.validate(report, schema)
    (alone,) = report["statistics"]["alone"]
    judged = [g for g in grades(run) if g["signals"]["shouting"] is not None]
    human = [one["extra"]["grade"] for one in judged]
    for side, values in (
        ("statistics", [one["signals"]["shouting"] for one in judged]),
        ("ours", [one["score"] for one in judged]),
    ):
        found = alone[side]
        assert found["n"] == len(judged) == 32
        expected = np.corrcoef(values, human)[0, 1]
        assert found["pearson"]["value"] == pytest.approx(expected, abs=1e-6)
        scaled = np.array(values) * report["scale"]["end"]
        rmse = float(np.sqrt(np.mean((scaled - human) ** 2)))
        assert found["rmse"]["value"] == pytest.approx(rmse, abs=1e-6)


def test_validate_without_further_signals_says_nothing_of_them(
    score: Run, invoke: Run, tmp_path: Path, many: Path
) -> None:
    run = tmp_path / "run"
    assert score("--out", run, of=many).exit_code == 0
    assert "signals alone" not in invoke("validate", run, "--human", "grade").stdout


def test_calibration_takes_a_weighted_run(
    score: Run, invoke: Run, tmp_path: Path, many: Path
) -> None:
    run, file = tmp_path / "run", tmp_path / "calibration.json"
    assert score("--out", run, "--signal", "shouting=0.5", of=many).exit_code == 0
    assert all(one.get("interval") is None for one in grades(run))
    fitted = invoke("calibrate", run, "--human", "grade", "--out", file)
    assert fitted.exit_code == 0, fitted.output
    again = tmp_path / "again"
    options = ["--signal", "shouting=0.5", "--calibration", file]
    assert score("--out", again, *options, of=many).exit_code == 0
    assert any(one.get("interval") is not None for one in grades(again))
