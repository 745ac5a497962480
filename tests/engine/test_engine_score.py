"""A run says what its grades depend on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader import Bank, Grader, Question, Run, read_answers
from grader.encoders import Encoder
from grader.engine import score
from grader.scoring import Weights

ROWS = (
    '{"id": "a1", "question_id": "l2", "answer": "Штраф за большие веса", "who": "x"}\n'
    '{"id": "a2", "question_id": "l2", "answer": ""}\n'
)


@pytest.fixture
def bank(bank_of: Callable[..., Bank]) -> Bank:
    return bank_of(
        Question("l2", "Зачем L2?", ("ml",), ("Штраф за большие веса делает модель проще.",)),
        Question("l1", "Зачем L1?", ("ml",), ("Обнуляет часть весов модели.",)),
    )


def run(path: Path, bank: Bank, rows: str = ROWS, **options: Any) -> Run:
    path.write_text(rows, encoding="utf-8")
    answers = read_answers(path, known_questions=bank.questions, skip_bad=True)
    return score(
        Grader(bank, encoder=None, **options, tier="fast"), answers, options={"bank": "small"}
    )


def test_a_run_holds_grades_the_questions_asked_and_a_manifest(tmp_path: Path, bank: Bank) -> None:
    found = run(tmp_path / "a.jsonl", bank)
    assert [grade.answer_id for grade in found.grades] == ["a1", "a2"]
    assert found.grades[0].extra == {"who": "x"}
    assert list(found.questions) == ["l2"]
    assert [point.id for point in found.questions["l2"].key_points] == ["s1"]
    manifest = found.manifest
    assert manifest["bank"]["questions"] == 2
    assert manifest["answers"]["graded"] == 2
    assert manifest["encoder"] is None
    assert manifest["options"] == {"bank": "small"}
    assert manifest["weights"] == msgspec.to_builtins(Weights())
    assert {"numpy", "scikit-learn", "answer-grader"} <= manifest["versions"].keys()
    assert manifest["started"] <= manifest["finished"]


def test_a_run_comes_back_from_disk_as_it_was(tmp_path: Path, bank: Bank) -> None:
    found = run(tmp_path / "a.jsonl", bank)
    found.write(tmp_path / "run")
    again = Run.read(tmp_path / "run")
    again.write(tmp_path / "again")
    for name in ("grades.jsonl", "manifest.json", "bank.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_signature_is_one_line_and_tells_inputs_apart(
    tmp_path: Path, bank: Bank, hashing: Encoder
) -> None:
    path = tmp_path / "a.jsonl"
    first = run(path, bank).manifest["signature"]
    assert first == run(tmp_path / "renamed.jsonl", bank).manifest["signature"]
    assert "\n" not in first
    others = [
        run(path, bank, ROWS.replace("Штраф", "Налог")),
        run(path, bank, weights=Weights(full=0.8)),
        run(path, msgspec.structs.replace(bank, sha256="1" * 64)),
    ]
    signatures = {first, *(other.manifest["signature"] for other in others)}
    path.write_text(ROWS, encoding="utf-8")
    answers = read_answers(path, known_questions=bank.questions)
    with_encoder = score(Grader(bank, encoder=hashing, tier="fast"), answers)
    signatures.add(with_encoder.manifest["signature"])
    assert len(signatures) == 5
    assert with_encoder.manifest["encoder"] == {
        "name": hashing.name,
        "version": hashing.version,
        "dimension": hashing.dimension,
    }
    assert f"{hashing.name}@{hashing.version}" in with_encoder.manifest["signature"]


def test_rows_left_out_are_listed_without_the_folder_they_lie_in(
    tmp_path: Path, bank: Bank
) -> None:
    found = run(tmp_path / "a.jsonl", bank, ROWS + '{"id": "a3", "question_id": "l9"}\n')
    (bad,) = found.manifest["bad_rows"]
    assert bad["path"] == "a.jsonl"
    assert bad["line"] == 3
    assert found.manifest["answers"]["left_out"] == 1
    assert str(tmp_path) not in msgspec.json.encode(found.manifest).decode()
