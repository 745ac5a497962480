"""Grades answers to the questions of one bank."""

from __future__ import annotations

import math
from collections import Counter
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
# Questions on which the scale of an encoder's cosines is measured.
_SAMPLE = 24


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
        self._prepared: dict[str, PreparedQuestion] = {}

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
        return tuple(prepared.point for prepared in self._prepare(question_id).points)

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
        question = self._prepare(question_id)
        code = question.question.language
        texts = [self._analyzer.analyse(a.text, code, question.spelling) for a in answers]
        measured = {signal.name: signal.measure(question, texts) for signal in self._signals}
        for number, (answer, text) in enumerate(zip(answers, texts, strict=True)):
            own = {name: rows[number] for name, rows in measured.items()}
            yield self.combination.grade(question, answer, text, own, copies.get(answer.id, ()))

    def _prepare(self, question_id: str) -> PreparedQuestion:
        """The reference side of one question, prepared when it is first asked for."""
        if question_id not in self._prepared:
            question = self.bank.questions[question_id]
            self._prepared[question_id] = prepare(question, self._analyzer, self._idf)
        return self._prepared[question_id]

    def _idf(self, key: str) -> float:
        """Smoothed inverse document frequency of a key over the references of the bank."""
        count = len(self._references)
        return math.log(1 + (count + 1) / (self._frequencies.get(key, 0) + 0.5))

    @cached_property
    def _frequencies(self) -> Mapping[str, int]:
        """In how many references of the bank each key occurs."""
        return Counter(key for text in self._references for key in set(text.keys))

    @cached_property
    def _references(self) -> list[Text]:
        return [
            self._analyzer.analyse(text, language)
            for question in self.bank.questions.values()
            for text, language in question.reference_texts()
        ]

    def _sample(self) -> list[PreparedQuestion]:
        """Some questions, spread evenly over the bank: always the same ones."""
        ids = list(self.bank.questions)
        step = max(1, len(ids) // _SAMPLE)
        return [self._prepare(id) for id in ids[::step][:_SAMPLE]]

    @cached_property
    def _signals(self) -> tuple[Signal, ...]:
        from grader.signals.integrity import IntegritySignal
        from grader.signals.lexical import LexicalSignal
        from grader.signals.polarity import PolaritySignal

        signals: list[Signal] = [
            LexicalSignal(self._references),
            RubricSignal(self._matcher),
            PolaritySignal(),
            IntegritySignal(),
        ]
        if self.encoder is not None:
            from grader.signals.semantic import SemanticSignal

            signals.append(SemanticSignal(self.encoder, self._sample()))
        return tuple(signals)
