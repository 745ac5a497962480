"""A comparison as one HTML file in the look of the report: plots inside, nothing fetched."""

from __future__ import annotations

from grader.report.comparison.schema import ComparisonReport, Difference, Pair
from grader.report.comparison.words import ComparisonWords
from grader.report.messages import Messages
from grader.report.page import page
from grader.report.validation import plots
from grader.stats import Estimate

__all__ = ["render"]

_SHORTEST_AXIS = 0.05


def render(report: ComparisonReport, m: Messages) -> bytes:
    """The page."""
    return page(
        "comparison.html.j2",
        m,
        styles=("report.css", "comparison.css"),
        report=report,
        words=ComparisonWords(report, m),
        sections=_sections(report),
        pairs=[(pair, *_forest(pair, m)) for pair in report.pairs],
    )


def _forest(pair: Pair, m: Messages) -> tuple[plots.Axis, plots.Dot, list[plots.Dot | None]]:
    """The axis of a pair's differences, and where the whole and each topic stand."""
    topics = [_scaled(topic.difference, m) for topic in pair.topics]
    whole = _scaled(pair.difference, m)
    ends = [end for each in (whole, *topics) for end in (each.value, each.low, each.high)]
    axis = plots.symmetric_axis(ends, _SHORTEST_AXIS * m.scale)
    dots = [None if each.value is None else plots.dot(each, axis) for each in topics]
    return axis, plots.dot(whole, axis), dots


def _scaled(difference: Difference | None, m: Messages) -> Estimate:
    if difference is None:
        return Estimate(None)
    found = difference.result.difference
    ends = (found.value, found.low, found.high)
    return Estimate(*(None if end is None else end * m.scale for end in ends))


def _sections(report: ComparisonReport) -> list[str]:
    shown = {
        "leaderboard": True,
        "differences": True,
        "topics_compared": any(pair.topics for pair in report.pairs),
        "changed": any(pair.changed for pair in report.pairs),
    }
    return [name for name, there in shown.items() if there]
