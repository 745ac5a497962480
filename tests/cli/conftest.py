"""A small bank and answers to it as files, and the command line in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import cli

BANK = """\
name: small
language: ru
scale: 5
topics:
  dl: {ru: Глубокое обучение, en: Deep learning}
questions:
  - id: saturation
    topic: dl
    question: Что такое насыщение нейрона?
    reference: Активация лежит у края диапазона, поэтому производная почти равна нулю.
    translations:
      en: {question: What is neuron saturation?, reference: The derivative is nearly zero.}
    key_points:
      - id: edge
        text: Активация лежит у края диапазона.
        weight: 2
        cap_without: 0.5
        keywords: [край | предел, regex: '0 или 1']
      - id: slope
        text: Производная почти равна нулю.
        translations: {en: The derivative is nearly zero.}
        keywords: [near: [производная | наклон, мал* | нул*], all: [вес, не обнов*]]
    misconceptions:
      - {id: boom, text: Градиент взрывается., cost: 0.3, keywords: [градиент взрыв*]}
  - id: l2
    topic: ml
    question: Зачем нужна L2?
    reference: Штраф за большие веса делает модель проще, и она меньше переобучается.
"""

ANSWERS = """\
{"id":"a1", "question_id":"saturation", "answer":"Край, производная мала.", "respondent":"Анна"}
{"id":"a2", "question_id":"l2", "answer":"Штраф за большие веса, модель проще.", "respondent":"Ян"}
{"id":"a3", "question_id":"l2", "answer":"не знаю", "respondent":"Илья"}
"""

Invoke = Callable[..., Result]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(BANK, encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def invoke(home: Path) -> Invoke:
    """Run the command line with an English locale and no colours."""

    def run(*arguments: object, stdin: str | bytes | None = None, lang: str = "en_US") -> Result:
        environment = {"LC_ALL": f"{lang}.UTF-8", "NO_COLOR": "1", "GRADER_HOME": str(home)}
        words = [str(argument) for argument in arguments]
        return CliRunner(env=environment).invoke(cli, words, input=stdin, prog_name="grader")

    return run


@pytest.fixture
def score(invoke: Invoke, bank: Path, answers: Path) -> Invoke:
    """``grader score`` of the small answers, by words alone, with more options."""

    def run(*options: object, of: object = answers, stdin: str | bytes | None = None) -> Result:
        words: Sequence[object] = [
            "score",
            of,
            "--bank",
            bank,
            "--encoder",
            "none",
            "--tier",
            "fast",
            *options,
        ]
        return invoke(*words, stdin=stdin)

    return run


def refusal(result: Result) -> str:
    """The one line that a user's mistake gives."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("grader: ")
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def refused() -> Callable[[Result], str]:
    return refusal
