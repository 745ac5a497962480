"""grader practice, fed by standard input, its history in a folder of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

GOOD = "Активация лежит у края диапазона,\nпроизводная мала."
WRONG = "У края градиент взрывается."


@pytest.fixture
def practice(invoke: Invoke, bank: Path) -> Invoke:
    def run(stdin: str | bytes, *options: object, lang: str = "en_US") -> Result:
        words = ("practice", "--bank", bank, "--encoder", "none", "--tier", "fast", *options)
        return invoke(*words, stdin=stdin, lang=lang)

    return run


@pytest.fixture
def kept(home: Path) -> Callable[[], list[tuple[str, str]]]:
    """Question and answer of every attempt."""

    def read() -> list[tuple[str, str]]:
        path = home / "practice.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [(row["question_id"], row["answer"]) for row in map(json.loads, lines)]

    return read


Kept = Callable[[], list[tuple[str, str]]]


def asked(result: Result) -> list[str]:
    names = {"What is neuron saturation?": "saturation", "Зачем нужна L2?": "l2"}
    return [names[line] for line in result.stdout.splitlines() if line in names]


def test_ask_read_grade_show_points(practice: Invoke, kept: Kept) -> None:
    result = practice(f"{GOOD}\n\nШтраф за большие веса.\n\n")
    assert result.exit_code == 0
    assert asked(result) == ["saturation", "l2"]
    assert "✓ Активация лежит у края диапазона." in result.stdout
    assert "The derivative is nearly zero." in result.stdout
    assert "of 5" in result.stdout
    assert kept() == [("saturation", GOOD), ("l2", "Штраф за большие веса.")]
    # In the end the topics of this sitting.
    assert "Deep learning:" in result.stdout.split("How it is going")[1]


def test_what_is_wrong_and_missing_is_said(practice: Invoke) -> None:
    shown = practice(f"{WRONG}\n\n").stdout
    assert "Misconception: Градиент взрывается." in shown
    assert "✗ The derivative is nearly zero." in shown
    assert "Note: " in practice("не знаю\n\n").stdout


def test_in_russian(practice: Invoke) -> None:
    shown = practice(f"{GOOD}\n\n", lang="ru_RU").stdout
    assert "Что такое насыщение нейрона?" in shown
    assert "из 5" in shown
    assert "Эталонный ответ" in shown


def test_an_empty_line_skips_and_is_not_kept(practice: Invoke, kept: Kept) -> None:
    result = practice("\n\n")
    assert result.exit_code == 0
    assert asked(result) == ["saturation", "l2"]
    assert result.stdout.count("Skipped.") == 2
    assert kept() == []
    assert "How it is going" not in result.stdout


def test_the_end_of_the_input_ends(practice: Invoke, kept: Kept) -> None:
    result = practice("")
    assert result.exit_code == 0
    assert asked(result) == ["saturation"]
    assert kept() == []


def test_an_answer_cut_off_by_the_end_of_the_input_counts(practice: Invoke, kept: Kept) -> None:
    assert practice("Производная мала").exit_code == 0
    assert kept() == [("saturation", "Производная мала")]


@pytest.mark.parametrize("topic", ["ml", "#ml", "ML"])
def test_one_topic(practice: Invoke, topic: str) -> None:
    assert asked(practice("", "--topic", topic)) == ["l2"]


@pytest.mark.parametrize("topic", ["Deep learning", "глубокое обучение", "dl"])
def test_a_topic_by_its_title(practice: Invoke, topic: str) -> None:
    assert asked(practice("\n\n\n", "--topic", topic)) == ["saturation"]


def test_an_unknown_topic_names_those_there_are(practice: Invoke, refused: Refused) -> None:
    assert "dl, ml" in refused(practice("", "--topic", "sql"))


def test_a_limit(practice: Invoke) -> None:
    assert asked(practice("\n\n\n", "--limit", "1")) == ["saturation"]
    assert practice("", "--limit", "0").exit_code == 2


def test_new_questions_first_then_those_that_went_worst(practice: Invoke, kept: Kept) -> None:
    practice(f"{GOOD}\n\n")
    assert asked(practice("не знаю\n\n", "--limit", "1")) == ["l2"]  # never tried before
    assert asked(practice("\n\n")) == ["l2", "saturation"]  # went worse
    practice("Штраф за большие веса делает модель проще, она меньше переобучается.\n\n")
    practice(f"{WRONG}\n\n", "--topic", "dl")
    assert asked(practice("\n\n")) == ["saturation", "l2"]
    assert [question for question, _ in kept()] == ["saturation", "l2", "l2", "saturation"]


def test_the_mean_is_over_all_sittings(practice: Invoke) -> None:
    practice(f"{GOOD}\n\n", "--topic", "dl")
    shown = practice("не знаю\n\n", "--topic", "dl").stdout.split("How it is going")[1]
    assert "last answer 0.0" in shown
    assert "0.0 of 5 on average" not in shown


def test_an_answer_that_cannot_be_judged(practice: Invoke, bank: Path, kept: Kept) -> None:
    bank.write_text(
        "questions: [{id: sign, topic: t, question: Какой знак?, reference: ≠}]", encoding="utf-8"
    )
    result = practice("не равно\n\n")
    assert result.exit_code == 0
    assert "could not be judged" in result.stdout
    assert kept() == [("sign", "не равно")]


def test_bytes_that_are_no_text(practice: Invoke, kept: Kept) -> None:
    result = practice("Градиент мал\n\n".encode("cp1251"))
    assert result.exit_code == 2
    assert "standard input: not UTF-8" in result.stderr
    assert kept() == []


def test_history_that_cannot_be_kept(practice: Invoke, home: Path) -> None:
    home.write_text("a file")
    result = practice(f"{GOOD}\n\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("grader: ")
    assert "Traceback" not in result.stderr
