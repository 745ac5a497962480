"""The encoder in the package: its promises, and that stock sentence-transformers agrees."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import grader
from grader import EncoderError, load_encoder
from grader.encoders.embedded import _BLOCK, _WORDS, EmbeddedEncoder

FOLDER = Path(grader.__file__).parent / "encoders" / "data" / "static-multi-128"

TEXTS = [
    "Градиент затухает, и веса первых слоёв почти не меняются.",
    "The gradient vanishes and the weights of the first layers hardly change.",
    "ReLU не насыщается при x > 0; это ВАЖНО!",
    "пере обучение оверфит",
    "Прогноз погоды на завтра: дождь.",
    "E = mc², 3.14 — 50 %",
    "猫在沙发上睡觉。",
    "слово",
    "",
]


@pytest.fixture(scope="module")
def model() -> EmbeddedEncoder:
    return EmbeddedEncoder()


def cosine(model: EmbeddedEncoder, one: str, other: str) -> float:
    vectors = model.encode([one, other])
    return float(vectors[0] @ vectors[1])


def test_shape_type_and_length(model: EmbeddedEncoder) -> None:
    vectors = model.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), model.dimension) == (len(TEXTS), 128)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors[:-1], axis=1) == pytest.approx(1.0, abs=1e-6)
    assert model.encode([]).shape == (0, 128)


def test_name_and_version(model: EmbeddedEncoder) -> None:
    assert model.name == "embedded:static-multi-128"
    assert len(model.version) == 12
    again = load_encoder("embedded")
    assert again is not None
    assert again.version == model.version


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "ᚠᛇᚻ"])
def test_nothing_known_is_a_zero_row(model: EmbeddedEncoder, text: str) -> None:
    assert not model.encode([text]).any()


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=60)
def test_identical_texts_have_cosine_one_whatever_they_are(text: str) -> None:
    vectors = _shared().encode([text, text])
    np.testing.assert_array_equal(vectors[0], vectors[1])
    length = float(vectors[0] @ vectors[1])
    assert length == pytest.approx(1.0, abs=1e-5) or length == 0.0


def _shared(found: list[EmbeddedEncoder] = []) -> EmbeddedEncoder:  # noqa: B006 - a cache
    if not found:
        found.append(EmbeddedEncoder())
    return found[0]


def test_half_a_surrogate_pair_does_no_harm(model: EmbeddedEncoder) -> None:
    assert model.encode(["слово \ud800 слово"]).any()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Всё ещё учёный идёт", "Все еще ученый идет"),
        ("ЁЛКА", "елка"),
        ("Градиентный Спуск", "градиентный спуск"),
        ("градиентный   спуск\n", "градиентный спуск"),
        ("ｇｒａｄｉｅｎｔ", "gradient"),
    ],
)
def test_spellings_that_mean_the_same(model: EmbeddedEncoder, one: str, other: str) -> None:
    assert cosine(model, one, other) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("russian", "english", "unrelated"),
    [
        ("Вода кипит при ста градусах.", "Water boils at one hundred degrees.", "He sold his car."),
        ("Модель переобучилась.", "The model is overfitting.", "The weather is nice today."),
        ("случайный лес", "random forest", "stock market"),
        ("скорость обучения", "learning rate", "bread and butter"),
        ("Дети играют в парке.", "Children are playing in the park.", "The law was signed."),
    ],
)
def test_a_translation_is_nearer_than_something_else(
    model: EmbeddedEncoder, russian: str, english: str, unrelated: str
) -> None:
    assert cosine(model, russian, english) > 0.4
    assert cosine(model, russian, english) > cosine(model, russian, unrelated) + 0.25


def test_a_slip_of_the_keyboard_stays_near(model: EmbeddedEncoder) -> None:
    clean = "нормализация ускоряет обучение сети и позволяет взять шаг побольше"
    assert cosine(model, clean, "нормолизация ускаряет обучние сети и позволяет взять шаг") > 0.6


def test_vectors_do_not_depend_on_the_texts_beside_them(model: EmbeddedEncoder) -> None:
    texts = [" ".join(TEXTS[: 1 + i % 8]) * (1 + i % 5) for i in range(1100)]
    together = model.encode(texts)
    for size in (1, 7, 512):
        apart = np.concatenate(
            [model.encode(texts[i : i + size]) for i in range(0, 5 * size, size)]
        )
        np.testing.assert_array_equal(apart, together[: len(apart)])
    np.testing.assert_array_equal(model.encode(texts[::-1])[::-1], together)


def test_vectors_do_not_depend_on_the_texts_before_them(model: EmbeddedEncoder) -> None:
    fresh = [EmbeddedEncoder().encode([text])[0] for text in TEXTS]
    np.testing.assert_array_equal(model.encode(TEXTS), fresh)
    # More words than are kept: all are forgotten, and come back the same.
    model.encode([" ".join(f"слово{i}" for i in range(_WORDS + 1))])
    np.testing.assert_array_equal(model.encode(TEXTS), fresh)
    np.testing.assert_array_equal(model.encode(TEXTS[::-1])[::-1], fresh)


def test_words_in_another_order_are_the_same_to_the_last_bit(model: EmbeddedEncoder) -> None:
    words = " ".join(TEXTS).split()
    orders = [" ".join(words[i:] + words[:i]) for i in range(len(words))]
    vectors = model.encode(orders)
    np.testing.assert_array_equal(vectors, np.repeat(vectors[:1], len(orders), axis=0))


def test_texts_longer_than_a_block(model: EmbeddedEncoder) -> None:
    long = [" ".join(["градиент спуск слой"] * n) for n in (_BLOCK, 5 * _BLOCK)]
    unspaced = "猫在沙发上睡觉。"
    vectors = model.encode([*long, "градиент спуск слой", *long[::-1], unspaced * _BLOCK, unspaced])
    np.testing.assert_array_equal(vectors[[0, 1]], vectors[[4, 3]])
    for row in (0, 1):
        np.testing.assert_allclose(vectors[row], vectors[2], atol=1e-4)
    assert vectors[5] @ vectors[6] > 0.95


@given(st.text(st.characters(exclude_characters="\x1c\x1d\x1e\x1f"), max_size=60))
@settings(deadline=None, max_examples=150)
def test_words_taken_one_by_one_are_what_the_tokenizer_makes_of_the_text(text: str) -> None:
    model = _shared()
    valid = text.encode("utf-8", "replace").decode("utf-8")
    ids = model._tokenizer.encode(valid, add_special_tokens=False).ids
    total = (model._pieces[ids] * model._scales[ids, None].astype(np.float64)).sum(axis=0)
    length = np.linalg.norm(total)
    np.testing.assert_allclose(model.encode([text])[0] * length, total, atol=1e-6)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be read") as caught:
        EmbeddedEncoder(tmp_path)
    assert caught.value.path == str(tmp_path)


def test_it_fits_in_the_package() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(sizes.values()) < 18.5e6
    assert {"README.md", "model.safetensors", "modules.json", "tokenizer.json"} <= sizes.keys()


def test_no_torch_and_nothing_at_import() -> None:
    program = (
        "import sys, grader.encoders.embedded as e\n"
        "assert 'tokenizers' not in sys.modules and 'safetensors' not in sys.modules\n"
        "e.EmbeddedEncoder().encode(['text'])\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    find_spec("sentence_transformers") is None, reason="needs sentence-transformers"
)
@pytest.mark.filterwarnings("default")  # of the libraries beneath
def test_stock_sentence_transformers_gives_the_same(model: EmbeddedEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    stock = SentenceTransformer(str(FOLDER), device="cpu")
    texts = [
        *TEXTS,
        " ".join(TEXTS),
        "ᚠᛇᚻ",
        "слово ᚠ",
        *(word for t in TEXTS for word in t.split()),
    ]
    theirs: NDArray[np.float32] = stock.encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(model.encode(texts), theirs, atol=1e-5)
