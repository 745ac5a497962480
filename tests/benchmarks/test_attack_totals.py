"""The control of attacks on zero answers, and the total over sets."""

from __future__ import annotations

import pytest
from attacks.measures import Made, Results, controlled, measured
from attacks.tables import attack_total
from data import GradedSet

from grader.bank import Bank
from grader.model import Answer, Question

ATTACK = "zero answer + padding"


def test_net_leaves_out_what_passes_unchanged() -> None:
    before, after = [0.9, 0.9, 0.1, 0.1, None], [0.9, 0.1, 0.9, 0.1, 0.9]
    assert controlled(before, after, 0.5) == {"control": 0.4, "net": 0.4}
    assert controlled([0.5], [None], 0.5) == {"control": 1.0, "net": 0.0}


def test_control_is_what_each_attack_was_made_from() -> None:
    questions = {id: Question(id, id, ("all",), (id,), "en", None) for id in "ab"}
    bank = Bank("b", {}, "en", 1.0, {}, questions, (), "")
    answers = [Answer(str(n), "a", str(n)) for n in range(4)]
    data = GradedSet("set", bank, answers, [1.0, 0.0, 0.0, 0.9], [""] * 4, 1)
    made = [
        Made(ATTACK, Answer("x", "a", "x"), 1),
        Made(ATTACK, Answer("y", "a", "y"), 2),
        Made(ATTACK, Answer("z", "b", "z"), None),
    ]
    scores = [0.8, 0.9, 0.1, 0.8, 0.9, 0.1, 0.9]
    row = measured(data, made, {"grader": scores}, {"b": 0.0}).attacks[ATTACK]
    assert row["pass"]["grader"] == pytest.approx(2 / 3)
    assert row["control"] == row["net"] == pytest.approx(1 / 3)


def test_total_names_the_worst_attack(capsys: pytest.CaptureFixture[str]) -> None:
    negation = {"n": 3, "pass": {"grader": 0.5}}
    padding = {"n": 7, "pass": {"grader": 0.25}, "control": 0.25, "net": 0.0}
    first = Results("first", {"grader": 1.0}, {"negation": negation, ATTACK: padding}, {}, {})
    second = Results("second", {"grader": 1.0}, {ATTACK: padding | {"net": 0.1}}, {}, {})
    attack_total([first, second])
    lines = capsys.readouterr().out.splitlines()
    assert "| negation | 3 | 0.50 | – | – |" in lines
    assert f"| {ATTACK} | 14 | 0.25 | 0.25 | 0.05 |" in lines
    assert "| *grader: mean of attacks* | 17 | 0.38 | – | – |" in lines
    assert "| **grader: worst, negation** | 3 | 0.50 | – | – |" in lines
    assert lines[-1] == "Worst on one set: negation, first: 0.50 of 3 passed."
