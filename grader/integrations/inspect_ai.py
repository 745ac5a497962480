"""A scorer for inspect_ai: ``grader_scorer``.

A sample names its question by ``metadata["question_id"]``, its id or its input; without a bank
its target is the reference and its input the question.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio import to_thread
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from grader.integrations.core import DEFAULT_TIER, AnswerGrader, answer_grader

__all__ = ["grader_scorer"]


@scorer(metrics=[mean(), stderr()])
def grader_scorer(
    bank: str | None = None,
    rubrics: str | None = None,
    tier: str = DEFAULT_TIER,
    lang: str = "en",
) -> Scorer:
    """Grades of 0..1 with points and evidence; what cannot be judged is left unscored.

    Args:
        bank: what ``--bank`` takes; None to grade against the sample's target.
        rubrics: what ``--rubrics`` takes.
        tier: "fast", "standard" or "thorough".
        lang: language of the explanation, "en" or "ru".

    Raises:
        GraderError: the bank cannot be read; while scoring: a sample names no question of the
            bank, or has no target where there is no bank.
    """
    grader = answer_grader(bank, rubrics, tier)

    async def score(state: TaskState, target: Target) -> Score:
        answer = state.output.completion
        asked = {
            "question": state.input_text,
            "question_id": _question_id(grader, state),
            "references": list(target),
        }
        graded = await to_thread.run_sync(partial(grader.grade, answer, **asked))
        parts: dict[str, Any] = {
            "answer": answer,
            "explanation": graded.reason(lang),
            "metadata": graded.details(),
        }
        if graded.score is None:
            return Score.unscored(reason="scoring_failed", **parts)
        return Score(value=graded.score, **parts)

    return score


def _question_id(grader: AnswerGrader, state: TaskState) -> str | None:
    """What the sample says it is; its id only if the bank knows it."""
    named = state.metadata.get("question_id")
    if named is not None:
        return str(named)
    return str(state.sample_id) if grader.knows(str(state.sample_id)) else None
