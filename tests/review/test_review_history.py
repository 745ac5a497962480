"""The history of practice: appended to, never rewritten, readable after a power cut."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader import GraderError, Question
from grader.review import Attempt, History, default_history, in_order_of_need


def attempt(question: str, score: float | None = 0.5, bank: str = "small") -> Attempt:
    return Attempt("2024-02-29T12:00:00+00:00", bank, question, ("тема",), score, "ответ\nв строки")


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    history = History(tmp_path / "new" / "folder" / "practice.jsonl")
    assert list(history.attempts("small")) == []
    given = [attempt("a"), attempt("b", None), attempt("a", 1.0)]
    for one in given:
        history.append(one)
    assert list(history.attempts("small")) == given


def test_appending_never_changes_what_is_there(tmp_path: Path) -> None:
    history = History(tmp_path / "practice.jsonl")
    seen = b""
    for number in range(4):
        history.append(attempt(f"q{number}"))
        now = history.path.read_bytes()
        assert now.startswith(seen)
        assert now.count(b"\n") == number + 1
        seen = now


def test_other_banks_are_left_out(tmp_path: Path) -> None:
    history = History(tmp_path / "practice.jsonl")
    history.append(attempt("a", bank="other"))
    history.append(attempt("b"))
    assert [one.question_id for one in history.attempts("small")] == ["b"]


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    history = History(tmp_path / "practice.jsonl")
    history.append(attempt("before"))
    whole = history.path.read_bytes()
    for torn in (b'{"time":"2024', b"\xff\xfe", b"{}", b"\x00" * 8):
        history.path.write_bytes(whole + torn)
        history.append(attempt("after"))
        found = [one.question_id for one in history.attempts("small")]
        assert found == ["before", "after"], torn


def test_appended_from_several_threads_every_line_is_whole(tmp_path: Path) -> None:
    history = History(tmp_path / "practice.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: history.append(attempt(f"q{n}")), range(40)))
    assert len({one.question_id for one in history.attempts("small")}) == 40


def test_a_history_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    history = History(tmp_path)  # a folder
    with pytest.raises(GraderError, match="cannot be written"):
        history.append(attempt("a"))
    with pytest.raises(GraderError, match="cannot be read"):
        list(history.attempts("small"))
    below = tmp_path / "file"
    below.write_text("")
    with pytest.raises(GraderError, match="cannot be written"):
        History(below / "practice.jsonl").append(attempt("a"))


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path))
    assert default_history().path == tmp_path / "practice.jsonl"
    monkeypatch.delenv("GRADER_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = default_history().path
    assert path.name == "practice.jsonl"
    assert path.parent.name == "grader"
    assert not path.exists()
    assert os.fspath(path) != os.fspath(tmp_path / "practice.jsonl")


def test_questions_in_order_of_need() -> None:
    questions = [Question(id, id, ("t",)) for id in ("good", "new", "bad", "unjudged", "newer")]
    attempts = [
        attempt("good", 0.1),
        attempt("bad", 0.9),
        attempt("good", 0.8),
        attempt("bad", 0.2),
        attempt("unjudged", None),
    ]
    found = [question.id for question in in_order_of_need(questions, attempts)]
    # Never tried first, in the bank's order; then by the last attempt, the worst first.
    assert found == ["new", "newer", "unjudged", "bad", "good"]
    assert in_order_of_need([], attempts) == []
