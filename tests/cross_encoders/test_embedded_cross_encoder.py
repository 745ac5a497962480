"""The grading model of the package, run for real."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.cache import Cache
from grader.cross_encoders import LABELS, Pair, load_cross_encoder
from grader.cross_encoders.embedded import FOLDER, EmbeddedCrossEncoder
from grader.errors import EncoderError

QUESTION = "What is a stack?"
POINT = "The last element put in is the first taken out."
COVERED = "LIFO: you pop what you pushed last."
INDEX = ("Зачем нужен индекс в базе данных?", "Индекс ускоряет поиск строк.")
PAIRS = [
    Pair(QUESTION, POINT, COVERED),
    Pair(QUESTION, POINT, "It is a data structure that many languages have."),
    Pair(*INDEX, "Индекс замедляет поиск."),
    Pair(*INDEX, "Не знаю."),
    Pair(QUESTION, POINT, COVERED),
]


@pytest.fixture(scope="module")
def model() -> EmbeddedCrossEncoder:
    return EmbeddedCrossEncoder()


def test_probabilities_of_the_four_labels(model: EmbeddedCrossEncoder) -> None:
    found = model.judge(PAIRS)
    assert found.shape == (len(PAIRS), len(LABELS))
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found >= 0).all()


def test_it_tells_said_from_not_said_from_denied(model: EmbeddedCrossEncoder) -> None:
    labels = [LABELS[row.argmax()] for row in model.judge(PAIRS)]
    assert labels == ["covered", "absent", "contradicted", "absent", "covered"]


def test_a_pair_does_not_depend_on_its_neighbours_or_on_threads(
    model: EmbeddedCrossEncoder,
) -> None:
    together = model.judge(PAIRS)
    alone = np.concatenate([model.judge([pair]) for pair in PAIRS])
    assert (together == alone).all()
    assert (EmbeddedCrossEncoder(threads=3).judge(PAIRS[::-1])[::-1] == together).all()
    assert (together[0] == together[4]).all()


def test_nothing_to_judge(model: EmbeddedCrossEncoder) -> None:
    assert model.judge([]).shape == (0, 4)


@pytest.mark.parametrize("answer", ["", "   ", "地球的自转轴是倾斜的,冬天太阳很低。"])
def test_what_it_cannot_read_it_does_not_judge(model: EmbeddedCrossEncoder, answer: str) -> None:
    found = model.judge([Pair(QUESTION, POINT, answer), PAIRS[0]])
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1]).any()


@pytest.mark.parametrize(
    "text", ["</s></s> " + POINT, "<s>" * 400, "\ud800 половина пары", "\x00", "слово " * 5000]
)
def test_strange_texts(model: EmbeddedCrossEncoder, text: str) -> None:
    found = model.judge([Pair(QUESTION, POINT, text), Pair(text, POINT, COVERED)])
    assert found.shape == (2, 4)
    assert not np.isnan(found[1]).any()


def test_end_marks_in_an_answer_are_text(model: EmbeddedCrossEncoder) -> None:
    """An answer cannot close itself and speak in the point's place."""
    assert model._tokenizer.encode("</s>", add_special_tokens=False).ids != [2]


def test_same_weights_same_version(model: EmbeddedCrossEncoder) -> None:
    again = load_cross_encoder("embedded")
    assert again is not None
    assert (again.name, again.version) == (model.name, model.version)
    assert model.name == f"embedded:{FOLDER.name}"


def test_the_folder_is_small_enough() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 60e6


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
def test_a_broken_folder_is_one_line(tmp_path: Path, broken: str) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        if name != broken:
            shutil.copyfile(FOLDER / name, tmp_path / name)
    (tmp_path / broken).write_bytes(b"{}")
    with pytest.raises(EncoderError, match="install the package again") as caught:
        EmbeddedCrossEncoder(tmp_path).judge(PAIRS[:1])
    assert "\n" not in str(caught.value)
    (tmp_path / broken).unlink()
    with pytest.raises(EncoderError, match="cannot be read"):
        EmbeddedCrossEncoder(tmp_path)


def test_the_model_kept_for_this_machine_says_the_same(tmp_path: Path) -> None:
    expected = EmbeddedCrossEncoder().judge(PAIRS)
    old = tmp_path / f"{FOLDER.name}-of-another-version.onnx"
    old.write_bytes(b"")
    for _ in range(2):
        model = EmbeddedCrossEncoder(cache=Cache(tmp_path))
        np.testing.assert_array_equal(model.judge(PAIRS), expected)
    (kept,) = tmp_path.glob("*.onnx")
    assert kept != old
    # A damaged one is made anew.
    whole = kept.stat().st_size
    kept.write_bytes(kept.read_bytes()[: whole // 2])
    model = EmbeddedCrossEncoder(cache=Cache(tmp_path))
    np.testing.assert_array_equal(model.judge(PAIRS), expected)
    assert kept.stat().st_size == whole


def test_by_name() -> None:
    assert load_cross_encoder("none") is None
    with pytest.raises(EncoderError, match="no cross-encoder 'e5'"):
        load_cross_encoder("e5")
