"""Figures agree with scikit-learn's; kept grades are read again; asked questions are found."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from figures import kappa, threshold, two_way_estimate, weighted_f1
from grading import Bench, Options
from kept_grades import grade_split
from sklearn.metrics import cohen_kappa_score, f1_score

from grader import Answer, Bank, Grader


def test_two_way_figures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    right = random.random(60) < 0.6
    taken = np.where(random.random(60) < 0.7, right, ~right)
    clusters = [str(n % 9) for n in range(60)]
    found = two_way_estimate(taken, right, clusters, kappa).value
    assert found == pytest.approx(cohen_kappa_score(right, taken))
    found = two_way_estimate(taken, right, clusters, weighted_f1).value
    assert found == pytest.approx(f1_score(right, taken, average="weighted"))


def test_threshold_lies_between_the_best_neighbours() -> None:
    assert threshold([0.1, 0.3, 0.5, None, 0.9], [0, 0, 1, 1, 1], kappa) == pytest.approx(0.4)
    assert threshold([0.7, 0.7], [0, 1], kappa) == 0.5


def test_kept_grades_are_read_again_and_the_rest_is_graded(tmp_path: Path) -> None:
    grader = Grader(Bank.load("ds-interview"), encoder="none", tier="fast")
    texts = ("Отключает нейроны.", "Не знаю.", "Случайно.")
    answers = [Answer(str(n), "dropout", text) for n, text in enumerate(texts)]
    file = tmp_path / "kept.jsonl"
    whole = grade_split(grader, answers, "whole", file)
    kept = file.read_bytes()
    assert all(text not in kept.decode() for text in texts)
    file.write_bytes(kept[: kept.index(b"\n") + 20])
    assert grade_split(grader, answers, "again", file) == whole
    assert file.read_bytes() == kept


def test_questions_that_training_used_are_told_from_new_ones(tmp_path: Path) -> None:
    row = '{{"question_id": "{}", "question": "{}", "reference": "r", "answer": "a", "grade": 1}}\n'
    used = [row.format("q2", "Who sang it?"), row.format("q5", "what is a covenullt")]
    (tmp_path / "evouna_nq.jsonl.gz").write_bytes(gzip.compress("".join(used).encode()))
    asked = ("who sang it", "What is a covenant?", "who wrote it")
    rows = [row.format(n, question) for n, question in enumerate(asked)]
    (tmp_path / "nq301.jsonl.gz").write_bytes(gzip.compress("".join(rows).encode()))
    bench = Bench(Options(tmp_path, tmp_path, "fast", "none", None, None, None, None))
    assert bench.read("nq301").splits == ["used", "used", "new"]
