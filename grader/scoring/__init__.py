"""Combining measurements into scores, and fitting scores to a person's."""

from grader.scoring.calibration import (
    Calibration,
    Figures,
    HeldOut,
    bounds,
    features,
    uncalibrated,
)
from grader.scoring.combination import Combination
from grader.scoring.exemplars import Exemplars, WordModel, learn
from grader.scoring.fitting import Fitted, fit
from grader.scoring.intervals import Band, fit_bands, interval
from grader.scoring.weights import Weights

__all__ = [
    "Band",
    "Calibration",
    "Combination",
    "Exemplars",
    "Figures",
    "Fitted",
    "HeldOut",
    "Weights",
    "WordModel",
    "bounds",
    "features",
    "fit",
    "fit_bands",
    "interval",
    "learn",
    "uncalibrated",
]
