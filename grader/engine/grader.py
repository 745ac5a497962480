"""Grades answers to the questions of one bank."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from grader.encoders import Encoder, load_encoder
from grader.engine.copies import copied
from grader.errors import AnswersError
from grader.model import Answer, Flag, Grade, KeyPoint, Pattern
from grader.scoring import Combination, Weights
from grader.signals import PreparedQuestion, Signal, prepare
from grader.signals.rubric import KeywordMatcher, RubricSignal
from grader.text import Analyzer, Text

if TYPE_CHECKING:
    from grader.bank import Bank

__all__ = ["Grader"]

# Answers graded together: enough to keep the encoder busy, few enough to see progress.
_BATCH = 256


class Grader:
    """Grades answers against a bank; the same input always gives the same grade.

    Args:
        bank: questions with their references and rubrics.
        encoder: an encoder, or what ``--encoder`` takes: ``embedded``, ``none``, ``st:MODEL``,
            ``http:URL``.
        weights: numbers of the combination other than the default ones.

    Raises:
        EncoderError: if the encoder cannot be had.
    """

    def __init__(
        self,
        bank: Bank,
        *,
        encoder: str | Encoder | None = "embedded",
        weights: Weights | None = None,
    ) -> None:
        self.bank = bank
        self.encoder = load_encoder(encoder) if isinstance(encoder, str) else encoder
        self.combination = Combination(weights or Weights())
        self._analyzer = Analyzer(bank.terms)
        self._matcher = KeywordMatcher(self._analyzer)

    def grade(self, question_id: str, text: str, *, respondent: str | None = None) -> Grade:
        """Grade one answer.

        Raises:
            AnswersError: if the bank has no such question.
        """
        answer = Answer(id=question_id, question_id=question_id, text=text, respondent=respondent)
        return self.grade_all([answer])[0]

    def grade_all(
        self, answers: Sequence[Answer], *, progress: Callable[[int], None] | None = None
    ) -> list[Grade]:
        """Grade many answers, in order.

        Args:
            progress: called with the number of answers graded since the last call.

        Raises:
            AnswersError: if an answer is to a question that the bank does not have.
        """
        copies = copied(answers)
        grades: list[Grade] = []
        for start in range(0, len(answers), _BATCH):
            batch = answers[start : start + _BATCH]
            grades += self._batch(batch, copies)
            if progress is not None:
                progress(len(batch))
        return grades

    def key_points(self, question_id: str) -> tuple[KeyPoint, ...]:
        """What answers to a question are graded against.

        Its key points, or the sentences of its reference where it has none.
        """
        return tuple(prepared.point for prepared in self._prepared[question_id].points)

    def coverage(self, pattern: Pattern, text: str, language: str | None = None) -> float:
        """How far a keyword pattern is satisfied by a text, 0..1."""
        analysed = self._analyzer.analyse(text, language or self.bank.language)
        return self._matcher.coverage(pattern, analysed)[0]

    def _batch(
        self, answers: Sequence[Answer], copies: Mapping[str, tuple[Flag, ...]]
    ) -> list[Grade]:
        by_question: dict[str, list[int]] = {}
        for index, answer in enumerate(answers):
            if answer.question_id not in self.bank.questions:
                raise AnswersError(
                    f"the bank has no question '{answer.question_id}'", field="question_id"
                )
            by_question.setdefault(answer.question_id, []).append(index)
        grades: list[Grade | None] = [None] * len(answers)
        for question_id, indices in by_question.items():
            own = [answers[index] for index in indices]
            for index, grade in zip(indices, self._question(question_id, own, copies), strict=True):
                grades[index] = grade
        return [grade for grade in grades if grade is not None]

    def _question(
        self, question_id: str, answers: Sequence[Answer], copies: Mapping[str, tuple[Flag, ...]]
    ) -> Iterator[Grade]:
        question = self._prepared[question_id]
        code = question.question.language
        texts = [self._analyzer.analyse(a.text, code, question.spelling) for a in answers]
        measured = {signal.name: signal.measure(question, texts) for signal in self._signals}
        for number, (answer, text) in enumerate(zip(answers, texts, strict=True)):
            own = {name: rows[number] for name, rows in measured.items()}
            yield self.combination.grade(question, answer, text, own, copies.get(answer.id, ()))

    @cached_property
    def _prepared(self) -> dict[str, PreparedQuestion]:
        """The reference side of the whole bank."""
        frequencies, count = self._frequencies
        absent = math.log(1 + (count + 1) / 0.5)
        idf = {key: math.log(1 + (count + 1) / (n + 0.5)) for key, n in frequencies.items()}
        return {
            id: prepare(question, self._analyzer, lambda key: idf.get(key, absent))
            for id, question in self.bank.questions.items()
        }

    @cached_property
    def _frequencies(self) -> tuple[dict[str, int], int]:
        """In how many references of the bank each key occurs, and how many there are."""
        counts: dict[str, int] = {}
        texts = self._references()
        for text in texts:
            for key in set(text.keys):
                counts[key] = counts.get(key, 0) + 1
        return counts, len(texts)

    def _references(self) -> list[Text]:
        return [
            self._analyzer.analyse(text, language)
            for question in self.bank.questions.values()
            for text, language in question.reference_texts()
        ]

    @cached_property
    def _signals(self) -> tuple[Signal, ...]:
        from grader.signals.integrity import IntegritySignal
        from grader.signals.lexical import LexicalSignal
        from grader.signals.polarity import PolaritySignal

        questions = list(self._prepared.values())
        references = [text for question in questions for text in question.references]
        signals: list[Signal] = [
            LexicalSignal(references),
            RubricSignal(self._matcher),
            PolaritySignal(),
            IntegritySignal(),
        ]
        if self.encoder is not None:
            from grader.signals.semantic import SemanticSignal

            signals.append(SemanticSignal(self.encoder, questions))
        return tuple(signals)
