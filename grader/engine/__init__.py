"""Running the pipeline: one answer, many, a whole file, on one machine or several."""

from grader.engine.grader import Grader
from grader.engine.recipe import Recipe
from grader.engine.runs import Scoring, score

__all__ = ["Grader", "Recipe", "Scoring", "score"]
