"""Graded answers read into a bank, answers and human grades.

Two shapes are read: one file whose rows carry question, reference, answer and grade (``.jsonl`` or
``.jsonl.gz``), and a file of answers beside a file of questions with key points.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.bank import Bank
from grader.model import Answer, KeyPoint, Question, Rubric

__all__ = ["GradedSet", "read"]


@dataclass(frozen=True)
class GradedSet:
    """Answers to the questions of a bank, with what people gave them (0..1)."""

    name: str
    bank: Bank
    answers: list[Answer]
    human: list[float]
    kinds: list[str]
    scale: int


def read(answers: Path, questions: Path | None = None, limit: int | None = None) -> GradedSet:
    """Read a graded set.

    Args:
        questions: where the questions are, if not in the answers' rows.
        limit: at most so many answers, spread evenly over the file.
    """
    rows = list(_rows(answers))
    if limit and len(rows) > limit:
        rows = [rows[i * len(rows) // limit] for i in range(limit)]
    asked = list(_rows(questions)) if questions else rows
    found: dict[str, Question] = {}
    for row in asked:
        found.setdefault(row["question_id"], _question(row))
    name = answers.name.split(".")[0]
    bank = Bank(
        name=name,
        title={},
        language=str(rows[0].get("language") or "en"),
        scale=1.0,
        topics={},
        questions=found,
        terms=(),
        sha256=hashlib.sha256(answers.read_bytes()).hexdigest(),
    )
    graded = [
        Answer(id=str(n), question_id=row["question_id"], text=row["answer"] or "")
        for n, row in enumerate(rows)
    ]
    human = [float(row["grade"]) for row in rows]
    kinds = [str(row.get("kind") or row.get("split") or "") for row in rows]
    return GradedSet(name, bank, graded, human, kinds, round(rows[0].get("scale_max") or 5))


def _question(row: dict[str, Any]) -> Question:
    reference = row.get("reference") or ""
    references = [reference] if isinstance(reference, str) else reference
    points = tuple(
        KeyPoint(point["id"], point["text"], float(point.get("weight", 1)))
        for point in row.get("key_points") or ()
    )
    return Question(
        id=row["question_id"],
        text=row.get("question") or "",
        topics=(str(row.get("topic") or "all"),),
        references=tuple(r for r in references if r),
        language=str(row.get("language") or "ru"),
        rubric=Rubric(row["question_id"], points) if points else None,
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    for line in text.splitlines():
        row = json.loads(line)
        if "answer" not in row or row.get("grade") is not None:
            yield row
