"""The encoder that comes with the package: a static student of USE multilingual v3.

``data/static-multi-128/README.md`` says where it comes from and what it is worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import EncoderError

__all__ = ["EmbeddedEncoder"]

_FOLDER = Path(__file__).parent / "data" / "static-multi-128"
_TEXTS = 512  # tokenized at a time
_SEGMENT = 4096  # pieces summed at a time; a longer text is cut, always at the same places
_BLOCK = 32768  # pieces whose vectors are in memory at a time


class EmbeddedEncoder:
    """Vectors from a table: a text's is the mean of its pieces', scaled to unit length.

    Needs NumPy, tokenizers and safetensors only. The folder is one that sentence-transformers
    loads as well, with the same vectors. The tokenizer folds case, ё and е, and the forms that
    Unicode holds to be compatible; word order and negation leave little or no trace.

    Args:
        folder: with ``model.safetensors`` (``embeddings`` int8, ``weights`` float32) and
            ``tokenizer.json``; by default the one in the package.

    Attributes:
        name: "embedded:" and the folder's name.
        version: hash of the weights and the tokenizer.
        dimension: length of a vector.

    Raises:
        EncoderError: if the folder cannot be read.
    """

    def __init__(self, folder: Path | str = _FOLDER) -> None:
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        folder = Path(folder)
        try:
            weights = (folder / "model.safetensors").read_bytes()
            pieces = (folder / "tokenizer.json").read_bytes()
            tensors = load(weights)
            self._rows: NDArray[np.int8] = tensors["embeddings"]
            self._scales: NDArray[np.float32] = tensors["weights"]
            self._tokenizer: Any = Tokenizer.from_buffer(pieces)
        except Exception as error:  # both libraries raise bare Exceptions
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise EncoderError(
                f"the embedded encoder cannot be read: {reason}; install the package again",
                path=folder,
            ) from error
        self.name = f"embedded:{folder.name}"
        self.version = hashlib.sha256(weights + pieces).hexdigest()[:12]
        self.dimension = int(self._rows.shape[1])
        # Without offsets, where the installed tokenizers can leave them out.
        self._pieces = getattr(self._tokenizer, "encode_batch_fast", self._tokenizer.encode_batch)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); a zero row for a text without known pieces.

        A text's vector does not depend on the texts beside it, to the last bit.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _TEXTS):
            self._add_rows(vectors[start : start + _TEXTS], texts[start : start + _TEXTS])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _add_rows(self, sums: NDArray[np.float32], texts: Sequence[str]) -> None:
        """Adds to each text's row the vectors of its pieces."""
        # Halves of surrogate pairs, which a JSON file may hold, are no Unicode text.
        valid = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = [one.ids for one in self._pieces(valid, add_special_tokens=False)]
        counts = np.fromiter(map(len, encoded), np.int64, len(encoded))
        ids = np.fromiter(chain.from_iterable(encoded), np.int64, int(counts.sum()))
        parts = -(-counts // _SEGMENT)
        owners = np.repeat(np.arange(len(counts)), parts)
        nth = np.arange(len(owners)) - (np.cumsum(parts) - parts)[owners]
        starts = (np.cumsum(counts) - counts)[owners] + nth * _SEGMENT
        ends = np.append(starts[1:], len(ids))
        first = 0
        while first < len(starts):
            last = int(np.searchsorted(ends, starts[first] + _BLOCK, side="right"))
            block = ids[starts[first] : ends[last - 1]]
            vectors = self._rows[block] * self._scales[block, None]
            totals = np.add.reduceat(vectors, starts[first:last] - starts[first], axis=0)
            np.add.at(sums, owners[first:last], totals)
            first = last
