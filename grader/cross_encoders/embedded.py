"""The grading model that comes with the package, run by ONNX Runtime.

``data/grading-e5-small/README.md`` says where it comes from and what it is worth.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.cache import Cache
from grader.cross_encoders.registry import LABELS, Pair
from grader.errors import EncoderError
from grader.machine import cores

__all__ = ["FOLDER", "LONGEST", "EmbeddedCrossEncoder"]

FOLDER = Path(__file__).parent / "data" / "grading-e5-small"
# In pieces: what is longer is cut at the end.
LONGEST = {"point": 128, "question": 64, "answer": 256}
_START, _END, _UNKNOWN = 0, 2, 3
# A text with more unknown pieces than this is in a script that the model has not learned.
_MOST_UNKNOWN = 0.3
_MOST_THREADS = 16


class EmbeddedCrossEncoder:
    """A 12-layer transformer with int8 weights.

    Each pair is run by itself: int8 activations take their scale from all that is run together, so
    in a batch a pair's judgement would depend on its neighbours. Pairs run side by side in threads.

    Args:
        folder: with ``model.onnx`` and ``tokenizer.json``; by default the one in the package.
        threads: how many pairs run side by side; by default as many as there are cores.
        cache: keeps the hash of the files, and the model as optimized for this machine, with which
            the first judgement comes three times as soon.

    Attributes:
        name: "embedded:" and the folder's name.
        version: hash of the weights and the tokenizer.

    Raises:
        EncoderError: if the folder cannot be read.
    """

    def __init__(
        self, folder: Path | str = FOLDER, threads: int | None = None, cache: Cache | None = None
    ) -> None:
        self.folder = Path(folder)
        self._cache = cache or Cache(None)
        self._threads = threads or min(_MOST_THREADS, cores())
        self._model, self._pieces = self.folder / "model.onnx", self.folder / "tokenizer.json"
        try:
            self.version = self._cache.file_digest(self._model, self._pieces)[:12]
        except OSError as error:
            raise self._unreadable(error) from error
        self.name = f"embedded:{self.folder.name}"

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """Probabilities of the labels, shape (len(pairs), 4); NaN where a text is unreadable."""
        found = np.full((len(pairs), len(LABELS)), np.nan, np.float32)
        places: dict[Pair, list[int]] = {}
        for place, pair in enumerate(pairs):
            places.setdefault(pair, []).append(place)
        inputs = self._inputs(list(places))
        # Long ones first, so that no thread is left alone with one at the end.
        order = sorted(inputs, key=lambda pair: -len(inputs[pair]))
        with ThreadPoolExecutor(min(self._threads, len(order)) or 1) as pool:
            rows = pool.map(self._run, (inputs[pair] for pair in order))
            for pair, row in zip(order, rows, strict=True):
                found[places[pair]] = row
        return found

    def _inputs(self, pairs: Sequence[Pair]) -> dict[Pair, list[int]]:
        """Pieces as the model reads them, ``<s> point | question </s></s> answer </s>``.

        Without the pairs that hold a text in a script unknown to the model.
        """
        texts = sorted({text for pair in pairs for text in _parts(pair)})
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        ids = {text: one.ids for text, one in zip(texts, encoded, strict=True)}
        inputs = {}
        for pair in pairs:
            point, question, answer = (ids[text] for text in _parts(pair))
            if _unknown(point) or _unknown(answer):
                continue
            inputs[pair] = [
                *(_START, *point[: LONGEST["point"]], *question[: LONGEST["question"]]),
                *(_END, _END, *answer[: LONGEST["answer"]], _END),
            ]
        return inputs

    def _run(self, ids: list[int]) -> NDArray[np.float32]:
        (logits,) = self._session.run(None, {"input_ids": np.asarray([ids], np.int64)})
        powers = np.exp(logits[0] - logits[0].max())
        return np.asarray(powers / powers.sum(), np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._pieces))
        except Exception as error:  # the library raises bare Exceptions
            raise self._unreadable(error) from error
        # "</s>" in an answer is text like any other.
        tokenizer.encode_special_tokens = True
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        name = f"{self.folder.name}-{self.version}-{onnxruntime.__version__}.onnx"
        kept = self._cache.file(name)
        if kept is not None:
            # Neither a damaged file nor a full disk may stand in the way of grading.
            with suppress(Exception):
                return _session(kept, optimized=True)
            with suppress(Exception):
                return self._keep(kept)
        try:
            return _session(self._model)
        except Exception as error:  # the library raises its own that derive from Exception
            raise self._unreadable(error) from error

    def _keep(self, path: Path) -> Any:
        """A session, its optimized model kept for the next time."""
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            session = _session(self._model, keep=fresh)
            for other in path.parent.glob(f"{self.folder.name}-*.onnx"):
                other.unlink()  # of another version
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        return session

    def _unreadable(self, error: Exception) -> EncoderError:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return EncoderError(
            f"the grading model cannot be read: {reason}; install the package again",
            path=self.folder,
        )


def _parts(pair: Pair) -> tuple[str, str, str]:
    # Halves of surrogate pairs, which a JSON file may hold, are no Unicode text.
    point, question, answer = (
        text.encode("utf-8", "replace").decode("utf-8")
        for text in (pair.point, f"| {pair.question}", pair.answer)
    )
    return point, question, answer


def _unknown(ids: Sequence[int]) -> bool:
    return not ids or sum(id == _UNKNOWN for id in ids) > _MOST_UNKNOWN * len(ids)


def _session(model: Path, *, optimized: bool = False, keep: Path | None = None) -> Any:
    """A session of one thread.

    Args:
        optimized: whether the file is one that was kept.
        keep: where to keep the optimized model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if keep is not None:
        options.optimized_model_filepath = str(keep)
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
