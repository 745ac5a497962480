"""Encoders by name, and what is said when one cannot be had."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from grader import Bank, EncoderError, Grader, load_encoder
from grader.encoders import Encoder

has_sentence_transformers = find_spec("sentence_transformers") is not None


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of sentence-transformers that knows three words."""
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    try:
        from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    except ImportError:  # before version 6
        from sentence_transformers.models import StaticEmbedding

    words = {"[UNK]": 0, "градиент": 1, "затухает": 2, "gradient": 3}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model")
    modules = [StaticEmbedding(tokenizer, embedding_dim=8)]
    SentenceTransformer(modules=modules, device="cpu").save(str(path))
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> Encoder:
    loaded = load_encoder(f"st:{folder}")
    assert loaded is not None
    return loaded


@pytest.mark.skipif(not has_sentence_transformers, reason="needs sentence-transformers")
@pytest.mark.filterwarnings("default")  # of the libraries beneath
class TestSentenceTransformers:
    def test_vectors(self, model: Encoder) -> None:
        vectors = model.encode(["Градиент затухает", "gradient", "", "Градиент затухает"])
        assert vectors.shape == (4, 8) == (4, model.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0, 1], abs=1e-5)
        np.testing.assert_array_equal(vectors[0], vectors[3])
        assert model.encode([]).shape == (0, model.dimension)

    def test_name_and_version_are_those_of_the_folder(
        self, model: Encoder, folder: Path, tmp_path: Path
    ) -> None:
        assert model.name == f"st:{folder}"
        shutil.copytree(folder, tmp_path / "copy")
        copy = load_encoder(f"st:{tmp_path / 'copy'}")
        assert copy is not None
        assert copy.version == model.version != "unknown"
        (tmp_path / "copy" / "README.md").write_text("another")
        other = load_encoder(f"st:{tmp_path / 'copy'}")
        assert other is not None
        assert other.version != model.version

    @pytest.mark.parametrize("content", [None, "{broken"])
    def test_a_folder_that_is_no_model(self, tmp_path: Path, content: str | None) -> None:
        if content is not None:
            (tmp_path / "config.json").write_text(content)
        with pytest.raises(EncoderError, match="cannot load") as caught:
            load_encoder(f"st:{tmp_path}")
        assert "\n" not in str(caught.value)

    def test_it_grades(self, model: Encoder, bundled: Bank) -> None:
        grade = Grader(bundled, encoder=model, tier="fast").grade("dropout", "Градиент затухает")
        assert grade.score is not None
        assert 0.0 <= grade.score <= 1.0

    def test_grades_by_the_embedded_model_are_those_of_the_embedded_encoder(
        self, bundled: Bank, some_answers: Sequence[tuple[str, str]], embedded: Path
    ) -> None:
        ours = Grader(bundled, encoder="embedded", tier="fast")
        theirs = Grader(bundled, encoder=f"st:{embedded}", tier="fast")
        for question, text in some_answers:
            one, other = ours.grade(question, text), theirs.grade(question, text)
            assert one.score == pytest.approx(other.score, abs=1e-4)
            assert one.points == pytest.approx(other.points, abs=1e-4)


@pytest.fixture(scope="module")
def some_answers(bundled: Bank) -> list[tuple[str, str]]:
    """Whole references and halves of them, in both languages."""
    return [
        (question.id, text[: len(text) // part])
        for question in list(bundled.questions.values())[::6]
        for text, _ in question.reference_texts()
        for part in (1, 2)
    ]
