"""What the machine could do at best, and what the grading model and the texts ask of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from grader.cross_encoders import Pair
from grader.cross_encoders.embedded import FOLDER, LONGEST

__all__ = ["bandwidth", "int8_peak", "model_operations", "pair_lengths", "peak"]

_SIDE = 1536
_BYTES = 256 << 20
_TIMES = 5
# Around the texts: "<s> point | question </s></s> answer </s>".
_MARKS = 4


def peak() -> float:
    """Floating-point operations a second of one core: the product of two float32 matrices.

    NumPy must have been started with one thread.
    """
    left = np.random.default_rng(1).random((_SIDE, _SIDE), np.float32)
    return 2 * _SIDE**3 / _best(lambda: left @ left)


def int8_peak() -> float:
    """Operations a second of one core on int8, as ONNX Runtime multiplies two large matrices."""
    import onnx
    import onnxruntime

    left = np.random.default_rng(1).integers(0, 255, (_SIDE, _SIDE), np.uint8)
    right = onnx.numpy_helper.from_array((left // 2).astype(np.int8), "right")
    shape = [_SIDE, _SIDE]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "product",
        [onnx.helper.make_tensor_value_info("left", onnx.TensorProto.UINT8, shape)],
        [onnx.helper.make_tensor_value_info("product", onnx.TensorProto.INT32, shape)],
        [right],
    )
    opset = onnx.helper.make_opsetid("", 13)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return 2 * _SIDE**3 / _best(lambda: session.run(None, {"left": left}))


def bandwidth() -> float:
    """Bytes a second that one core reads from memory."""
    array = np.ones(_BYTES // 8, np.int64)
    return _BYTES / _best(array.max)


def pair_lengths(pairs: Iterable[Pair], folder: Path = FOLDER) -> list[int]:
    """How many pieces the grading model reads for each pair."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def pieces(text: str, part: str) -> int:
        return min(len(tokenizer.encode(text, add_special_tokens=False)), LONGEST[part])

    return [
        pieces(pair.point, "point")
        + pieces(f"| {pair.question}", "question")
        + pieces(pair.answer, "answer")
        + _MARKS
        for pair in pairs
    ]


def model_operations(lengths: Sequence[int], folder: Path = FOLDER) -> float:
    """Floating-point operations of the grading model on inputs of so many pieces.

    Those of the matrix products alone, two for each multiplication: with n pieces, width h and
    inner width m, a layer takes 4nh² (queries, keys, values, output), 2n²h (attention) and 2nhm
    multiplications; the classifier h² and h for each label.
    """
    shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    width: int = shape["hidden_size"]
    inner: int = shape["intermediate_size"]
    head: int = width * width + width * len(shape["id2label"])
    layers: int = shape["num_hidden_layers"]
    return 2.0 * sum(
        layers * (4 * n * width**2 + 2 * n**2 * width + 2 * n * width * inner) + head
        for n in lengths
    )


def _best(run: Callable[[], object]) -> float:
    """Seconds of processor time of the quickest of several runs."""
    taken = []
    for _ in range(_TIMES):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return min(taken)
