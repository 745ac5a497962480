"""Cross-encoders by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache
from grader.errors import EncoderError

__all__ = ["LABELS", "CrossEncoder", "Pair", "load_cross_encoder"]

LABELS = ("covered", "partly", "absent", "contradicted")


class Pair(NamedTuple):
    """What is judged: does the answer to the question say the point?"""

    question: str
    point: str
    answer: str


class CrossEncoder(Protocol):
    """Says of each pair how the answer stands to the point.

    Attributes:
        name: as given to ``--cross-encoder``.
        version: what makes its judgements reproducible, for the manifest and the cache.
    """

    name: str
    version: str

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Probabilities of LABELS, shape (len(pairs), 4); NaN where the model cannot read a text.

        What is said of one pair does not depend on the pairs beside it.
        """
        ...


def load_cross_encoder(
    spec: str, *, threads: int | None = None, cache: Cache | None = None
) -> CrossEncoder | None:
    """The cross-encoder that ``spec`` names.

    Args:
        spec: ``embedded``, ``none``, or ``st:MODEL`` (a name or folder of sentence-transformers).
        threads: how many the embedded model uses; None for one a core.
        cache: where the embedded model keeps what makes its start quicker.

    Returns:
        The cross-encoder, or None for ``none``.

    Raises:
        EncoderError: if there is no such model or it cannot be loaded.
    """
    kind, _, rest = spec.partition(":")
    if spec == "none":
        return None
    if spec == "embedded":
        from grader.cross_encoders.embedded import EmbeddedCrossEncoder

        return EmbeddedCrossEncoder(threads=threads, cache=cache)
    if kind == "st" and rest:
        from grader.cross_encoders.sentence_transformers import SentenceTransformersCrossEncoder

        return SentenceTransformersCrossEncoder(rest)
    raise EncoderError(
        f"no cross-encoder '{spec}'; use embedded, none or st:MODEL", field="cross-encoder"
    )
