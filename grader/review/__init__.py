"""What people add to grades over time: the history of practice, and their own grades."""

from grader.review.grades import GradeColumns
from grader.review.history import Attempt, History, default_history, in_order_of_need

__all__ = ["Attempt", "GradeColumns", "History", "default_history", "in_order_of_need"]
