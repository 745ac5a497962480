"""What the references of a bank have in common, learned once a bank and kept in the cache.

Preparing one question takes a millisecond or two and is done when it is asked for; but how rare a
word is, and what an encoder's cosines mean, only the whole bank tells.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from grader.bank import Bank
from grader.cache import Cache, digest
from grader.encoders import Encoder
from grader.model import Question
from grader.signals import prepare
from grader.signals.semantic import CosineScale, measure_scale
from grader.signals.tfidf import Tfidf
from grader.text import Analyzer, Word, language

__all__ = ["References", "are_kept", "recall_words"]

_KIND = "reference"
_WORDS = "words"
# Questions on which the scale of an encoder's cosines is measured.
_SAMPLE = 24
# The language whose words take long to analyse.
_SLOW = "ru"
# What the numbers are computed by, beside the encoder.
_CODE = ("text", "signals")


class _Kept(msgspec.Struct, frozen=True):
    count: int
    frequencies: dict[str, int]
    tfidf: bytes | None
    scale: tuple[float, float] | None


class References:
    """Numbers that the whole bank gives.

    Attributes:
        tfidf: fitted on all references; None if they have not one word.
        scale: of the encoder's cosines; None without an encoder.
    """

    def __init__(
        self,
        bank: Bank,
        analyzer: Analyzer,
        encoder: Encoder | None,
        cache: Cache,
    ) -> None:
        key = _key(bank, encoder)
        kept = cache.get(_KIND, key)
        if kept is not None:
            found = msgspec.msgpack.decode(kept, type=_Kept)
            self._count, self._frequencies = found.count, found.frequencies
            self.tfidf = None if found.tfidf is None else Tfidf.from_bytes(found.tfidf)
            self.scale = None if found.scale is None else CosineScale(*found.scale)
            return
        texts = [
            analyzer.analyse(text, code)
            for question in bank.questions.values()
            for text, code in question.reference_texts()
        ]
        self._count = len(texts)
        self._frequencies = Counter(key for text in texts for key in set(text.keys))
        self.tfidf = Tfidf.fit(texts)
        # Prepared questions weigh words by the frequencies, which are there by now.
        sample = [prepare(question, analyzer, self.idf) for question in _sample(bank)]
        self.scale = None if encoder is None else measure_scale(encoder, sample)
        cache.put(_KIND, key, msgspec.msgpack.encode(self._kept()))
        cache.put(_WORDS, _words_key(bank), msgspec.msgpack.encode(language(_SLOW).memory))

    def idf(self, key: str) -> float:
        """Smoothed inverse document frequency of a key over the references of the bank."""
        return math.log(1 + (self._count + 1) / (self._frequencies.get(key, 0) + 0.5))

    def _kept(self) -> _Kept:
        tfidf = None if self.tfidf is None else self.tfidf.to_bytes()
        scale = None if self.scale is None else (self.scale.unrelated, self.scale.same)
        return _Kept(self._count, dict(self._frequencies), tfidf, scale)


def are_kept(bank: Bank, encoder: Encoder | None, cache: Cache) -> bool:
    """Whether the cache has what would have to be learned."""
    return cache.get(_KIND, _key(bank, encoder)) is not None


def _key(bank: Bank, encoder: Encoder | None) -> bytes:
    return digest(_code(), msgspec.msgpack.encode(bank), _named(encoder))


def recall_words(bank: Bank, cache: Cache) -> None:
    """Words that were analysed for the bank need not be analysed again."""
    memory = language(_SLOW).memory
    kept = cache.get(_WORDS, _words_key(bank)) if not memory else None
    if kept is not None and memory is not None:
        memory.update(msgspec.msgpack.decode(kept, type=dict[str, Word]))


def _words_key(bank: Bank) -> bytes:
    return digest(_code(), bank.sha256)


def _sample(bank: Bank) -> list[Question]:
    """Some questions, spread evenly over the bank: always the same ones."""
    step = max(1, len(bank.questions) // _SAMPLE)
    return list(bank.questions.values())[::step][:_SAMPLE]


def _named(encoder: Encoder | None) -> str:
    return "none" if encoder is None else f"{encoder.name}@{encoder.version}"


@lru_cache(maxsize=1)
def _code() -> bytes:
    """Another one for every version, and in a source tree for every change."""
    package = Path(__file__).parent.parent
    files = sorted(path for part in _CODE for path in (package / part).rglob("*.*"))
    stats = [(path, path.stat()) for path in files if "__pycache__" not in path.parts]
    stamps = [f"{path.name} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats]
    return digest(version("answer-grader"), *stamps)
