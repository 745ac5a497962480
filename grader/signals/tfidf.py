"""TF-IDF over keys and letter n-grams, weighted by the references of a whole bank."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from grader.text import Text

__all__ = ["Nearest", "Tfidf", "features"]

# Words whose letter n-grams are kept.
_KNOWN_WORDS = 1 << 15


class Tfidf:
    """Sublinear TF-IDF with cosine normalization; see scikit-learn's ``TfidfVectorizer``.

    Args:
        features: the vocabulary.
        idf: the inverse document frequency of each feature.

    Attributes:
        size: of the vocabulary.
    """

    def __init__(self, features: Sequence[str], idf: Sequence[float]) -> None:
        self.size = len(features)
        self._features, self._idf = list(features), np.array(idf, np.float64)
        # Numbers as bytes, since joining these is how a text's features are put together.
        self._number = {f: n.to_bytes(8, "little") for n, f in enumerate(features)}
        self._of_word = lru_cache(_KNOWN_WORDS)(lambda word: self._numbers(_grams(word)))

    @classmethod
    def fit(cls, references: Sequence[Text]) -> Tfidf | None:
        """Weights from all references of a bank; None if they have not one word."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(analyzer=features)
        try:
            vectorizer.fit(references)
        except ValueError:
            return None
        return cls(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_.tolist())

    @classmethod
    def from_bytes(cls, data: bytes) -> Tfidf:
        return cls(*msgspec.msgpack.decode(data, type=tuple[list[str], list[float]]))

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode((self._features, self._idf.tolist()))

    def nearest(self, references: Sequence[Text]) -> Nearest:
        """A question's references, to be compared with answers."""
        return Nearest(self, references)

    def weighed(
        self, texts: Sequence[Text]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The features of each text: number of the text, number of the feature, weight."""
        numbers = [self._of_text(text) for text in texts]
        cells = np.frombuffer(b"".join(numbers), "<i8")
        lengths = [len(own) // cells.itemsize for own in numbers]
        cells = cells + np.repeat(np.arange(len(texts)) * self.size, lengths)
        cells, counts = np.unique(cells, return_counts=True)
        text, feature = np.divmod(cells, self.size)
        weight = (1.0 + np.log(counts)) * self._idf[feature]
        norm = np.sqrt(np.bincount(text, weight**2, len(texts)))
        return text, feature, weight / norm[text]

    def _of_text(self, text: Text) -> bytes:
        words = [token.folded for token in text.tokens if token.content]
        return self._numbers(text.keys) + b"".join(map(self._of_word, words))

    def _numbers(self, features: Sequence[str]) -> bytes:
        """The numbers of those features that are in the vocabulary."""
        return b"".join(map(self._number.get, features, itertools.repeat(b"")))


class Nearest:
    """References as rows of a matrix, with columns for the features that they have."""

    def __init__(self, tfidf: Tfidf, references: Sequence[Text]) -> None:
        self._tfidf = tfidf
        text, feature, weight = tfidf.weighed(references)
        # The last column is for a feature that no text has.
        self._features = np.append(np.unique(feature), tfidf.size)
        self._rows = np.zeros((len(references), len(self._features)))
        self._rows[text, np.searchsorted(self._features, feature)] = weight

    def cosines(self, answers: Sequence[Text]) -> list[float | None]:
        """Each answer's cosine to the reference nearest to it, 0..1; None if it has no keys."""
        text, feature, weight = self._tfidf.weighed(answers)
        column = np.searchsorted(self._features, feature)
        shared = self._features[column] == feature
        text = text[shared]
        products = self._rows.take(column[shared], axis=1) * weight[shared]
        cosines = [np.bincount(text, row, len(answers)).tolist() for row in products]
        return [
            min(1.0, max(own)) if answer.keys else None
            for answer, *own in zip(answers, *cosines, strict=True)
        ]


def features(text: Text) -> list[str]:
    """Keys, and the letter n-grams of words, so that related words meet half-way."""
    grams = (gram for token in text.tokens if token.content for gram in _grams(token.folded))
    return [*text.keys, *grams]


def _grams(word: str) -> list[str]:
    """Runs of four letters, the gaps around the word counted as letters."""
    padded = f" {word} "
    return [f"_{padded[i : i + 4]}" for i in range(max(1, len(padded) - 3))]
