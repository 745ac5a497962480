"""A Python assertion for promptfoo: ``get_assert``.

A test's ``vars`` name the question: ``question_id`` or ``question`` of the bank in the assertion's
``config``; without a bank, ``question`` and ``reference``. promptfoo loads this file by its path,
or one of yours with the line ``from grader.integrations.promptfoo import get_assert``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.integrations.core import DEFAULT_TIER, NAME, Graded, answer_grader, as_text, as_texts

__all__ = ["get_assert"]


def get_assert(output: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """The grade as promptfoo's GradingResult, a component for each key point.

    ``config`` may have ``bank``, ``rubrics``, ``tier``, ``lang`` and ``threshold`` (0..1, default
    0.5). What cannot be judged fails with the score 0, since promptfoo needs a number; its reason
    says so, and it has no named score.

    Raises:
        GraderError: the bank cannot be read or has no such question, or there is neither a bank
            nor a reference.
    """
    config = context.get("config") or {}
    given = context.get("vars") or {}
    grader = answer_grader(
        config.get("bank"), config.get("rubrics"), config.get("tier", DEFAULT_TIER)
    )
    graded = grader.grade(
        output if isinstance(output, str) else json.dumps(output, ensure_ascii=False),
        question=as_text(given.get("question")),
        question_id=as_text(given.get("question_id")),
        references=as_texts(given.get("reference")),
    )
    return _result(graded, float(config.get("threshold", 0.5)), config.get("lang", "en"))


def _result(graded: Graded, threshold: float, lang: str) -> dict[str, Any]:
    score = graded.score
    return {
        "pass": score is not None and score >= threshold,
        "score": 0.0 if score is None else score,
        "reason": graded.reason(lang),
        "namedScores": {} if score is None else {NAME: score},
        "componentResults": [
            {
                "pass": evidence.coverage >= threshold,
                "score": evidence.coverage,
                "reason": graded.point_reason(evidence, lang),
            }
            for evidence in graded.grade.evidence
            if evidence.coverage is not None
        ],
    }
