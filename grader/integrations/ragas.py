"""Metrics for ragas: ``GraderMetric`` to score and for experiments, ``GraderSingleTurn`` for
``ragas.evaluate``.

With a bank ``user_input`` names the question, by its text or its id; without, ``reference`` is the
reference answer and ``user_input`` the question.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import Any

from ragas.dataset_schema import SingleTurnSample
from ragas.metrics import MetricResult, MetricType, SingleTurnMetric
from ragas.metrics.collections.base import BaseMetric
from ragas.run_config import RunConfig

from grader.integrations.core import DEFAULT_TIER, NAME, answer_grader

__all__ = ["GraderMetric", "GraderSingleTurn"]


class GraderMetric(BaseMetric):
    """Grades of 0..1 with their reason; NaN for what cannot be judged.

    Args:
        bank: what ``--bank`` takes; None to grade against the reference.
        rubrics: what ``--rubrics`` takes.
        tier: "fast", "standard" or "thorough".
        lang: language of the reason, "en" or "ru".
        name: what results call the metric.
    """

    def __init__(
        self,
        bank: str | None = None,
        *,
        rubrics: str | None = None,
        tier: str = DEFAULT_TIER,
        lang: str = "en",
        name: str = NAME,
    ) -> None:
        super().__init__(name=name)
        self.bank = bank
        self.rubrics = rubrics
        self.tier = tier
        self.lang = lang

    async def ascore(
        self,
        response: str,
        user_input: str = "",
        reference: str = "",
        question_id: str | None = None,
    ) -> MetricResult:
        """The grade of one response.

        Raises:
            GraderError: the bank cannot be read or has no such question, or there is neither a
                bank nor a reference.
        """
        grader = answer_grader(self.bank, self.rubrics, self.tier)
        graded = await asyncio.to_thread(
            grader.grade,
            response,
            question=user_input,
            question_id=question_id,
            references=[reference],
        )
        score = math.nan if graded.score is None else graded.score
        return MetricResult(value=score, reason=graded.reason(self.lang))


@dataclass
class GraderSingleTurn(SingleTurnMetric):
    """The same for ``ragas.evaluate``, whose means leave NaN out; arguments as above."""

    name: str = NAME
    bank: str | None = None
    rubrics: str | None = None
    tier: str = DEFAULT_TIER
    _required_columns: dict[MetricType, set[str]] = field(
        default_factory=lambda: {
            MetricType.SINGLE_TURN: {"user_input", "response", "reference:optional"}
        }
    )

    def init(self, run_config: RunConfig) -> None:
        """Nothing to prepare: no model is asked."""

    async def _single_turn_ascore(self, sample: SingleTurnSample, callbacks: Any) -> float:
        metric = GraderMetric(self.bank, rubrics=self.rubrics, tier=self.tier)
        result = await metric.ascore(
            sample.response or "", sample.user_input or "", sample.reference or ""
        )
        return float(result.value)
