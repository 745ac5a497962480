"""The numbers of the combination, each with what it means. Documented in docs/scoring.md."""

from __future__ import annotations

import msgspec

__all__ = ["Weights"]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How measurements become a score.

    Attributes:
        lexical: share of word recall in a point's closeness.
        semantic: share of vector similarity in a point's closeness.
        keyword: how much of a point a satisfied keyword pattern covers by itself.
        full: closeness that counts as full coverage; below, in proportion.
        contradicted: what is left of a point's coverage when the covering statement says the
            opposite of the reference.
        tolerated, opposite: up to the first share of opposite statements only their points are
            lost; from there the answer's factor falls straight to ``factor`` at the second.
        factor: what is left of the score of an answer that says the opposite throughout.
        entailment: share of the grading model's judgement in a point's coverage, the rest being
            words and vectors; of all of it where the model was not asked.
        against: what a point that the answer contradicts costs beyond being missed, as a share of
            the point's weight.
    """

    lexical: float = 0.7
    semantic: float = 0.3
    keyword: float = 0.7
    full: float = 0.65
    contradicted: float = 0.1
    tolerated: float = 0.2
    opposite: float = 0.7
    factor: float = 0.15
    entailment: float = 0.7
    against: float = 0.3
