"""grader report and grader explain: a run shown again."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]


@pytest.fixture
def run(score: Invoke, tmp_path: Path) -> Path:
    path = tmp_path / "run"
    assert score("--out", path).exit_code == 0
    return path


def test_a_run_is_shown_as_when_it_was_made(invoke: Invoke, score: Invoke, run: Path) -> None:
    assert invoke("report", run).stdout == score().stdout


def test_in_russian(invoke: Invoke, run: Path) -> None:
    assert "Глубокое обучение" in invoke("report", run, "--lang", "ru").stdout


def test_files_of_all_kinds_at_once(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"r.{kind}" for kind in ("html", "md", "csv", "xlsx", "json", "xml")]
    result = invoke("report", run, *(word for path in targets for word in ("--to", path)))
    assert result.exit_code == 0
    assert result.stdout.split() == [str(path) for path in targets]
    html, markdown, table, sheet, data, junit = targets
    assert html.read_text("utf-8").lstrip().lower().startswith("<!doctype html>")
    assert markdown.read_text("utf-8").startswith("# small")
    found = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert [row["answer_id"] for row in found] == ["a1", "a2", "a3"]
    assert zipfile.is_zipfile(sheet)
    assert json.loads(data.read_text("utf-8"))["bank"]["name"] == "small"
    assert ElementTree.parse(junit).getroot().tag in {"testsuites", "testsuite"}


def test_a_threshold_for_junit(invoke: Invoke, run: Path, tmp_path: Path) -> None:
    target = tmp_path / "junit.xml"
    assert invoke("report", run, "--fail-under", "0.9", "--to", target).exit_code == 1
    assert list(ElementTree.parse(target).getroot().iter("failure"))


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.HTML.gz"])
def test_a_kind_that_there_is_not(
    invoke: Invoke, refused: Refused, run: Path, tmp_path: Path, name: str
) -> None:
    assert ".html" in refused(invoke("report", run, "--to", tmp_path / name))
    assert not (tmp_path / name).exists()


def test_a_target_that_cannot_be_written(
    invoke: Invoke, refused: Refused, run: Path, tmp_path: Path
) -> None:
    refused(invoke("report", run, "--to", tmp_path / "nowhere" / "r.md"))


def test_no_run(invoke: Invoke, refused: Refused, tmp_path: Path) -> None:
    for command in (("report",), ("explain", "a1")):
        name, *rest = command
        assert "score ANSWERS --out" in refused(invoke(name, tmp_path / "nowhere", *rest))
        assert "not complete" in refused(invoke(name, tmp_path, *rest))


def test_a_broken_run(invoke: Invoke, refused: Refused, run: Path) -> None:
    grades = run / "grades.jsonl"
    grades.write_bytes(grades.read_bytes()[:-20])
    assert "grades.jsonl:3" in refused(invoke("report", run))


def test_explain_prints_the_whole_derivation(invoke: Invoke, run: Path) -> None:
    result = invoke("explain", run, "a1")
    assert result.exit_code == 0
    for part in (
        "What is neuron saturation?",
        "Активация лежит у края диапазона.",
        "The derivative is nearly zero.",
        "Край, производная мала.",
        "How the score came about",
        " / 5",
    ):
        assert part in result.stdout
    assert "Ключевые пункты" in invoke("explain", run, "a1", "--lang", "ru").stdout


def test_explain_shows_flags(invoke: Invoke, run: Path) -> None:
    assert "don't know" in invoke("explain", run, "a3").stdout


def test_explain_an_answer_that_the_run_has_not(
    invoke: Invoke, refused: Refused, run: Path
) -> None:
    assert "'b1'" in refused(invoke("explain", run, "b1"))
    assert "did you mean" in refused(invoke("explain", run, "a11"))
