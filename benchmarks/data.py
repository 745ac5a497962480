"""Graded answers read into a bank, answers and human grades.

Two shapes are read: one file whose rows carry question, reference, answer and grade (``.jsonl`` or
``.jsonl.gz``), and a file of answers beside a file of questions with key points.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.bank import Bank
from grader.model import Answer, KeyPoint, Question, Rubric

__all__ = ["GradedSet", "held_out", "read", "spread"]


@dataclass(frozen=True)
class GradedSet:
    """Answers to the questions of a bank, with what people gave them (0..1).

    Attributes:
        kinds: what each answer tries, or its split where the set does not say.
        scale: greatest grade on the people's scale.
        splits: each answer's part of the set, such as "train"; "all" where there are none.
        scales: the greatest grade by question, where questions differ.
    """

    name: str
    bank: Bank
    answers: list[Answer]
    human: list[float]
    kinds: list[str]
    scale: int
    splits: list[str] = field(default_factory=list)
    scales: Mapping[str, int] = field(default_factory=dict)

    def places(self, split: str, limit: int | None = None) -> list[int]:
        """Where the answers of a split stand; at most ``limit``, spread evenly."""
        own = [place for place, other in enumerate(self.splits) if other == split]
        return [own[place] for place in spread(len(own), limit)]

    def only(self, places: Sequence[int]) -> GradedSet:
        """Some of the answers; the bank stays whole."""
        return replace(
            self,
            answers=[self.answers[place] for place in places],
            human=[self.human[place] for place in places],
            kinds=[self.kinds[place] for place in places],
            splits=[self.splits[place] for place in places],
        )


def held_out(name: str, one_in: int) -> bool:
    """Whether a question, by the hash of its name, is kept from training (one in so many).

    Training asks here as well: one in 2 questions of evouna_nq and one in 20 of those with written
    answers were kept.
    """
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % one_in == 0


def spread(count: int, limit: int | None) -> list[int]:
    """At most ``limit`` of the places 0..count-1, spread evenly."""
    if not limit or count <= limit:
        return list(range(count))
    return [place * count // limit for place in range(limit)]


def read(answers: Path, questions: Path | None = None, limit: int | None = None) -> GradedSet:
    """Read a graded set.

    Args:
        questions: where the questions are, if not in the answers' rows.
        limit: at most so many answers, spread evenly over the file.
    """
    rows = list(_rows(answers))
    rows = [rows[place] for place in spread(len(rows), limit)]
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
        sha256=_sha256(answers, questions),
    )
    graded = [
        Answer(id=str(n), question_id=row["question_id"], text=row["answer"] or "")
        for n, row in enumerate(rows)
    ]
    human = [float(row["grade"]) for row in rows]
    kinds = [str(row.get("kind") or row.get("split") or "") for row in rows]
    splits = [str(row.get("split") or "all") for row in rows]
    scales = {row["question_id"]: round(row.get("scale_max") or 5) for row in rows}
    scale = scales[rows[0]["question_id"]]
    return GradedSet(name, bank, graded, human, kinds, scale, splits, scales)


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


def _sha256(*paths: Path | None) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths if path)).hexdigest()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    for line in text.splitlines():
        row = json.loads(line)
        if "answer" not in row or row.get("grade") is not None:
            yield row
