"""The command as a process of its own: start-up, streams, exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

COMMANDS = ["score", "report", "explain", "bank", "practice", "demo"]
HEAVY = ["sklearn", "numpy", "rich", "pymorphy3", "msgspec", "rapidfuzz", "torch", "jinja2"]

Invoke = Callable[..., Result]


def grader(
    *arguments: object, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    code = "import sys; sys.argv[0] = 'grader'; from grader.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100", **environment},
    )


def imported(code: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter has after the code."""
    shown = code + "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, timeout=60, check=True
    )
    return set(found.stdout.splitlines()[-1].split())


def test_help_imports_nothing_heavy() -> None:
    names = imported("from grader.cli import cli\ncli(['--help'], standalone_mode=False)")
    assert "click" in names
    assert names.isdisjoint(HEAVY)


@pytest.mark.parametrize("command", COMMANDS)
def test_so_does_the_help_of_a_command(command: str) -> None:
    names = imported(f"from grader.cli import cli\ncli(['{command}', '--help'], None, None, False)")
    assert names.isdisjoint(HEAVY)


def test_so_does_the_package_itself() -> None:
    assert imported("import grader\ndir(grader)").isdisjoint([*HEAVY, "click"])


def test_help_names_every_command(invoke: Invoke) -> None:
    shown = invoke("--help").stdout
    assert all(f"  {command} " in shown for command in COMMANDS)
    for command in COMMANDS:
        result = invoke(command, "-h")
        assert result.exit_code == 0
        assert "Usage: grader" in result.stdout


def test_version(invoke: Invoke) -> None:
    from importlib.metadata import version

    assert invoke("--version").stdout.strip().endswith(version("answer-grader"))


def test_an_unknown_command(invoke: Invoke) -> None:
    result = invoke("grade")
    assert result.exit_code == 2
    assert "grade" in result.stderr


def test_score_as_a_process(bank: Path, answers: Path, tmp_path: Path) -> None:
    words = (
        "score",
        "-",
        "--bank",
        bank,
        "--encoder",
        "none",
        "--tier",
        "fast",
        "--out",
        tmp_path / "run",
    )
    good = grader(*words, "--lang", "ru", stdin=answers.read_bytes())
    assert good.returncode == 0
    assert good.stderr == b""  # progress is for terminals
    assert "Глубокое обучение" in good.stdout.decode()
    assert b"\x1b[" not in good.stdout
    low = grader(*words, "--fail-under", "0.99", stdin=answers.read_bytes())
    assert low.returncode == 1
    bad = grader(*words, stdin=b'{"id": ')
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr.count(b"\n") == 1


def test_a_mistake_with_and_without_debug(bank: Path) -> None:
    words = ("score", "nowhere.csv", "--bank", bank, "--encoder", "none", "--tier", "fast")
    plain = grader(*words)
    assert plain.returncode == 2
    assert plain.stderr.decode().splitlines() == ["grader: nowhere.csv: no such file or folder"]
    debug = grader("--debug", *words)
    assert debug.returncode == 2
    assert b"Traceback" in debug.stderr


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_practice_of_bytes_that_are_no_text(bank: Path, home: Path, locale: str) -> None:
    found = grader(
        *("practice", "--bank", bank, "--encoder", "none", "--tier", "fast", "--limit", "1"),
        stdin="Производная мала".encode("cp1251") + b"\n\n",
        GRADER_HOME=str(home),
        LC_ALL=locale,
    )
    assert b"Traceback" not in found.stderr
    assert found.returncode == 2
    assert found.stderr.decode().startswith("grader: standard input: not UTF-8")


def test_a_reader_that_goes_away_is_no_error(bank: Path) -> None:
    code = "from grader.cli import main; main()"
    words = [sys.executable, "-c", code, "bank", "schema", "questions"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert b"Traceback" not in said


@pytest.mark.usefixtures("embedded")
def test_demo(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("demo", "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert (tmp_path / "run" / "report.html").exists()
    assert "Deep learning" in result.stdout


def test_processes_end_without_a_crash() -> None:
    # Without the precaution in grader.model about one in four died of a signal at exit.
    statuses = [grader("bank", "show", "dropout").returncode for _ in range(8)]
    assert statuses == [0] * 8
