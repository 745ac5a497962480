"""Grades answers to the questions of one bank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from grader.cache import Cache
from grader.cross_encoders import CrossEncoder, load_cross_encoder
from grader.cross_encoders.cached import CachedCrossEncoder
from grader.encoders import Encoder, load_encoder
from grader.encoders.cached import CachedEncoder
from grader.engine.copies import Copies
from grader.engine.references import References, are_kept, recall_words
from grader.engine.tiers import DEFAULT_TIER, TIERS, wanted
from grader.errors import AnswersError
from grader.model import Answer, Flag, Grade, KeyPoint, Pattern
from grader.scoring import Calibration, Combination, Weights
from grader.signals import (
    Measured,
    PreparedQuestion,
    Signal,
    WeightedSignal,
    load_signals,
    prepare,
)
from grader.signals.entailment import EntailmentSignal
from grader.signals.rubric import KeywordMatcher, RubricSignal
from grader.text import Analyzer

if TYPE_CHECKING:
    from grader.bank import Bank

__all__ = ["Grader"]

# Answers graded together: some to each question, few enough to see progress.
_BATCH = 1024
_BATCH_WITH_MODEL = 32


class Grader:
    """Grades answers against a bank; the same input always gives the same grade.

    Args:
        bank: questions with their references and rubrics.
        encoder: an encoder, or what ``--encoder`` takes: ``embedded``, ``none``, ``st:MODEL``,
            ``http:URL``.
        tier: "fast", "standard" or "thorough"; see :mod:`grader.engine.tiers`.
        cross_encoder: the grading model, or what ``--cross-encoder`` takes: ``embedded``, ``none``,
            ``st:MODEL``. Not loaded for the tier "fast".
        weights: numbers of the combination other than the default ones.
        signals: further ones, or what ``--signal`` takes: ``NAME[:OPTIONS][=WEIGHT]``; see
            :mod:`grader.signals.registry`.
        calibration: fitted to a person's grades, or what ``--calibration`` takes: ``default``
            (scores as they are, with the intervals of the package; none where further signals
            change scores), ``none``, a file.
        cache: where what models say and what banks need is kept; by default nowhere.
        threads: how many the embedded grading model uses; by default one a core.

    Raises:
        EncoderError: if the encoder or the grading model cannot be had.
        GraderError: if a further signal cannot be had.
        ValueError: if there is no such tier.
    """

    def __init__(
        self,
        bank: Bank,
        *,
        encoder: str | Encoder | None = "embedded",
        tier: str = DEFAULT_TIER,
        cross_encoder: str | CrossEncoder | None = "embedded",
        weights: Weights | None = None,
        signals: Sequence[str | WeightedSignal] = (),
        calibration: str | Calibration | None = "default",
        cache: Cache | None = None,
        threads: int | None = None,
    ) -> None:
        if tier not in TIERS:
            raise ValueError(f"no tier '{tier}'; use {', '.join(TIERS)}")
        self.bank = bank
        self.tier = tier
        self._cache = cache or Cache(None)
        self.encoder = self._encoder(encoder)
        self.cross_encoder = self._model(cross_encoder, threads) if tier != "fast" else None
        self.further = load_signals(signals)
        self.calibrations = self._calibrations(calibration)
        further = {one.name: one.weight for one in self.further}
        self.combination = Combination(weights or Weights(), further)
        recall_words(bank, self._cache)
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
        self,
        answers: Sequence[Answer],
        *,
        copies: Mapping[str, tuple[Flag, ...]] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[Grade]:
        """Grade many answers, in order.

        Args:
            copies: flags of answers that several respondents handed in, by answer id; None to look
                for them among ``answers``.
            progress: called with the number of answers graded since the last call.

        Raises:
            AnswersError: if an answer is to a question that the bank does not have.
        """
        if copies is None:
            copies = _copies(answers)
        grades: list[Grade] = []
        size = _BATCH if self._entailment is None else _BATCH_WITH_MODEL
        for start in range(0, len(answers), size):
            batch = answers[start : start + size]
            grades += self._batch(batch, copies)
            if progress is not None:
                progress(len(batch))
        return grades

    @property
    def worth_preparing(self) -> bool:
        """Whether :meth:`prepare` would leave in the cache what is not there yet."""
        return self._cache.keeps and not are_kept(self.bank, self.encoder, self._cache)

    def prepare(self) -> None:
        """Learn what only the whole bank tells, or find it in the cache."""
        assert self._references

    def spent(self) -> dict[str, dict[str, int]]:
        """What further signals have cost since this was last asked, by name; of those that count.

        A judge counts requests and tokens.
        """
        return {one.name: counts for one in self.further if (counts := one.spent())}

    def key_points(self, question_id: str) -> tuple[KeyPoint, ...]:
        """What answers to a question are graded against.

        Its key points, or the sentences of its reference where it has none.
        """
        rubric = self.bank.questions[question_id].rubric
        if rubric is not None and rubric.key_points:
            return rubric.key_points
        return tuple(prepared.point for prepared in self._prepare(question_id).points)

    def coverage(self, pattern: Pattern, text: str, language: str | None = None) -> float:
        """How far a keyword pattern is satisfied by a text, 0..1."""
        analysed = self._analyzer.analyse(text, language or self.bank.language)
        return self._matcher.coverage(pattern, analysed)[0]

    def _encoder(self, asked: str | Encoder | None) -> Encoder | None:
        encoder = load_encoder(asked, cache=self._cache) if isinstance(asked, str) else asked
        if encoder is None or encoder.name.startswith("embedded:"):
            return encoder
        return CachedEncoder(encoder, self._cache)

    def _model(self, asked: str | CrossEncoder | None, threads: int | None) -> CrossEncoder | None:
        if isinstance(asked, str):
            asked = load_cross_encoder(asked, threads=threads, cache=self._cache)
        return asked and CachedCrossEncoder(asked, self._cache)

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
        # The same text twice is measured once.
        places = {text: place for place, text in enumerate(dict.fromkeys(a.text for a in answers))}
        texts = [self._analyzer.analyse(text, code, question.spelling) for text in places]
        by_signal = {signal.name: signal.measure(question, texts) for signal in self._signals}
        by_signal |= {one.name: one.measure(question, texts) for one in self.further}
        measured: list[dict[str, Measured]] = [
            {name: rows[number] for name, rows in by_signal.items()} for number in range(len(texts))
        ]
        if self._entailment is not None:
            asks = wanted(self.tier, self.combination, question, measured)
            judged = self._entailment.measure(question, texts, asks)
            for row, one in zip(measured, judged, strict=True):
                row[self._entailment.name] = one
        calibration = self.calibrations[question.has_rubric]
        weights = {prepared.id: prepared.point.weight for prepared in question.points}
        for answer in answers:
            place = places[answer.text]
            flags = copies.get(answer.id, ())
            grade = self.combination.grade(question, answer, texts[place], measured[place], flags)
            yield grade if calibration is None else calibration.apply(grade, weights)

    def _prepare(self, question_id: str) -> PreparedQuestion:
        """The reference side of one question, prepared when it is first asked for."""
        if question_id not in self._prepared:
            question = self.bank.questions[question_id]
            self._prepared[question_id] = prepare(question, self._analyzer, self._references.idf)
        return self._prepared[question_id]

    def _calibrations(self, chosen: str | Calibration | None) -> Mapping[bool, Calibration | None]:
        """For questions without and with a rubric.

        The default ones hold for the models of the package only.
        """
        if not isinstance(chosen, str):
            return {False: chosen, True: chosen}
        if chosen not in {"default", "none"}:
            return dict.fromkeys((False, True), Calibration.read(chosen))
        models = (self.encoder, self.cross_encoder) if self.tier != "fast" else (self.encoder,)
        own = all(model is not None and model.name.startswith("embedded:") for model in models)
        own = own and not any(one.weight for one in self.further)
        if chosen == "none" or not own:
            return {False: None, True: None}
        return {rubric: Calibration.default(self.tier, rubric=rubric) for rubric in (False, True)}

    @cached_property
    def _references(self) -> References:
        return References(self.bank, self._analyzer, self.encoder, self._cache)

    @cached_property
    def _entailment(self) -> EntailmentSignal | None:
        return EntailmentSignal(self.cross_encoder) if self.cross_encoder is not None else None

    @cached_property
    def _signals(self) -> tuple[Signal, ...]:
        from grader.signals.integrity import IntegritySignal
        from grader.signals.lexical import LexicalSignal
        from grader.signals.polarity import PolaritySignal

        signals: list[Signal] = [
            LexicalSignal(self._references.tfidf),
            RubricSignal(self._matcher),
            PolaritySignal(),
            IntegritySignal(),
        ]
        if self.encoder is not None and self._references.scale is not None:
            from grader.signals.semantic import SemanticSignal

            signals.append(SemanticSignal(self.encoder, self._references.scale))
        return tuple(signals)


def _copies(answers: Sequence[Answer]) -> dict[str, tuple[Flag, ...]]:
    copies = Copies()
    for answer in answers:
        copies.add(answer)
    return copies.flags(answers)
