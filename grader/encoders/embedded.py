"""The encoder that comes with the package: a static student of USE multilingual v3.

``data/static-multi-128/README.md`` says where it comes from and what it is worth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache
from grader.errors import EncoderError

__all__ = ["EmbeddedEncoder"]

_FOLDER = Path(__file__).parent / "data" / "static-multi-128"
# Texts summed together: those of a few answers, which share most of their words.
_TEXTS = 32
_BLOCK = 4096  # vectors of pieces summed at a time
_WORDS = 1 << 15  # whose vectors are kept from call to call
# Vectors of pieces are rounded to whole multiples of this, so that float64 holds their sums
# exactly: no order of summing, on no machine, changes a bit of them.
_GRAIN = 2.0**-32


class EmbeddedEncoder:
    """Vectors from a table: a text's is the mean of its pieces', scaled to unit length.

    Needs NumPy and tokenizers only. The folder is one that sentence-transformers loads as well,
    with the same vectors. The tokenizer folds case, ё and е, and the forms that Unicode holds to
    be compatible; word order and negation leave little or no trace. It takes the words between
    white space one by one, so that each is cut into pieces once and remembered by its sum.

    Args:
        folder: with ``model.safetensors`` (``embeddings`` int8, ``weights`` float32) and
            ``tokenizer.json``; by default the one in the package.
        cache: keeps the hash of the files.

    Attributes:
        name: "embedded:" and the folder's name.
        dimension: length of a vector.

    Raises:
        EncoderError: if the folder cannot be read.
    """

    def __init__(self, folder: Path | str = _FOLDER, cache: Cache | None = None) -> None:
        self._folder = Path(folder)
        self._cache = cache or Cache(None)
        with self._reading():
            tensors = _mapped(self._folder / "model.safetensors")
            self._pieces, self._scales = tensors["embeddings"], tensors["weights"]
            self.dimension = int(self._pieces.shape[1])
        self.name = f"embedded:{self._folder.name}"
        self._lock = Lock()
        self._forget()

    @cached_property
    def version(self) -> str:
        """Hash of the weights and the tokenizer."""
        with self._reading():
            files = [self._folder / name for name in ("model.safetensors", "tokenizer.json")]
            return self._cache.file_digest(*files)[:12]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); a zero row for a text without known pieces.

        A text's vector does not depend on the texts beside it or before it, to the last bit.
        """
        vectors = np.zeros((len(texts), self.dimension))
        with self._lock:
            for start in range(0, len(texts), _TEXTS):
                own = slice(start, start + _TEXTS)
                self._sum_words([text.split() for text in texts[own]], vectors[own])
        lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors.astype(np.float32)

    def _sum_words(self, texts: Sequence[Sequence[str]], sums: NDArray[np.float64]) -> None:
        """Writes the sum of its words' vectors to each text's row."""
        if len(self._known) > _WORDS:
            self._forget()
        known, words = self._known, list(chain.from_iterable(texts))
        columns = {word: column for column, word in enumerate(dict.fromkeys(words))}
        if new := [word for word in columns if word not in known]:
            self._learn(new)
        # How often each text has each word.
        cells = np.fromiter(map(columns.__getitem__, words), np.intp, len(words))
        cells += np.repeat(np.arange(len(texts)) * len(columns), list(map(len, texts)))
        counts = np.bincount(cells, minlength=len(texts) * len(columns)).astype(np.float64)
        vectors = self._vectors.take([known[word] for word in columns], axis=0)
        np.matmul(counts.reshape(len(texts), len(columns)), vectors, out=sums)

    def _forget(self) -> None:
        self._known: dict[str, int] = {}
        self._vectors = np.zeros((0, self.dimension))

    def _learn(self, words: list[str]) -> None:
        """Enters the sums of the words' pieces into the table."""
        first, last = len(self._known), len(self._known) + len(words)
        if last > len(self._vectors):
            more = np.zeros((max(last, 2 * first) - len(self._vectors), self.dimension))
            self._vectors = np.concatenate([self._vectors, more])
        sums = self._vectors[first:last]
        # Halves of surrogate pairs, which a JSON file may hold, are no Unicode text.
        valid = [word.encode("utf-8", "replace").decode("utf-8") for word in words]
        # All in one text: several would be shared out to threads, which costs more than it gains.
        found = self._tokenizer.encode(valid, is_pretokenized=True, add_special_tokens=False)
        ids, owners = np.asarray(found.ids, np.intp), np.asarray(found.word_ids, np.intp)
        for start in range(0, len(ids), _BLOCK):
            block, own = ids[start : start + _BLOCK], owners[start : start + _BLOCK]
            pieces = np.multiply(self._pieces[block], self._scales[block, None], dtype=np.float64)
            pieces = np.rint(pieces / _GRAIN) * _GRAIN
            firsts = np.flatnonzero(np.diff(own, prepend=-1))
            sums[own[firsts]] += np.add.reduceat(pieces, firsts, axis=0)
        self._known.update(zip(words, range(first, last), strict=True))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        with self._reading():
            return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # the libraries raise bare Exceptions
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise EncoderError(
                f"the embedded encoder cannot be read: {reason}; install the package again",
                path=self._folder,
            ) from error


def _mapped(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, read from the disk where they are touched."""
    data = np.memmap(path, np.uint8, "r")
    # The length of the header in eight bytes, the header in JSON, the numbers.
    start = 8 + int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8:start].tobytes())
    types = {"embeddings": np.int8, "weights": np.float32}
    return {
        name: np.ndarray(
            header[name]["shape"], kind, data, offset=start + header[name]["data_offsets"][0]
        )
        for name, kind in types.items()
    }
