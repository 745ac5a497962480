"""What the embedded encoder is built with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What was tried by hand; the model card holds the outcomes.

    Attributes:
        sif: a of a/(a + p); smaller mutes frequent pieces more.
        rarest: log probability under which pieces of the scripts in TAILS are left out.
        attested: readings that OpenCorpora's texts must know before a word's stem is a piece.
        stem_score: log probability given to a stem; above that of its rivals cut in bits.
        stem_weight: factor on a stem's first vector, which stands for several pieces.
        phrases: how many random Russian phrases.
        terms: how many phrases of technical terms.
        pair_copies: how often a text and its translation are seen in an epoch.
        rate: first learning rate of Adam; it falls to zero in a straight line.
    """

    dimension: int = 128
    sif: float = 1e-4
    rarest: float = -13.2
    attested: int = 4
    stem_score: float = -13.5
    stem_weight: float = 1.5
    phrases: int = 100_000
    terms: int = 8_000
    pair_copies: int = 3
    rate: float = 1.5e-3
    epochs: int = 3
    batch: int = 256
    seed: int = 0
