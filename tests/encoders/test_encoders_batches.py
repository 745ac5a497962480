"""The batch size: fixed on a CPU, found on an accelerator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.cross_encoders import Pair, load_cross_encoder
from grader.cross_encoders.embedded import FOLDER
from grader.encoders import load_encoder
from grader.encoders.batches import Batches
from grader.errors import EncoderError


def limited(memory: int, tried: list[int], error: Exception) -> Callable[[int], str]:
    """A call that fails with batches larger than ``memory``."""

    def call(size: int) -> str:
        tried.append(size)
        if size > memory:
            raise error
        return f"in batches of {size}"

    return call


OUT_OF_MEMORY = RuntimeError("MPS backend out of memory (MPS allocated: 17.02 GB)")


def test_the_size_that_fitted_is_remembered() -> None:
    batches = Batches("cuda:0", on_cpu=64, field="encoder")
    tried: list[int] = []
    assert batches.run(5000, limited(200, tried, OUT_OF_MEMORY)) == "in batches of 128"
    assert batches.run(5000, limited(200, tried, OUT_OF_MEMORY)) == "in batches of 128"
    assert tried == [1024, 512, 256, 128, 128]


def test_fewer_texts_are_tried_at_once() -> None:
    batches = Batches("cuda:0", on_cpu=64, field="encoder")
    tried: list[int] = []
    batches.run(40, limited(12, tried, OUT_OF_MEMORY))
    assert tried == [40, 20, 10]
    batches.run(3, limited(12, tried, OUT_OF_MEMORY))
    batches.run(5000, limited(12, tried, OUT_OF_MEMORY))
    assert tried[3:] == [3, 10]


def test_one_text_that_does_not_fit_is_the_users_error() -> None:
    batches = Batches("mps:0", on_cpu=64, field="cross-encoder")
    tried: list[int] = []
    with pytest.raises(EncoderError, match=r"memory of mps:0 does not hold .* one text") as caught:
        batches.run(9, limited(0, tried, OUT_OF_MEMORY))
    assert caught.value.field == "cross-encoder"
    assert tried == [9, 4, 2, 1]


def test_on_a_cpu_the_size_stays() -> None:
    batches = Batches("cpu", on_cpu=64, field="encoder")
    assert batches.run(5000, lambda size: size) == 64


def test_other_errors_are_not_touched() -> None:
    batches = Batches("cuda:0", on_cpu=64, field="encoder")
    tried: list[int] = []
    with pytest.raises(RuntimeError, match="device-side assert"):
        batches.run(9, limited(4, tried, RuntimeError("CUDA error: device-side assert triggered")))
    assert tried == [9]


TEXTS = [f"Индекс ускоряет поиск по столбцу {number}." * (1 + number % 3) for number in range(20)]


def tight(model: Any, method: str, memory: int) -> list[int]:
    """Let a real model run out of memory as on an accelerator; gives the sizes that it tried."""
    import torch

    whole, tried = getattr(model._model, method), []

    def call(*arguments: Any, batch_size: int, **options: Any) -> Any:
        tried.append(batch_size)
        if batch_size > memory:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return whole(*arguments, batch_size=batch_size, **options)

    setattr(model._model, method, call)
    model._batches = Batches("cuda:0", on_cpu=1, field=method)
    return tried


def test_an_encoder_that_runs_out_of_memory_gives_the_same(embedded: Path) -> None:
    pytest.importorskip("sentence_transformers")
    model = load_encoder(f"st:{embedded}")
    assert model is not None
    expected = model.encode(TEXTS)
    tried = tight(model, "encode", 6)
    assert np.allclose(model.encode(TEXTS), expected, atol=1e-5)
    assert tried == [20, 10, 5]
    tight(model, "encode", 0)
    with pytest.raises(EncoderError, match="cuda:0"):
        model.encode(TEXTS)


def test_a_grading_model_that_runs_out_of_memory_gives_the_same() -> None:
    pytest.importorskip("sentence_transformers")
    model = load_cross_encoder(f"st:{FOLDER}")
    assert model is not None
    pairs = [Pair("Зачем нужен индекс?", "Индекс ускоряет поиск.", text) for text in TEXTS]
    expected = model.judge(pairs)
    tried = tight(model, "predict", 6)
    assert np.allclose(model.judge(pairs), expected, atol=1e-5)
    assert tried == [20, 10, 5]
