"""What differs on a terminal: a real one, made for the test."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest

from grader.cli import cli
from grader.cli.options import interface_language, progress

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")


class Terminal(NamedTuple):
    """The program's end, and the user's: what is typed and what is shown."""

    program: TextIO
    typed: Callable[[bytes], object]
    shown: Callable[[], str]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    outer, inner = pty.openpty()

    def shown() -> str:
        """All that has come: it comes in pieces, so until half a second of silence."""
        seen = b""
        while select.select([outer], [], [], 0.5)[0]:
            seen += os.read(outer, 1 << 16)
        return seen.decode("utf-8", "replace")

    with (
        open(inner, "rb", buffering=0) as reads,
        open(inner, "wb", buffering=0, closefd=False) as writes,
    ):
        both = io.BufferedRWPair(reads, writes)
        program = io.TextIOWrapper(both, encoding="utf-8", write_through=True)
        yield Terminal(program, lambda text: os.write(outer, text), shown)
        program.close()
    os.close(outer)


def test_progress(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal.program)
    with progress(3, "Grading") as advance:
        assert advance is not None
        for _ in range(3):
            advance(1)
    seen = terminal.shown()
    assert "Grading" in seen
    assert "3/3" in seen


def test_no_progress_for_one_answer_or_without_a_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress(3, "Grading") as advance:
        assert advance is None
    monkeypatch.setattr(sys, "stderr", terminal.program)
    with progress(1, "Grading") as advance:
        assert advance is None
    assert terminal.shown() == ""


def test_practice_shows_where_to_write(
    terminal: Terminal,
    bank: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRADER_HOME", str(home))
    monkeypatch.setattr(sys, "stdin", terminal.program)
    terminal.typed(b"\n")
    words = [
        "practice",
        "--bank",
        str(bank),
        "--encoder",
        "none",
        "--tier",
        "fast",
        "--limit",
        "1",
        "--lang",
        "en",
    ]
    cli(words, standalone_mode=False)
    assert "> Skipped." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LC_ALL": "ru_RU.UTF-8", "LANG": "en_US.UTF-8"}, "ru"),
        ({"LC_ALL": "", "LC_MESSAGES": "en_GB.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_language_of_the_locale(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert interface_language(None) in {"ru", "en"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert interface_language(None) == language
    assert interface_language("ru") == "ru"
