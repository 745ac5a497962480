"""The extra ``sentence-transformers``: real models through the real library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import grader
from grader.cli import cli

pytest.importorskip("sentence_transformers")

FOLDER = Path(grader.__file__).parent / "encoders" / "data" / "static-multi-128"


def scores(tmp_path: Path, encoder: str) -> list[float]:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(
        '{"question_id": "dropout", "answer": "Случайно отключает нейроны при обучении."}\n'
        '{"question_id": "p-value", "answer": "Вероятность таких данных при верной H0."}\n',
        encoding="utf-8",
    )
    out = tmp_path / encoder.partition(":")[0]
    result = CliRunner().invoke(
        cli, ["score", str(answers), "--encoder", encoder, "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    lines = (out / "grades.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["score"] for line in lines]


def test_the_embedded_folder_gives_the_same_grades_through_the_library(tmp_path: Path) -> None:
    embedded = scores(tmp_path, "embedded")
    assert scores(tmp_path, f"st:{FOLDER}") == pytest.approx(embedded, abs=1e-4)


def test_a_model_that_is_not_there_is_one_line_and_exit_2(tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"question_id": "dropout", "answer": "x"}\n', encoding="utf-8")
    missing = f"st:{tmp_path / 'nothing'}"
    result = CliRunner().invoke(cli, ["score", str(answers), "--encoder", missing])
    assert result.exit_code == 2
    assert result.output.startswith("grader: ")
    assert result.output.count("\n") == 1
