"""Overlap of word keys: token F1, recall, ROUGE-L."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

__all__ = ["Bag", "rouge_l", "rouge_ls", "token_f1"]


class Bag:
    """Keys with repetitions, each weighing something.

    Attributes:
        masses: what each key weighs, all its repetitions together.
        mass: what all keys weigh together.
    """

    def __init__(self, keys: Iterable[str], weight: Callable[[str], float]) -> None:
        self.masses = {key: n * weight(key) for key, n in Counter(keys).items()}
        self.mass = sum(self.masses.values())

    def f1(self, reference: Bag) -> tuple[float | None, float | None]:
        """F1 and recall of the reference's keys; None if either side weighs nothing."""
        if not self.mass or not reference.mass:
            return None, None
        ours, theirs = self.masses.items(), reference.masses
        common = sum([min(mass, theirs[key]) for key, mass in ours if key in theirs])
        precision, recall = common / self.mass, common / reference.mass
        f1 = 2 * precision * recall / (precision + recall) if common else 0.0
        return f1, recall


def token_f1(
    answer: Iterable[str],
    reference: Iterable[str],
    weight: Callable[[str], float] = lambda _: 1.0,
) -> tuple[float | None, float | None]:
    """F1 and recall of the reference's keys (with repetitions), each weighted; 0..1.

    Returns:
        (F1, recall), or (None, None) if either side has no keys.
    """
    return Bag(answer, weight).f1(Bag(reference, weight))


def rouge_l(answer: Sequence[str], reference: Sequence[str]) -> float | None:
    """ROUGE-L F1 (Lin 2004, beta 1) over word keys, 0..1; None if either side is empty."""
    return rouge_ls([answer], [reference])[0]


def rouge_ls(
    answers: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> list[float | None]:
    """Each answer's ROUGE-L with the reference most like it."""
    references = [reference for reference in references if reference]
    if not references:
        return [None] * len(answers)
    common = cdist(answers, references, scorer=LCSseq.similarity, dtype=np.int32)
    lengths = np.add.outer([len(keys) for keys in answers], [len(keys) for keys in references])
    best = (2.0 * common / lengths).max(axis=1).tolist()
    return [value if keys else None for value, keys in zip(best, answers, strict=True)]
