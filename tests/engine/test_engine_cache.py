"""With a cache nothing is asked twice, and every grade is what it would be without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from grader import Answer, Bank, Grader, KeyPoint, Question
from grader.cache import Cache
from grader.cross_encoders import CrossEncoder, Pair, load_cross_encoder
from grader.model import Rubric

POINTS = (
    KeyPoint("what", "Слагаемое штрафует большие веса."),
    KeyPoint("why", "Модель становится проще и меньше переобучается."),
)
ANSWERS = [
    Answer("a1", "l2", "Это штраф за большие веса."),
    Answer("a2", "l2", "Добавка к функции потерь, с ней модель проще и меньше переобучается."),
]


class Watched:
    """The grading model, and what it was asked."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self.name = model.name
        self.version = model.version
        self.asked: list[Pair] = []

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        self.asked += pairs
        return self._model.judge(pairs)


@pytest.fixture
def model() -> Watched:
    loaded = load_cross_encoder("embedded")
    assert loaded is not None
    return Watched(loaded)


def bank(*points: KeyPoint) -> Bank:
    question = Question("l2", "Зачем L2?", ("ml",), ("Штраф.",), rubric=Rubric("l2", points))
    return Bank("small", {}, "ru", 1.0, {}, {"l2": question}, (), "0")


def test_after_a_change_of_the_rubric_only_what_changed_is_asked(
    model: Watched, tmp_path: Path
) -> None:
    def grades(points: Sequence[KeyPoint], cache: Cache | None) -> list[object]:
        grader = Grader(bank(*points), encoder=None, cross_encoder=model, cache=cache)
        return list(grader.grade_all(ANSWERS))

    first = grades(POINTS, Cache(tmp_path))
    assert len(model.asked) == 4
    assert grades(POINTS, Cache(tmp_path)) == first
    assert len(model.asked) == 4
    changed = (POINTS[0], msgspec.structs.replace(POINTS[1], text="Веса становятся меньше."))
    again = grades(changed, Cache(tmp_path))
    assert {pair.point for pair in model.asked[4:]} == {"Веса становятся меньше."}
    assert len(model.asked) == 6
    assert grades(changed, None) == again


def test_what_the_bank_tells_is_the_same_learned_or_kept(tmp_path: Path) -> None:
    samples = Bank.load("ds-interview")
    answer = Answer("a", "dropout", "Случайно отключает нейроны при обучении.")

    def grader(cache: Cache | None) -> Grader:
        return Grader(samples, tier="fast", cache=cache)

    assert grader(Cache(tmp_path)).worth_preparing
    grader(Cache(tmp_path)).prepare()
    assert not grader(Cache(tmp_path)).worth_preparing
    assert not grader(None).worth_preparing
    kept, learned = (grader(cache).grade_all([answer]) for cache in (Cache(tmp_path), None))
    assert kept == learned
