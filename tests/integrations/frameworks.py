"""Which frameworks there are to test with, and what they are tested on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from grader.integrations.core import AnswerGrader, Graded

ROOT = Path(__file__).parents[2]
QUESTION = "What is the capital of France, and on which river is it?"
REFERENCE = "The capital is Paris. It lies on the Seine."
GOOD, POOR = "It is Paris. The city is on the Seine.", "London on the Thames."
BANK_ANSWER = (
    "Случайно обнуляет часть нейронов при обучении, чтобы сеть не переобучалась. "
    "На инференсе выключен."
)
REQUIRED = os.environ.get("GRADER_REQUIRE_INTEGRATIONS") == "1"
"""Whether a framework that is not there fails the tests, as it does in CI."""
_BLOCK = re.compile(r"`([\w.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def framework(name: str) -> ModuleType:
    """The framework's package; without it the tests of the module are skipped."""
    if REQUIRED:
        return import_module(name)
    module: ModuleType = pytest.importorskip(name)
    return module


def write_example(folder: Path, *names: str) -> None:
    """Write files that the page on integrations shows."""
    page = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    shown = dict(_BLOCK.findall(page))
    for name in names:
        (folder / name).write_text(shown[name], encoding="utf-8")


def run_example(folder: Path, name: str) -> str:
    """What a script that the page shows prints, as a program of its own."""
    write_example(folder, name)
    done = subprocess.run(
        [sys.executable, name], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Unjudged(AnswerGrader):
    """A grader that found nothing to judge by, which no text does to the embedded models."""

    def grade(self, *args: Any, **kwargs: Any) -> Graded:
        graded = super().grade(*args, **kwargs)
        return graded._replace(grade=msgspec.structs.replace(graded.grade, score=None))
