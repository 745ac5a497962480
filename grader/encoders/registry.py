"""Encoders by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache
from grader.errors import EncoderError

__all__ = ["Encoder", "load_encoder"]


class Encoder(Protocol):
    """From texts to vectors whose dot product is their similarity.

    Attributes:
        name: as given to ``--encoder``.
        version: what makes its vectors reproducible, for the manifest and the cache.
        dimension: length of a vector.
    """

    name: str
    dimension: int

    @property
    def version(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); a zero row for a text without words."""
        ...


def load_encoder(spec: str, *, cache: Cache | None = None) -> Encoder | None:
    """The encoder that ``spec`` names.

    Args:
        spec: ``embedded``, ``none``, ``st:MODEL`` (a sentence-transformers name or folder) or
            ``http:URL`` (a server with OpenAI's ``/v1/embeddings``).
        cache: where the embedded encoder keeps the hash of its files.

    Returns:
        The encoder, or None for ``none``.

    Raises:
        EncoderError: if there is no such encoder or it cannot be loaded.
    """
    kind, _, rest = spec.partition(":")
    if spec == "none":
        return None
    if spec == "embedded":
        from grader.encoders.embedded import EmbeddedEncoder

        return EmbeddedEncoder(cache=cache)
    if kind == "st" and rest:
        from grader.encoders.sentence_transformers import SentenceTransformersEncoder

        return SentenceTransformersEncoder(rest)
    if kind in {"http", "https"} and rest:
        from grader.encoders.http import HttpEncoder

        return HttpEncoder(spec if rest.startswith("//") else rest)
    raise EncoderError(
        f"no encoder '{spec}'; use embedded, none, st:MODEL or http:URL", field="encoder"
    )
