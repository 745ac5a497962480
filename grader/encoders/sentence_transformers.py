"""Any model of sentence-transformers, by name or folder, on CPU or GPU."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.encoders.batches import Batches
from grader.errors import EncoderError

__all__ = ["SentenceTransformersEncoder", "version_of"]

_BATCH_ON_CPU = 64


class SentenceTransformersEncoder:
    """Wraps ``sentence_transformers.SentenceTransformer``.

    Args:
        model: a folder, or a name known to the model hub (needs the network once).
        device: "cpu", "cuda", "mps"; None takes the best there is.

    Raises:
        EncoderError: if the extra is not installed or the model cannot be loaded.
    """

    def __init__(self, model: str, *, device: str | None = None) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EncoderError(
                "this encoder needs an extra: pip install 'answer-grader[sentence-transformers]'",
                field="encoder",
            ) from error
        try:
            self._model: Any = SentenceTransformer(model, device=device)
        except Exception as error:  # the library raises whatever its parts raise
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise EncoderError(
                f"sentence-transformers cannot load '{model}': {reason}", field="encoder"
            ) from error
        self.name = f"st:{model}"
        device = str(self._model.device)
        self._batches = Batches(device, on_cpu=_BATCH_ON_CPU, field="encoder")
        # Asked of a vector, since the method that tells it changed its name between versions.
        self.dimension = int(self.encode(["probe"]).shape[1])
        self.version = version_of(model, self._model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension).

        Raises:
            EncoderError: the device has no memory for a single text.
        """
        if not len(texts):
            return np.zeros((0, self.dimension), np.float32)
        vectors = self._batches.run(
            len(texts),
            lambda size: self._model.encode(
                list(texts),
                batch_size=size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            ),
        )
        return np.asarray(vectors, np.float32)


def version_of(model: str, loaded: Any) -> str:
    """A hash of the folder's files, or the hub's revision."""
    folder = Path(model)
    if folder.is_dir():
        digest = hashlib.sha256()
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()[:12]
    card = getattr(loaded, "model_card_data", None)
    return str(getattr(card, "base_model_revision", None) or "unknown")[:12]
