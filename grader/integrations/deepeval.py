"""A metric for deepeval: ``GraderMetric``.

A test case names its question by ``metadata["question_id"]``, its name or its input; without a bank
its expected output is the reference and its input the question.
"""

from __future__ import annotations

import asyncio
from typing import Any

from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase

from grader.integrations.core import DEFAULT_TIER, NAME, Graded, answer_grader

__all__ = ["GraderMetric"]


class GraderMetric(BaseMetric):
    """Grades of 0..1 with their reason; what cannot be judged has no score and an ``error``.

    Args:
        bank: what ``--bank`` takes; None to grade against the expected output.
        threshold: the least score that passes, 0..1.
        rubrics: what ``--rubrics`` takes.
        tier: "fast", "standard" or "thorough".
        lang: language of the reason, "en" or "ru".

    Raises:
        GraderError: when measuring: the bank cannot be read or has no such question, or there is
            neither a bank nor an expected output.
    """

    def __init__(
        self,
        bank: str | None = None,
        threshold: float = 0.5,
        *,
        rubrics: str | None = None,
        tier: str = DEFAULT_TIER,
        lang: str = "en",
    ) -> None:
        # deepeval copies a metric by the attributes that its arguments are called after.
        self.bank = bank
        self.threshold = threshold
        self.rubrics = rubrics
        self.tier = tier
        self.lang = lang

    @property
    def __name__(self) -> str:
        return NAME

    def measure(self, test_case: LLMTestCase, *_: Any, **__: Any) -> float | None:
        """The score, also in ``score``; None, and why in ``error``, if it cannot be judged."""
        graded = self._graded(test_case)
        self.score = graded.score
        self.reason = graded.reason(self.lang)
        self.score_breakdown = dict(graded.grade.points)
        self.error = self.reason if self.score is None else None
        self.is_successful()
        return self.score

    async def a_measure(self, test_case: LLMTestCase, *_: Any, **__: Any) -> float | None:
        """As :meth:`measure`, while others go on."""
        return await asyncio.to_thread(self.measure, test_case)

    def _graded(self, test_case: LLMTestCase) -> Graded:
        grader = answer_grader(self.bank, self.rubrics, self.tier)
        named = (test_case.metadata or {}).get("question_id")
        if named is None and grader.knows(test_case.name):
            named = test_case.name
        return grader.grade(
            test_case.actual_output or "",
            question=test_case.input,
            question_id=None if named is None else str(named),
            references=[test_case.expected_output or ""],
        )
