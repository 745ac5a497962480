"""Running the pipeline: one answer, many, a whole file."""

from grader.engine.grader import Grader
from grader.engine.score import score

__all__ = ["Grader", "score"]
