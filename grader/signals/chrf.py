"""chrF: F-score of character n-grams, many answers against the same references at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chrf", "chrf"]

# Answers counted together: few enough that their tables stay in the processor's cache.
_TOGETHER = 16


def chrf(answer: str, reference: str, *, order: int = 6, beta: float = 2.0) -> float | None:
    """chrF (Popović 2015): F-beta of character n-grams up to ``order``, white space left out.

    Averages precision and recall over the orders that both texts have, as sacrebleu does.

    Returns:
        0..1, or None if either side has no characters.
    """
    return Chrf([reference], order=order, beta=beta).best([answer])[0]


class Chrf:
    """The character n-grams of references, ready to be counted in answers.

    An n-gram of the highest order is a number with one digit a character, and its prefixes are
    all the n-grams that begin at the same place. The references' numbers are sorted; next to where
    an answer's number belongs among them stands the one that shares its longest prefix.

    Args:
        references: texts; those without characters are left out.
        order: length of the longest n-grams.
        beta: how many times as much as precision recall counts.
    """

    def __init__(self, references: Sequence[str], *, order: int = 6, beta: float = 2.0) -> None:
        self._order, self._beta = order, beta
        texts = [text for text in map(_without_space, references) if text]
        self._lengths = [len(text) for text in texts]
        if not texts:
            return
        # Digits: 0 ends a reference, then its alphabet, then any other character of an answer.
        alphabet = np.unique(_characters("".join(texts)))
        self._other = len(alphabet) + 1
        self._digits = np.full(int(alphabet[-1]) + 2, self._other, np.min_scalar_type(self._other))
        self._digits[alphabet] = np.arange(1, self._other)
        self._bits = self._other.bit_length()
        shifts = [self._bits * (order - n) for n in range(1, order + 1)]
        # The first is that of a reference's end, 0, and the last is beyond all that can occur.
        self._ngrams = np.append(np.unique(self._highest(texts, end=0)), 1 << self._bits * order)
        # Two numbers that differ by less than this, bit by bit, share the prefix of that order.
        self._bounds = np.array([[1 << shift] for shift in shifts], self._ngrams.dtype)
        # All prefixes counted through, order by order, and where each order begins.
        prefixes = (self._ngrams >> shift for shift in shifts)
        new = np.array([np.append(True, p[1:] != p[:-1]) for p in prefixes])
        self._prefixes = new.cumsum(dtype=np.int32).reshape(new.shape) - 1
        self._orders = self._prefixes[:, 0]
        self._counts = self._counted(texts, end=0)

    def best(self, answers: Sequence[str]) -> list[float | None]:
        """Each answer's chrF with the reference most like it, 0..1.

        None for an answer without characters, or if no reference has any.
        """
        if not self._lengths:
            return [None] * len(answers)
        texts = [_without_space(answer) for answer in answers]
        scores: list[float] = []
        for start in range(0, len(texts), _TOGETHER):
            scores += self._scores(texts[start : start + _TOGETHER])
        return [score if text else None for score, text in zip(scores, texts, strict=True)]

    def _scores(self, texts: Sequence[str]) -> list[float]:
        counts = self._counted(texts, end=self._other)
        least = np.minimum(counts[:, None], self._counts)
        common = np.add.reduceat(least, self._orders, axis=2, dtype=least.dtype).tolist()
        return [
            max(
                self._f_beta(len(text), length, shared)
                for length, shared in zip(self._lengths, row, strict=True)
            )
            for text, row in zip(texts, common, strict=True)
        ]

    def _f_beta(self, answer: int, reference: int, common: Sequence[int]) -> float:
        """From the lengths of two texts and how many n-grams of each order they share."""
        orders = min(self._order, answer, reference)
        if not orders or not common[0]:
            return 0.0
        precision = sum([common[n] / (answer - n) for n in range(orders)]) / orders
        recall = sum([common[n] / (reference - n) for n in range(orders)]) / orders
        square = self._beta**2
        return (1 + square) * precision * recall / (square * precision + recall)

    def _counted(self, texts: Sequence[str], end: int) -> NDArray[np.int32]:
        """How often each text has each n-gram of the references."""
        ngrams = self._highest(texts, end)
        place = np.searchsorted(self._ngrams, ngrams)
        after, before = ngrams ^ self._ngrams[place], ngrams ^ self._ngrams[place - 1]
        nearest = place - (before < after)
        found = np.minimum(before, after) < self._bounds
        size = int(self._prefixes[-1, -1]) + 1
        owner = np.repeat(np.arange(len(texts)) * size, [len(text) + 1 for text in texts])
        cells = (self._prefixes.take(nearest, axis=1) + owner)[found]
        counts = np.bincount(cells, minlength=len(texts) * size).astype(np.int32)
        return counts.reshape(len(texts), size)

    def _highest(self, texts: Sequence[str], end: int) -> NDArray[Any]:
        """The n-grams of the highest order from every place of the texts and from their ends."""
        characters = _characters("".join(f"{text} " for text in texts) + " " * (self._order - 1))
        digits = self._digits.take(characters, mode="clip")
        digits[characters == ord(" ")] = end
        # Python's own integers where an alphabet is so large that 64 bits do not hold a number.
        wide = digits.astype(np.int64 if self._bits * self._order < 63 else object)
        count = len(wide) - self._order + 1
        ngrams = wide[:count]
        for n in range(1, self._order):
            ngrams = ngrams << self._bits | wide[n : n + count]
        return ngrams


def _characters(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _without_space(text: str) -> str:
    return "".join(text.split())
