"""What people add to grades over time: the history of practice."""

from grader.review.history import Attempt, History, default_history, in_order_of_need

__all__ = ["Attempt", "History", "default_history", "in_order_of_need"]
