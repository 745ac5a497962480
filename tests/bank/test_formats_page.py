"""The examples in docs/formats.md are read as the page says."""

from __future__ import annotations

import re
from pathlib import Path

from grader.answers import read_answers
from grader.bank import Bank, lint

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def examples(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_examples(tmp_path: Path) -> None:
    folder = tmp_path / "my-bank"
    (folder / "rubrics").mkdir(parents=True)
    names = ("bank.yaml", "questions.yaml", "terms.yaml", "rubrics/rubrics.yaml")
    for name, text in zip(names, examples("yaml"), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    bank = Bank.load(folder)
    rubric = bank.question("dropout").rubric
    assert rubric is not None
    assert [point.id for point in rubric.key_points] == ["zeroes", "overfitting"]
    assert {each.level for each in lint(bank)} == {"note"}
    question, answer = examples("json")
    (tmp_path / "bank.jsonl").write_text(question, encoding="utf-8")
    assert list(Bank.load(tmp_path / "bank.jsonl").questions) == ["q1"]
    (tmp_path / "a.jsonl").write_text(answer, encoding="utf-8")
    (tmp_path / "a.csv").write_text(examples("csv")[0], encoding="utf-8")
    for name in ("a.jsonl", "a.csv"):
        found = read_answers(tmp_path / name, known_questions=bank.questions).answers
        assert [(each.question_id, each.respondent) for each in found] == [("dropout", "Алиса")]
