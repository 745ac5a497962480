"""A server that speaks OpenAI's embeddings protocol (llama.cpp, vLLM, TEI, Ollama, OpenAI)."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urldefrag, urlsplit

import numpy as np
from numpy.typing import NDArray

from grader.errors import EncoderError

__all__ = ["HttpEncoder"]

_BATCH = 64
_ATTEMPTS = 4
_TIMEOUT = 60.0
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
# The connection fails, what comes back is no HTTP, no JSON, or JSON of another shape.
_NO_ANSWER = (
    OSError, http.client.HTTPException, ValueError, LookupError, TypeError, RecursionError,
)  # fmt: skip


class HttpEncoder:
    """Vectors from ``POST URL/embeddings``; the only encoder that sends texts off the machine.

    Args:
        url: the server's base address, with or without ``/v1``; ``#MODEL`` names the model.
            A key is read from ``GRADER_EMBEDDINGS_KEY`` and never stored.

    Raises:
        EncoderError: if the address is none or the server does not answer as it should.
    """

    def __init__(self, url: str) -> None:
        base, model = urldefrag(url)
        if not _is_address(base):
            raise EncoderError(
                f"'{url}' is not an address such as http://localhost:8080/v1#MODEL",
                field="encoder",
            )
        base = base.rstrip("/")
        self._endpoint = f"{base}/embeddings" if base.endswith("/v1") else f"{base}/v1/embeddings"
        self._model = model or "default"
        self.name = f"http:{base}#{model}" if model else f"http:{base}"
        probe = self.encode(["probe"])
        self.dimension = int(probe.shape[1])
        # A server does not tell its weights; the vector of a fixed text tells them apart.
        rounded = np.round(probe, 3).astype(np.float32)
        self.version = hashlib.sha256(rounded.tobytes()).hexdigest()[:12]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension)."""
        if not len(texts):
            return np.zeros((0, getattr(self, "dimension", 0)), np.float32)
        rows: list[NDArray[np.float32]] = []
        for start in range(0, len(texts), _BATCH):
            # Servers reject empty inputs; a space has no meaning either.
            rows += self._request([text or " " for text in texts[start : start + _BATCH]])
        if len({len(row) for row in rows} | {getattr(self, "dimension", len(rows[0]))}) > 1:
            raise EncoderError(
                f"{self._endpoint} answered with vectors of different lengths", field="encoder"
            )
        vectors = np.asarray(rows, np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)

    def _request(self, texts: list[str]) -> list[NDArray[np.float32]]:
        body = json.dumps({"model": self._model, "input": texts}).encode()
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get("GRADER_EMBEDDINGS_KEY", "").strip():
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self._endpoint, body, headers)
        for attempt in range(_ATTEMPTS):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                    return _vectors(json.load(response), len(texts))
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _BUSY or attempt == _ATTEMPTS - 1:
                    raise EncoderError(
                        f"{self._endpoint} answered {error.code} {error.reason}", field="encoder"
                    ) from error
                wait = _seconds(error.headers.get("Retry-After"), 0.5 * 2**attempt)
            except _NO_ANSWER as error:
                if attempt == _ATTEMPTS - 1 or not isinstance(error, OSError):
                    raise EncoderError(
                        f"{self._endpoint} does not answer as an embeddings server: {error}",
                        field="encoder",
                    ) from error
                wait = 0.5 * 2**attempt
            time.sleep(wait)
        raise AssertionError("unreachable")


def _is_address(base: str) -> bool:
    try:
        parts = urlsplit(base)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _vectors(answer: Any, count: int) -> list[NDArray[np.float32]]:
    rows = sorted(answer["data"], key=lambda row: row["index"])
    vectors = [np.asarray(row["embedding"], np.float32) for row in rows]
    if len(vectors) != count:
        raise ValueError(f"{len(vectors)} vectors for {count} texts")
    if any(v.ndim != 1 or not v.size or not np.isfinite(v).all() for v in vectors):
        raise ValueError("not every vector is a list of numbers")
    return vectors


def _seconds(retry_after: str | None, default: float) -> float:
    try:
        return max(0.0, min(30.0, float(retry_after))) if retry_after else default
    except ValueError:
        return default
