"""A validation as one HTML file in the look of the report: plots inside, nothing fetched."""

from __future__ import annotations

from typing import Any

from grader.report.messages import Messages
from grader.report.page import page
from grader.report.validation import plots
from grader.report.validation.schema import ValidationReport
from grader.report.validation.words import ALONE, DSM_BOUND, Row, ValidationWords
from grader.run import Run
from grader.stats import Estimate

__all__ = ["QUESTIONS", "render"]

QUESTIONS = 200
"""At most so many questions are shown."""

_NOT_ON_AXIS = ("smd", "rmse")
_SHORTEST_DSM = 0.3


def render(run: Run, report: ValidationReport, m: Messages) -> bytes:
    """The page."""
    styles = ("report.css", "validation.css")
    return page("validation.html.j2", m, styles=styles, **_context(run, report, m))


def _context(run: Run, report: ValidationReport, m: Messages) -> dict[str, Any]:
    words, found = ValidationWords(report, m), report.statistics
    rows = words.rows()
    shown = [row for row in rows if row.key not in _NOT_ON_AXIS]
    scale = plots.correlation_axis(
        value for row in shown for value in (row.machine.value, row.machine.low)
    )
    questions = found.questions[:QUESTIONS]
    by_question = plots.correlation_axis(question.pearson for question in questions)
    dsm = plots.symmetric_axis(
        (end for g in found.subgroups for end in (g.dsm.value, g.dsm.low, g.dsm.high)),
        _SHORTEST_DSM,
    )

    def on_axis(key: str, estimate: Estimate | None) -> plots.Dot | None:
        return None if estimate is None or key in _NOT_ON_AXIS else plots.dot(estimate, scale)

    return {
        "report": report,
        "found": found,
        "words": words,
        "sections": _sections(report),
        "grades": [words.grade(category.grade) for category in found.overall.distribution],
        "heat_map": plots.heat_map(report),
        "bars": plots.bars(report),
        "rows": [
            (row, on_axis(row.key, row.machine), on_axis(row.key, row.raters)) for row in rows
        ],
        "scale": scale,
        "alone": [
            (name, s, [getattr(s, k) for k in ALONE] if s else []) for name, s in words.alone()
        ],
        "alone_names": [*map(words.name, ALONE)],
        "first": _first(rows[0]),
        "questions": [
            (
                m.pick(run.question(q.question_id).translations, run.question(q.question_id).text),
                q,
                plots.dot(Estimate(q.pearson), by_question),
            )
            for q in questions
        ],
        "question_axis": by_question,
        "subgroups": [(group, plots.dot(group.dsm, dsm)) for group in found.subgroups],
        "dsm_axis": dsm,
        "dsm_bounds": [dsm.place(-DSM_BOUND), dsm.place(DSM_BOUND)],
        "dsm_bound": words.number(DSM_BOUND),
        "measures": [(key, getattr(found.fairness, key)) for key in ("osa", "osd", "csd")]
        if found.fairness
        else [],
        "resamples": m.number(report.resampled.resamples),
    }


def _first(row: Row) -> tuple[Row, plots.Dot, plots.Dot, plots.Axis]:
    """The headline's statistic on an axis of its own."""
    raters = row.raters or Estimate(None)
    own = plots.correlation_axis((row.machine.value, row.machine.low, raters.value))
    return row, plots.dot(row.machine, own), plots.dot(raters, own), own


def _sections(report: ValidationReport) -> list[str]:
    found = report.statistics
    shown = {
        "agreement": True,
        "alone": bool(found.alone),
        "grades": True,
        "confusion": True,
        "true_score": found.overall.true_score is not None,
        "subgroups": bool(found.subgroups),
        "fairness": found.fairness is not None,
        "by_question": len(found.questions) > 1,
    }
    return [name for name, there in shown.items() if there]
