"""Evaluations of language models, as one file says them: who is asked, how it is graded, gates.

::

    evaluation = Evaluation.read("eval.yaml")
    bank = evaluation.bank()
    plan = make_plan(evaluation, bank, list(bank.questions.values()), out=Path("results"))
"""

from __future__ import annotations

from grader.evaluation.load import Evaluation, Setup
from grader.evaluation.plan import Kept, Plan, System, make_plan
from grader.evaluation.reports import print_summary, write_reports
from grader.evaluation.results import Comparison, Result, compare, exit_status
from grader.evaluation.schema import evaluation_schema
from grader.evaluation.writing import PRESETS, Beginning, Preset

__all__ = [
    "PRESETS",
    "Beginning",
    "Comparison",
    "Evaluation",
    "Kept",
    "Plan",
    "Preset",
    "Result",
    "Setup",
    "System",
    "compare",
    "evaluation_schema",
    "exit_status",
    "make_plan",
    "print_summary",
    "write_reports",
]
