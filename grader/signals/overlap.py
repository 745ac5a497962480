"""Overlap of word keys: token F1, recall, ROUGE-L."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rapidfuzz.distance import LCSseq

__all__ = ["Bag", "rouge_l", "token_f1"]


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
    if not answer or not reference:
        return None
    common = LCSseq.similarity(answer, reference)
    return 2.0 * common / (len(answer) + len(reference))
