"""Grading into a folder: resumable, in constant memory, the same to the last byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from grader import AnswersError, Bank, Grader, RunError
from grader.answers import AnswerSource
from grader.bank import samples
from grader.engine import Recipe, Scoring, runs
from grader.engine.local import LocalEngine
from grader.engine.work import InProcess
from grader.engine.workspace import FOLDER, Workspace
from grader.report import build_report, write_run
from grader.run import Run, encode_grade

FILES = ("grades.jsonl", "bank.json", "report.json", "report.html")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_SHARD", 10)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some sample answers; among them copies, in different shards."""
    lines = samples("ds-interview").read_text(encoding="utf-8").splitlines()[:57]
    copy = json.loads(lines[0]) | {"answer_id": "copied", "respondent": "Someone"}
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    text = "\n".join([*lines, json.dumps(copy, ensure_ascii=False)])
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Recipe(Bank.load("ds-interview"), tier="fast")


def scoring(recipe: Recipe, answers: Path, folder: Path, **options: Any) -> Scoring:
    source = AnswerSource(answers, known_questions=recipe.bank.questions)
    return Scoring(recipe, source, folder, **options)


def finished(work: Scoring, folder: Path, **options: Any) -> dict[str, bytes]:
    run = work.run(progress=lambda total, done: nullcontext(), **options)
    write_run(run, build_report(run), folder, lang="en")
    work.finish()
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


@pytest.fixture(scope="module")
def whole(
    recipe: Recipe, answers: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return finished(scoring(recipe, answers, folder), folder)


class Interrupted:
    """An engine that is stopped after so many shards."""

    def __init__(self, grader: Grader, after: int) -> None:
        self._inner = InProcess(grader)
        self._after = after

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        yield from islice(self._inner.grade(recipe, workspace, shards), self._after)
        raise KeyboardInterrupt


def test_one_by_one_is_the_same(recipe: Recipe, answers: Path, whole: dict[str, bytes]) -> None:
    grader = recipe.grader()
    source = AnswerSource(answers, known_questions=recipe.bank.questions)
    lines = whole["grades.jsonl"].splitlines(keepends=True)
    for answer, line in zip(source, lines, strict=True):
        kept = json.loads(line)
        alone = json.loads(encode_grade(grader.grade_all([answer])[0]))  # type: ignore[list-item]
        if "copy" in kept["flags"]:
            kept["flags"].remove("copy")
            kept["flag_details"] = [f for f in kept["flag_details"] if f["name"] != "copy"]
        assert alone == kept


def test_copies_are_found_across_shards(whole: dict[str, bytes]) -> None:
    rows = [json.loads(line) for line in whole["grades.jsonl"].splitlines()]
    copies = [row["answer_id"] for row in rows if "copy" in row["flags"]]
    assert copies == [rows[0]["answer_id"], "copied"]


def test_an_interrupted_run_goes_on(
    recipe: Recipe, answers: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    for after in (0, 2, 5):
        folder = tmp_path / str(after)
        work = scoring(recipe, answers, folder)
        with pytest.raises(KeyboardInterrupt):
            finished(work, folder, engine=Interrupted(recipe.grader(), after))
        assert not (folder / "manifest.json").exists()
        again = scoring(recipe, answers, folder)
        kept = sorted((folder / FOLDER / "grades").glob("*.jsonl"))
        times = {path.name: path.stat().st_mtime_ns for path in kept}
        assert len(kept) == after
        shown = Mock(return_value=nullcontext())
        run = again.run(progress=shown)
        shown.assert_called_once_with(58, 10 * after)
        assert {path.name: path.stat().st_mtime_ns for path in kept} == times
        write_run(run, build_report(run), folder, lang="en")
        again.finish()
        assert {name: (folder / name).read_bytes() for name in whole} == whole
        assert not (folder / FOLDER).exists()


def test_worker_processes_give_the_same(
    recipe: Recipe, answers: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    assert finished(scoring(recipe, answers, tmp_path), tmp_path, workers=2) == whole


def test_parquet_holds_the_same_grades(
    recipe: Recipe, answers: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    finished(scoring(recipe, answers, tmp_path, kind="parquet"), tmp_path, workers=2)
    assert len(list((tmp_path / "grades").glob("*.parquet"))) == 6
    read = b"".join(encode_grade(grade) for grade in Run.read(tmp_path).grades)
    assert read == whole["grades.jsonl"]


def test_an_unfinished_run_of_something_else_is_named(
    recipe: Recipe, answers: Path, tmp_path: Path
) -> None:
    work = scoring(recipe, answers, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        finished(work, tmp_path, engine=Interrupted(recipe.grader(), 1))
    other = tmp_path / "other.jsonl"
    other.write_text(answers.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    bare = Bank.load("ds-interview", rubrics=_no_rubrics(tmp_path))
    for changed, name in (
        (scoring(recipe, other, tmp_path), "answers"),
        (scoring(Recipe(recipe.bank, tier="fast", encoder="none"), answers, tmp_path), "encoder"),
        (scoring(Recipe(bare, tier="fast"), answers, tmp_path), "bank and rubrics"),
        (scoring(recipe, answers, tmp_path, kind="parquet"), "--grades-as"),
    ):
        with pytest.raises(RunError, match=f"unfinished run with other {name}.*--restart"):
            finished(changed, tmp_path)
    assert len(list((tmp_path / FOLDER / "grades").iterdir())) == 1
    finished(scoring(recipe, other, tmp_path), tmp_path, restart=True)
    assert not (tmp_path / FOLDER).exists()


def _no_rubrics(folder: Path) -> Path:
    path = folder / "rubrics.yaml"
    text = "rubrics:\n  - question: dropout\n    key_points:\n      - id: a\n        text: Точка.\n"
    path.write_text(text, encoding="utf-8")
    return path


def test_bad_rows_are_refused_before_anything_is_graded(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"question_id": "dropout", "answer": "a"}\n{"question_id": "x"}\n')
    with pytest.raises(AnswersError, match="--skip-bad"):
        finished(scoring(recipe, path, tmp_path / "run"), tmp_path / "run")
    finished(scoring(recipe, path, tmp_path / "run", skip_bad=True), tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_bytes())
    assert manifest["answers"]["left_out"] == 1


def test_an_error_in_a_worker_is_the_callers(recipe: Recipe, answers: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    rows = AnswerSource(answers, known_questions=recipe.bank.questions)
    workspace.take_in(rows, {}, size=30, started="", check=lambda count, bad: None)
    (tmp_path / FOLDER / "answers" / "00001.msgpack").unlink()
    done = LocalEngine(2).grade(recipe, workspace, [0, 1])
    with pytest.raises(RunError, match="00001"):
        list(done)
