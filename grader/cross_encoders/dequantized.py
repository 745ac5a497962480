"""The grading model's int8 weights as the floating-point ones that PyTorch reads."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["dequantized", "state"]

_ROWS = "bert.embeddings.word_embeddings"
_TURNED = "_Transposed"
_COPIED = ("tokenizer.json", "tokenizer_config.json", "config.json")


@contextmanager
def dequantized(folder: Path) -> Iterator[Path]:
    """A temporary model folder with the weights of ``folder / "model.onnx"`` in float32."""
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as name:
        target = Path(name)
        for file in _COPIED:
            shutil.copyfile(folder / file, target / file)
        save_file(state(folder / "model.onnx"), target / "model.safetensors", {"format": "pt"})
        yield target


def state(model: Path) -> dict[str, NDArray[np.float32]]:
    """The network's weights by the names that transformers gives them.

    Weights of layers stand in the graph as int8 with a scale for each channel, under the path of
    the layer; the vectors of the pieces as int8 rows with a scale for each; the rest as they were.
    """
    import onnx

    graph = onnx.load(model).graph
    tensors = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    found = {
        name.removeprefix("network."): np.asarray(value, np.float32)
        for name, value in tensors.items()
        if name.startswith("network.") and not name.startswith(f"network.{_ROWS}")
    }
    for name in [name for name in found if name.endswith(_TURNED)]:
        found[name.removesuffix(_TURNED)] = found.pop(name).T
    rows, scales = (tensors[f"network.{_ROWS}.{part}"] for part in ("rows", "scales"))
    found[f"{_ROWS}.weight"] = rows.astype(np.float32) * scales
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in tensors:
            found[f"{_layer(node.name)}.weight"] = _floats(tensors, node.input[1])
    return {name: np.ascontiguousarray(value) for name, value in found.items()}


def _layer(node: str) -> str:
    """ "/network/bert/encoder/layer.0/output/dense/MatMul_quant" as the name of the layer."""
    path = re.sub(r"/MatMul\w*$", "", node).strip("/").removeprefix("network/")
    return path.replace("/", ".")


def _floats(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """A layer's weight, output by input, from its int8 columns."""
    stem = name.removesuffix("_quantized")
    zero = tensors[f"{stem}_zero_point"].astype(np.float32)
    weight = (tensors[name].astype(np.float32) - zero) * tensors[f"{stem}_scale"]
    return np.asarray(weight.T, np.float32)
