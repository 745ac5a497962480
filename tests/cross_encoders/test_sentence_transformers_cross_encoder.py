"""Cross-encoders through sentence-transformers: the package's own, and others by their labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from grader.cross_encoders import Pair, load_cross_encoder
from grader.cross_encoders.embedded import FOLDER, EmbeddedCrossEncoder
from grader.errors import EncoderError

pytest.importorskip("sentence_transformers")

TEXTS = [
    ("Зачем нужен индекс в базе данных?", "Индекс ускоряет поиск по столбцу."),
    ("Зачем нужен индекс в базе данных?", "Индекс замедляет запись."),
    ("What is a stack?", "The element put in last is taken out first."),
    ("Почему небо голубое?", "Воздух рассеивает синий свет сильнее красного."),
]
ANSWERS = [
    "С ним строки находятся быстро, без просмотра всей таблицы, зато вставка идёт медленнее.",
    "Индекс не ускоряет поиск, он только бережёт место на диске.",
    "Last in, first out.",
    "Не знаю.",
    "Красные лучи проходят насквозь, а синие разлетаются во все стороны.",
]
PAIRS = [Pair(question, point, answer) for question, point in TEXTS for answer in ANSWERS]


@pytest.fixture(scope="module")
def theirs() -> object:
    return load_cross_encoder(f"st:{FOLDER}")


def test_the_two_runtimes_agree(theirs: EmbeddedCrossEncoder) -> None:
    """ONNX Runtime with int8 activations, PyTorch with the same weights in float32."""
    ours, other = EmbeddedCrossEncoder().judge(PAIRS), theirs.judge(PAIRS)
    assert np.abs(ours - other).mean() < 0.03
    assert (ours.argmax(axis=1) == other.argmax(axis=1)).mean() >= 0.9
    assert np.corrcoef(ours[:, 0], other[:, 0])[0, 1] > 0.98


def test_nothing_to_judge(theirs: EmbeddedCrossEncoder) -> None:
    assert theirs.judge([]).shape == (0, 4)
    assert theirs.name == f"st:{FOLDER}"
    assert len(theirs.version) == 12


def _model(folder: Path, labels: list[str]) -> Path:
    """A small untrained cross-encoder with these labels."""
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification

    settings = json.loads((FOLDER / "config.json").read_text("utf-8"))
    config = BertConfig(
        vocab_size=settings["vocab_size"],
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        pad_token_id=1,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    CrossEncoder(str(folder)).save_pretrained(str(folder))
    return folder


def test_a_model_of_inference_counts_entailment_as_covered(tmp_path: Path) -> None:
    labels = ["contradiction", "entailment", "neutral"]
    model = load_cross_encoder(f"st:{_model(tmp_path, labels)}")
    assert model is not None
    found = model.judge(PAIRS[:3])
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found[:, 1] == 0).all()  # such a model has no "partly"
    assert (found[:, [0, 2, 3]] > 0).all()


def test_other_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="has the labels a, b; needed are covered"):
        load_cross_encoder(f"st:{_model(tmp_path, ['a', 'b'])}")


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot load"):
        load_cross_encoder(f"st:{tmp_path / 'nowhere'}")
