"""Combining measurements into scores."""

from grader.scoring.combination import Combination
from grader.scoring.weights import Weights

__all__ = ["Combination", "Weights"]
