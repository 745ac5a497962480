"""A cross-encoder that remembers what it said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache, digest
from grader.cross_encoders.registry import LABELS, CrossEncoder, Pair

__all__ = ["CachedCrossEncoder"]

_KIND = "judgement"


class CachedCrossEncoder:
    """Asks the model only about pairs that it was not asked about before.

    Args:
        model: whose judgements do not depend on the pairs beside.
        cache: where they are kept, under the model's name and version and the pair's texts.
    """

    def __init__(self, model: CrossEncoder, cache: Cache) -> None:
        self._model = model
        self._cache = cache
        self.name = model.name
        self.version = model.version

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """As :meth:`CrossEncoder.judge`."""
        keys = [digest(self.name, self.version, *pair) for pair in pairs]
        known = self._cache.get_many(_KIND, list(dict.fromkeys(keys)))
        new = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in known}
        if new:
            rows = self._model.judge(list(new.values()))
            judged = {key: row.tobytes() for key, row in zip(new, rows, strict=True)}
            self._cache.put_many(_KIND, judged)
            known |= judged
        found = np.frombuffer(b"".join(known[key] for key in keys), np.float32)
        return found.reshape(-1, len(LABELS))
