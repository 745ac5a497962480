"""What a grader is made of, as it travels to other processes and machines."""

from __future__ import annotations

import msgspec

from grader.bank import Bank
from grader.cache import Cache
from grader.engine.grader import Grader
from grader.engine.tiers import DEFAULT_TIER
from grader.scoring import Calibration, Weights

__all__ = ["Recipe"]


class Recipe(msgspec.Struct, frozen=True):
    """The arguments of :class:`Grader`, as the command line gives them.

    Attributes:
        calibration: "default", "none", or what was read from a file.
        signals: further ones, as ``--signal`` takes them.
    """

    bank: Bank
    encoder: str = "embedded"
    tier: str = DEFAULT_TIER
    cross_encoder: str = "embedded"
    calibration: str | Calibration = "default"
    weights: Weights = msgspec.field(default_factory=Weights)
    signals: tuple[str, ...] = ()

    @classmethod
    def asked(
        cls,
        bank: Bank,
        *,
        encoder: str,
        tier: str,
        cross_encoder: str,
        calibration: str,
        signals: tuple[str, ...] = (),
    ) -> Recipe:
        """From what the options of the command line say; a file of a calibration is read.

        Raises:
            GraderError: if the file is no calibration.
        """
        named = calibration in {"default", "none"}
        fitted = calibration if named else Calibration.read(calibration)
        return cls(bank, encoder, tier, cross_encoder, fitted, signals=signals)

    def grader(self, *, threads: int | None = None) -> Grader:
        """A grader, with the user's cache.

        Args:
            threads: how many the grading model may use; None for one a core.

        Raises:
            EncoderError: if the encoder or the grading model cannot be had.
            GraderError: if a further signal cannot be had.
        """
        return Grader(
            self.bank,
            encoder=self.encoder,
            tier=self.tier,
            cross_encoder=self.cross_encoder,
            calibration=self.calibration,
            weights=self.weights,
            signals=self.signals,
            cache=Cache.default(),
            threads=threads,
        )
