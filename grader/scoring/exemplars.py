"""What graded answers to a question teach about further answers to the same question.

A ridge regression of the human grades on the answer's words and letter n-grams, one for each
question: what supervised short-answer scoring does where there are many graded answers (Heilman and
Madnani 2013, *SemEval*; Riordan and others 2017, *BEA*). Words are hashed into columns, so nothing
but the coefficients needs to be stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from grader.text import fold, normalize

__all__ = ["FEWEST_GRADED", "GRADED", "Exemplars", "Learned", "WordModel", "learn"]

GRADED = "graded"
"""The feature: the grade that the answer's words had in other answers to the question, 0..1."""
FEWEST_GRADED = 60
"""A question teaches with so many graded answers in different words, and not with fewer."""

_COLUMNS = 2**14
_PENALTIES = (0.1, 0.3, 1.0, 3.0)
_FOLDS = 5
# Of more answers to one question, so many teach, spread evenly: enough, and it stays quick.
_MOST = 5000
_STORED = np.dtype("<f2")

FloatArray = NDArray[np.float64]


class WordModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people graded the words of answers to one question.

    Attributes:
        coefficients: of the columns, little-endian float16; base64 in JSON.
        intercept: the grade of an answer none of whose words were seen.
        answers: how many graded answers it was fitted on.
        penalty: of the ridge regression.
    """

    coefficients: bytes
    intercept: float
    answers: int
    penalty: float

    def __post_init__(self) -> None:
        if len(self.coefficients) != _COLUMNS * _STORED.itemsize:
            raise ValueError(
                f"'coefficients' has {len(self.coefficients)} bytes instead of "
                f"{_COLUMNS * _STORED.itemsize}"
            )
        if not np.isfinite(self._values()).all() or not math.isfinite(self.intercept):
            raise ValueError("'coefficients' or 'intercept' is not a finite number")

    def predict(self, text: str) -> float | None:
        """The grade that the words foretell, 0..1; None for a text without any."""
        if not _has_words(text):
            return None
        found = _vectors([_comparable(text)]) @ self._values().astype(np.float64)
        return min(1.0, max(0.0, float(found[0]) + self.intercept))

    def _values(self) -> NDArray[np.float16]:
        return np.frombuffer(self.coefficients, dtype=_STORED)


class Exemplars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calibration of the questions that have many graded answers.

    Attributes:
        features: weight of each feature, "graded" among them, 0 or above; that of "graded" is 1 at
            most.
        intercept: what is added to the weighted sum.
        shrinkage: how strongly the weights were drawn to those of all questions.
        models: by question.
    """

    features: Mapping[str, float]
    intercept: float
    shrinkage: float
    models: Mapping[str, WordModel]

    def __post_init__(self) -> None:
        if not 0 <= self.features.get(GRADED, -1.0) <= 1:
            raise ValueError(f"the weight of '{GRADED}' is not there or not within 0..1")

    def predict(self, question: str, text: str) -> float | None:
        """The grade that the words of an answer foretell, 0..1; None without a model."""
        model = self.models.get(question)
        return None if model is None else model.predict(text)


class Learned(NamedTuple):
    """Models by question, and for each answer what a model says that had not seen its words.

    Attributes:
        predicted: 0..1; NaN where the question has no model or the answer no words.
    """

    models: Mapping[str, WordModel]
    predicted: FloatArray


def learn(questions: Sequence[str], texts: Sequence[str], human: FloatArray) -> Learned:
    """Learn from graded answers, question by question.

    Args:
        questions: of each answer.
        human: a person's grade of each, 0..1.
    """
    predicted = np.full(len(human), math.nan)
    models: dict[str, WordModel] = {}
    places: dict[str, list[int]] = {}
    for place, (question, text) in enumerate(zip(questions, texts, strict=True)):
        if _has_words(text):
            places.setdefault(question, []).append(place)
    for question, own in places.items():
        said = [_comparable(texts[place]) for place in own]
        if len(set(said)) >= FEWEST_GRADED:
            models[question], predicted[own] = _learned(said, human[own])
    return Learned(models, predicted)


def _learned(said: Sequence[str], y: FloatArray) -> tuple[WordModel, FloatArray]:
    """The model of one question, and predictions by models that had not seen the same text.

    The penalty for the answers held out is the one that does best on the other answers.
    """
    from sklearn.model_selection import GroupKFold

    x = _vectors(said)
    alike = np.unique(np.array(said), return_inverse=True)[1]
    folds = list(GroupKFold(_FOLDS).split(alike, groups=alike))
    by_penalty = np.empty((len(_PENALTIES), len(y)))
    for train, test in folds:
        for row, penalty in zip(by_penalty, _PENALTIES, strict=True):
            coefficients, intercept = _fitted(x, y, train, penalty)
            row[test] = np.clip(x[test] @ coefficients + intercept, 0.0, 1.0)
    errors = (by_penalty - y) ** 2
    predicted = np.empty_like(y)
    for train, test in folds:
        predicted[test] = by_penalty[np.argmin(errors[:, train].mean(axis=1)), test]
    penalty = _PENALTIES[int(np.argmin(errors.mean(axis=1)))]
    coefficients, intercept = _fitted(x, y, np.arange(len(y)), penalty)
    stored = coefficients.astype(_STORED).tobytes()
    return WordModel(stored, round(intercept, 6) + 0.0, len(y), penalty), predicted


def _fitted(x: Any, y: FloatArray, rows: NDArray[np.intp], penalty: float) -> tuple[Any, float]:
    """Coefficients and intercept."""
    from sklearn.linear_model import Ridge

    if len(rows) > _MOST:
        rows = rows[np.arange(_MOST) * len(rows) // _MOST]
    # The solver that is given the matrix as it is: the others make it dense, or draw at random.
    model = Ridge(alpha=penalty, solver="sparse_cg").fit(x[rows], y[rows])
    return model.coef_, float(model.intercept_)


def _vectors(said: Sequence[str]) -> Any:
    """A row for each comparable text, of length 1: which n-grams it has, however often.

    Those of letters and those of words share the columns.
    """
    from sklearn.preprocessing import normalize as unit

    letters, words = (vectorizer.transform(said) for vectorizer in _vectorizers())
    for counts in (letters, words):
        counts.data = np.sign(counts.data)
    return unit(letters + words)


@lru_cache(maxsize=1)
def _vectorizers() -> tuple[Any, ...]:
    from sklearn.feature_extraction.text import HashingVectorizer

    kept = {"n_features": _COLUMNS, "alternate_sign": True, "norm": None, "lowercase": False}
    return (
        HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), **kept),
        HashingVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", **kept),
    )


def _comparable(text: str) -> str:
    """The text as words are compared, with single spaces."""
    return " ".join(fold(normalize(text).text).split())


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
