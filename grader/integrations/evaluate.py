"""A metric for Hugging Face's ``evaluate``: ``GraderMetric``, or this file as its script::

evaluate.load(grader.integrations.evaluate.__file__)                  # against references
evaluate.load(grader.integrations.evaluate.__file__, "ds-interview")  # against a bank
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import evaluate

import datasets
from grader.integrations.core import DEFAULT_TIER, NAME, answer_grader

__all__ = ["GraderMetric"]

_REFERENCES = "default"
_DESCRIPTION = "Grades written answers against reference answers or the rubrics of a bank."
_INPUTS = """
    predictions: the answers.
    questions: the questions' texts; with a bank their texts or ids.
    references: one reference answer to each question, or a list of them; not with a bank.
    tier: "fast", "standard" or "thorough".
    lang: language of the reasons, "en" or "ru".
"""


class GraderMetric(evaluate.Metric):
    """Mean grade, and each answer's score with its reason.

    Args:
        config_name: what ``--bank`` takes; None or "default" to grade against references.
    """

    def _info(self) -> evaluate.MetricInfo:
        text = datasets.Value("string")
        asked = {"predictions": text, "questions": text}
        forms = [asked]
        if self.config_name == _REFERENCES:
            forms = [
                asked | {"references": datasets.Sequence(text)},
                asked | {"references": text},
            ]
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=[datasets.Features(form) for form in forms],
        )

    def _compute(
        self,
        predictions: Sequence[str],
        questions: Sequence[str],
        references: Sequence[str | Sequence[str]] | None = None,
        tier: str = DEFAULT_TIER,
        lang: str = "en",
    ) -> dict[str, Any]:
        """The mean of what could be judged, or None; scores, None where it could not; reasons.

        Raises:
            GraderError: the bank cannot be read or has no such question, or a reference is empty.
        """
        grader = answer_grader(
            None if self.config_name == _REFERENCES else self.config_name, None, tier
        )
        full = references or [()] * len(predictions)
        graded = [
            grader.grade(
                answer, question=question, references=[own] if isinstance(own, str) else own
            )
            for answer, question, own in zip(predictions, questions, full, strict=True)
        ]
        scores = [one.score for one in graded]
        judged = [score for score in scores if score is not None]
        return {
            NAME: fmean(judged) if judged else None,
            "judged": len(judged),
            "scores": scores,
            "reasons": [one.reason(lang) for one in graded],
        }
