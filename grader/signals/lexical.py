"""Overlap of words and characters with the references and key points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.signals.chrf import Chrf, chrf
from grader.signals.measured import Measured
from grader.signals.overlap import Bag, rouge_l, rouge_ls, token_f1
from grader.signals.prepared import PreparedQuestion
from grader.signals.recall import PointRecall
from grader.signals.tfidf import Tfidf
from grader.text import Text, fold

__all__ = ["LexicalSignal", "chrf", "rouge_l", "token_f1"]


class LexicalSignal:
    """Token F1 and recall, ROUGE-L, chrF and TF-IDF cosine; recall of every key point.

    Args:
        tfidf: fitted on every reference text of the bank; None if they have not one word.
    """

    name = "lexical"

    def __init__(self, tfidf: Tfidf | None) -> None:
        self._tfidf = tfidf
        self._expected: dict[str, _Expected] = {}

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        expected = self._expected.get(question.question.id)
        if expected is None:
            expected = self._expected[question.question.id] = _Expected(question, self._tfidf)
        return expected.measure(answers)


class _Expected:
    """What answers to one question are compared with, prepared once."""

    def __init__(self, question: PreparedQuestion, tfidf: Tfidf | None) -> None:
        references = question.references
        self._weight = question.weight
        self._bags = [Bag(text.keys, question.weight) for text in references]
        self._sequences = [text.keys for text in references]
        self._chrf = Chrf([fold(text.text) for text in references])
        self._tfidf = tfidf.nearest(references) if tfidf and references else None
        self._points = PointRecall(question)

    def measure(self, answers: Sequence[Text]) -> list[Measured]:
        if not answers:
            return []
        chrfs = self._chrf.best([fold(answer.text) for answer in answers])
        cosines = self._tfidf.cosines(answers) if self._tfidf else [None] * len(answers)
        rouges = rouge_ls([answer.keys for answer in answers], self._sequences)
        points = self._points.measure(answers)
        return [
            Measured(
                whole={
                    **self._overlap(answer.keys),
                    "rouge_l": rouge,
                    "chrf": chrf,
                    "tfidf": cosine,
                },
                points=own,
            )
            for answer, rouge, chrf, cosine, own in zip(
                answers, rouges, chrfs, cosines, points, strict=True
            )
        ]

    def _overlap(self, keys: Sequence[str]) -> dict[str, float | None]:
        """Each measure with the reference for which it is highest."""
        bag = Bag(keys, self._weight)
        both = [bag.f1(reference) for reference in self._bags]
        return {
            "token_f1": _highest(f1 for f1, _ in both),
            "recall": _highest(recall for _, recall in both),
        }


def _highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
