"""Encoders by name, and what is said when one cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import grader
from grader import Bank, EncoderError, Grader, load_encoder
from grader.encoders import Encoder

STATIC = Path(grader.__file__).parent / "encoders" / "data" / "static-multi-128"

has_sentence_transformers = find_spec("sentence_transformers") is not None
has_embedded = find_spec("grader.encoders.embedded") is not None and STATIC.is_dir()


def test_none_is_no_encoder() -> None:
    assert load_encoder("none") is None


@pytest.mark.parametrize(
    "spec", ["", "None", "bert", "st:", "st", "http:", "embedded:x", "onnx:model", "none:"]
)
def test_unknown_names_say_what_there_is(spec: str) -> None:
    with pytest.raises(EncoderError, match="use embedded, none, st:MODEL or http:URL") as caught:
        load_encoder(spec)
    assert caught.value.field == "encoder"


@pytest.mark.skipif(has_sentence_transformers, reason="sentence-transformers is installed")
def test_without_the_extra_it_is_named() -> None:
    with pytest.raises(EncoderError, match=r"pip install 'answer-grader\[sentence-transformers\]'"):
        load_encoder("st:some/model")


@pytest.mark.skipif(not has_sentence_transformers, reason="needs sentence-transformers")
def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{broken")
    with pytest.raises(EncoderError, match="cannot load"):
        load_encoder(f"st:{tmp_path}")


@pytest.mark.skipif(not has_embedded, reason="needs the embedded encoder")
@pytest.mark.skipif(not has_sentence_transformers, reason="needs sentence-transformers")
@pytest.mark.filterwarnings("default")  # of the libraries beneath
class TestSentenceTransformers:
    @pytest.fixture(scope="class")
    def model(self) -> Encoder:
        loaded = load_encoder(f"st:{STATIC}")
        assert loaded is not None
        return loaded

    def test_vectors(self, model: Encoder) -> None:
        texts = ["Градиент затухает", "gradient vanishes", "", "Градиент затухает"]
        vectors = model.encode(texts)
        assert vectors.shape == (4, model.dimension)
        assert vectors.dtype == np.float32
        norms = np.linalg.norm(vectors, axis=1)
        assert norms[[0, 1, 3]] == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_array_equal(vectors[0], vectors[3])
        assert model.encode([]).shape == (0, model.dimension)

    def test_name_and_version_are_those_of_the_folder(self, model: Encoder) -> None:
        assert model.name == f"st:{STATIC}"
        again = load_encoder(f"st:{STATIC}")
        assert again is not None
        assert again.version == model.version != "unknown"

    def test_grades_are_those_of_the_embedded_encoder(
        self, model: Encoder, bundled: Bank, embedded_answers: Sequence[tuple[str, str]]
    ) -> None:
        ours, theirs = Grader(bundled, encoder="embedded"), Grader(bundled, encoder=model)
        for question, text in embedded_answers:
            one, other = ours.grade(question, text), theirs.grade(question, text)
            assert one.score == pytest.approx(other.score, abs=1e-4)
            assert one.points == pytest.approx(other.points, abs=1e-4)


@pytest.fixture(scope="module")
def embedded_answers(bundled: Bank) -> list[tuple[str, str]]:
    """Whole references and halves of them, in both languages."""
    return [
        (question.id, text[: len(text) // part])
        for question in list(bundled.questions.values())[::6]
        for text, _ in question.reference_texts()
        for part in (1, 2)
    ]
