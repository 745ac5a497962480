"""Any cross-encoder of sentence-transformers, by name or folder, on CPU or GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.cross_encoders.registry import LABELS, Pair
from grader.encoders.batches import Batches
from grader.errors import EncoderError

__all__ = ["SentenceTransformersCrossEncoder"]

_BATCH_ON_CPU = 32
_LONGEST = 448  # in pieces, both texts together
# What models of natural language inference say, in our words: does the answer entail the point?
_INFERENCE = {"entailment": "covered", "neutral": "absent", "contradiction": "contradicted"}


class SentenceTransformersCrossEncoder:
    """Wraps ``sentence_transformers.CrossEncoder``.

    Read are models with the labels covered, partly, absent, contradicted, which get
    ("point | question", answer), and models of natural language inference, which get
    (answer, point).

    Args:
        model: a folder, that of the embedded grading model included, or a name known to the model
            hub (needs the network once).
        device: "cpu", "cuda", "mps"; None takes the best there is.

    Raises:
        EncoderError: if the extra is not installed, the model cannot be loaded, or its labels are
            others.
    """

    def __init__(self, model: str, *, device: str | None = None) -> None:
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise EncoderError(
                "this model needs an extra: pip install 'answer-grader[sentence-transformers]'",
                field="cross-encoder",
            ) from error
        from grader.encoders.sentence_transformers import version_of

        try:
            if (Path(model) / "model.onnx").is_file():
                from grader.cross_encoders.dequantized import dequantized

                with dequantized(Path(model)) as folder:
                    self._model: Any = CrossEncoder(str(folder), device=device)
            else:
                self._model = CrossEncoder(model, device=device)
        except Exception as error:  # the library raises whatever its parts raise
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise EncoderError(
                f"sentence-transformers cannot load '{model}': {reason}", field="cross-encoder"
            ) from error
        # Version 6 renamed it.
        new = hasattr(type(self._model), "max_seq_length")
        setattr(self._model, "max_seq_length" if new else "max_length", _LONGEST)
        self.name = f"st:{model}"
        self.version = version_of(model, self._model)
        device = str(self._model.device)
        self._batches = Batches(device, on_cpu=_BATCH_ON_CPU, field="cross-encoder")
        self._columns, self._inference = _columns(model, self._model.config.id2label)

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Probabilities of the labels, shape (len(pairs), 4).

        Raises:
            EncoderError: the device has no memory for a single pair.
        """
        found = np.zeros((len(pairs), len(LABELS)), np.float32)
        if not len(pairs):
            return found
        texts = [
            (pair.answer, pair.point)
            if self._inference
            else (f"{pair.point} | {pair.question}", pair.answer)
            for pair in pairs
        ]
        rows = self._batches.run(
            len(texts),
            lambda size: self._model.predict(
                texts, batch_size=size, apply_softmax=True, show_progress_bar=False
            ),
        )
        found[:, self._columns] = np.asarray(rows, np.float32)
        return found


def _columns(model: str, names: Mapping[int, str]) -> tuple[list[int], bool]:
    """Which of LABELS each of the model's outputs is, and whether they are those of inference."""
    own = [str(names[place]).lower() for place in sorted(names)]
    if sorted(own) == sorted(LABELS):
        return [LABELS.index(name) for name in own], False
    if sorted(own) == sorted(_INFERENCE):
        return [LABELS.index(_INFERENCE[name]) for name in own], True
    raise EncoderError(
        f"'{model}' has the labels {', '.join(own)}; needed are {', '.join(LABELS)} or "
        f"{', '.join(_INFERENCE)}",
        field="cross-encoder",
    )
