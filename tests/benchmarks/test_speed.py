"""The texts that speed is measured on, what is counted of them, and how a process is watched."""

from __future__ import annotations

import statistics
import sys
from itertools import islice
from pathlib import Path

import pytest
from speed.floors import model_operations, pair_lengths
from speed.material import asked, rows
from speed.process import FailedError, ran

from grader.answers import read_answers
from grader.bank import samples
from grader.cross_encoders import Pair
from grader.text import split_sentences

MANY = 7_600


@pytest.fixture(scope="module")
def made():
    return list(islice(rows(seed=1), MANY))


def test_texts_are_distinct_and_the_same_each_time(made):
    assert len({(row.question_id, row.answer) for row in made}) == MANY
    assert len({row.answer_id for row in made}) == MANY
    assert list(islice(rows(seed=1), 200)) == made[:200]
    assert list(islice(rows(seed=2), 200)) != made[:200]


def test_questions_take_turns(made):
    questions = asked()
    assert {row.question_id for row in made[: len(questions)]} == set(questions)
    assert all(one.references and one.points for one in questions.values())


def test_texts_are_as_long_as_sample_answers_and_statements_hardly_come_twice(made):
    own = [len(answer.text) for answer in read_answers(str(samples("ds-interview"))).answers]
    found = statistics.mean(len(row.answer) for row in made)
    assert found == pytest.approx(statistics.mean(own), rel=0.1)
    statements = [row.answer[a:b] for row in made for a, b in split_sentences(row.answer)]
    assert len(set(statements)) > 0.95 * len(statements)


def test_slips_make_new_words(made):
    known = {word for row in made for word in row.answer.split()}
    slipped = [word for row in islice(rows(1, 0.5), 76) for word in row.answer.split()]
    assert sum(word not in known for word in slipped) > 0.1 * len(slipped)


def test_operations_of_a_model_counted_by_hand(tmp_path: Path):
    tmp_path.joinpath("config.json").write_text(
        '{"hidden_size": 2, "intermediate_size": 3, "num_hidden_layers": 1, "id2label": {"0": "a"}}'
    )
    # Of one piece: 4 matrices of 2×2, attention 2 + 2, inner 6 + 6; pooled 4, label 2.
    assert model_operations([1], tmp_path) == 2 * (16 + 4 + 12 + 6)
    # Of two: twice the matrices, attention of two with two: 8 + 8.
    assert model_operations([2], tmp_path) == 2 * (32 + 16 + 24 + 6)


def test_pairs_are_as_long_as_the_model_reads_them():
    from grader.cross_encoders.embedded import EmbeddedCrossEncoder

    pairs = [Pair("Что делает dropout?", "Отключает нейроны.", "слово " * n) for n in (3, 600)]
    read = EmbeddedCrossEncoder()._inputs(pairs)
    assert pair_lengths(pairs) == [len(read[pair]) for pair in pairs]


def test_memory_of_all_processes_is_measured(tmp_path: Path):
    child = "import time; held = bytearray(60_000_000); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert ran([sys.executable, "-c", parent], cache=tmp_path).peak > 60_000_000


def test_a_failure_says_what_the_command_said(tmp_path: Path):
    with pytest.raises(FailedError, match="no such luck"):
        ran([sys.executable, "-c", "raise SystemExit('no such luck')"], cache=tmp_path)
