"""``process_results`` for tasks of lm-eval (EleutherAI's lm-evaluation-harness).

In a task's YAML, where documents have ``question`` and ``reference``::

    process_results: !function grader.integrations.lm_eval.process_results
    metric_list:
      - metric: grader
        aggregation: nanmean
        higher_is_better: true

It is not a registered metric, since these are not given the question.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.integrations.core import DEFAULT_TIER, NAME, answer_grader, as_text, as_texts

__all__ = ["grader_results", "process_results"]


def grader_results(
    bank: str | None = None, rubrics: str | None = None, tier: str = DEFAULT_TIER
) -> Callable[[Mapping[str, Any], Sequence[str]], dict[str, float]]:
    """A ``process_results`` for a bank or a tier.

    A document names its question by ``question_id`` or ``question``; without a bank it has the
    reference in ``reference``, or several in ``references``.

    Args:
        bank: what ``--bank`` takes.
        rubrics: what ``--rubrics`` takes.
        tier: "fast", "standard" or "thorough".

    Raises:
        GraderError: when called: the bank cannot be read or has no such question, or there is
            neither a bank nor a reference.
    """

    def results(doc: Mapping[str, Any], responses: Sequence[str]) -> dict[str, float]:
        graded = answer_grader(bank, rubrics, tier).grade(
            responses[0],
            question=as_text(doc.get("question")),
            question_id=as_text(doc.get("question_id")),
            references=as_texts(doc.get("references") or doc.get("reference")),
        )
        return {NAME: math.nan if graded.score is None else graded.score}

    return results


process_results = grader_results()
"""Against the document's reference; NaN, which ``nanmean`` leaves out, if it cannot be judged."""
