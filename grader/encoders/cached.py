"""An encoder that remembers its vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache, digest
from grader.encoders.registry import Encoder

__all__ = ["CachedEncoder"]

_KIND = "vector"


class CachedEncoder:
    """Encodes only texts that it was not given before, each of them once, the long ones together.

    Worth it for models and servers; the embedded encoder is quicker than a look into a file.

    Args:
        encoder: what makes the vectors.
        cache: where they are kept, under the encoder's name and version and the text.
    """

    def __init__(self, encoder: Encoder, cache: Cache) -> None:
        self._encoder = encoder
        self._cache = cache
        self.name = encoder.name
        self.version = encoder.version
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As :meth:`Encoder.encode`."""
        keys = [digest(self.name, self.version, text) for text in texts]
        known = self._cache.get_many(_KIND, list(dict.fromkeys(keys)))
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            order = sorted(new, key=lambda key: len(new[key]))
            rows = self._encoder.encode([new[key] for key in order])
            made = {key: row.tobytes() for key, row in zip(order, rows, strict=True)}
            self._cache.put_many(_KIND, made)
            known |= made
        found = np.frombuffer(b"".join(known[key] for key in keys), np.float32)
        return found.reshape(-1, self.dimension)
