"""Runs that lie there already, finished or not, and what the cache holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from grader.engine import runs, work

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The user presses Ctrl-C when so many shards are done."""
    whole = work.graded
    left = [after]

    def graded(*arguments: object) -> bytes:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "_SHARD", 1)
    monkeypatch.setattr(work, "graded", graded)


def test_a_finished_run_is_shown_not_made_again(score: Invoke, tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = score("--out", out)
    before = stamps(out)
    again = score("--out", out)
    assert again.exit_code == 0
    assert again.stdout == first.stdout
    assert stamps(out) == before


def test_in_another_language_only_its_page_is_written_anew(score: Invoke, tmp_path: Path) -> None:
    out = tmp_path / "run"
    score("--out", out)
    before = stamps(out)
    score("--out", out, "--lang", "ru")
    changed = {name for name, stamp in stamps(out).items() if stamp != before[name]}
    assert changed == {"report.html", "manifest.json"}
    assert 'lang="ru"' in (out / "report.html").read_text(encoding="utf-8")


def test_other_answers_are_graded_anew(score: Invoke, answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    score("--out", out)
    rows = answers.read_text(encoding="utf-8").splitlines(keepends=True)
    answers.write_text("".join(rows[:2]), encoding="utf-8")
    assert "2 answers" in score("--out", out).stdout
    assert (out / "grades.jsonl").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("name", ["manifest.json", "bank.json", "report.json", "report.html"])
def test_a_damaged_run_is_mended(score: Invoke, tmp_path: Path, name: str) -> None:
    out = tmp_path / "run"
    first = score("--out", out)
    whole = (out / name).read_bytes()
    if name == "report.html":
        (out / name).unlink()
    else:
        (out / name).write_bytes(whole[: len(whole) // 2])
    again = score("--out", out)
    assert again.exit_code == 0
    assert again.stdout == first.stdout
    if name != "manifest.json":  # it has times
        assert (out / name).read_bytes() == whole


def test_what_was_interrupted_goes_on(
    score: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, whole = tmp_path / "run", tmp_path / "whole"
    score("--out", whole)
    with monkeypatch.context() as patch:
        interrupt(patch, after=2)
        stopped = score("--out", out)
        assert stopped.exit_code == 130
        assert "goes on from here" in stopped.stderr
        assert not (out / "manifest.json").exists()
        kept = out / ".unfinished" / "grades"
        assert [path.name for path in sorted(kept.iterdir())] == ["00000.jsonl", "00001.jsonl"]
    assert score("--out", out).exit_code == 0
    for name in ("grades.jsonl", "report.json", "report.html", "bank.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    assert not (out / ".unfinished").exists()


def test_an_unfinished_run_of_other_answers_is_named(
    score: Invoke,
    answers: Path,
    refused: Refused,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupt(patch, after=1)
        score("--out", out)
    answers.write_text(answers.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    said = refused(score("--out", out))
    assert "unfinished run with other answers" in said
    assert "--restart" in said
    assert (out / ".unfinished" / "grades" / "00000.jsonl").exists()
    assert score("--out", out, "--restart").exit_code == 0


def test_workers_and_parquet(score: Invoke, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    score("--out", one)
    assert score("--out", other, "--workers", 2, "--grades-as", "parquet").exit_code == 0
    assert [path.name for path in (other / "grades").iterdir()] == ["00000.parquet"]
    assert (one / "report.json").read_bytes() == (other / "report.json").read_bytes()


def test_an_address_without_its_engine(score: Invoke) -> None:
    result = score("--address", "head:6379")
    assert result.exit_code == 2
    assert "--engine ray" in result.stderr


def test_a_folder_of_parts(score: Invoke, answers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, line in enumerate(answers.read_text(encoding="utf-8").splitlines()):
        (folder / f"{number}.jsonl").write_text(line + "\n", encoding="utf-8")
    found = json.loads(score("--format", "json", of=folder).stdout)
    assert [answer["answer_id"] for answer in found["answers"]] == ["a1", "a2", "a3"]


def test_the_cache_can_be_seen_and_cleared(
    invoke: Invoke, score: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    assert score().exit_code == 0
    shown = invoke("cache", "info").stdout
    assert str(tmp_path / "cache") in shown
    assert "1  question banks" in shown
    assert "1  банки вопросов" in invoke("cache", "info", "--lang", "ru").stdout
    assert invoke("cache", "clear").exit_code == 0
    assert "question banks" not in invoke("cache", "info").stdout
    monkeypatch.setenv("GRADER_CACHE", "off")
    assert invoke("cache", "info").stdout.startswith("off: 0.0")
