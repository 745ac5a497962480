"""From measurements to a grade, by a formula that can be read and printed.

1. A point's *closeness* is the weighted mean of what lexical and semantic signals measured for it,
   as a share of what counts as full. A satisfied keyword pattern covers a share of the point by
   itself; both together cover ``1 - (1 - keyword)(1 - closeness)``.
2. A statement that says the opposite of the reference covers next to nothing.
3. Where the grading model was asked, its judgement is most of a point's coverage, and what it says
   is contradicted costs beyond that.
4. The score is the weighted mean of the points' coverage; where references stand in for key points,
   that of the reference the answer comes nearest to, and the model judges the whole reference.
5. Further signals, where there are any, have the share of each point's coverage that they were
   given (:mod:`grader.scoring.blending`).
6. Misconceptions subtract their cost; a missed required point caps; flags multiply.

A signal that could not judge (None) takes no part, and its weight goes to the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.model import (
    Answer,
    Evidence,
    Flag,
    Grade,
    KeyPoint,
    Match,
    MisconceptionHit,
    Span,
    Step,
)
from grader.scoring.blending import OWN, alone, blended, counting, unblended
from grader.scoring.weights import Weights
from grader.signals import Contradiction, Measured, PointMeasured, PreparedQuestion
from grader.signals.entailment import NAME as ENTAILMENT
from grader.text import Text

__all__ = ["Combination", "decided"]

_Judging = Sequence[tuple[str, Mapping[str, PointMeasured]]]
_Opposite = Mapping[int, Contradiction]

# Below this coverage a required point counts as missed.
_MISSED = 0.35
_SEVERAL = 2
_ENOUGH_WORDS = 8
_SIMILAR = 0.7
# A smaller deduction is not worth a line in the derivation.
_SLIGHT = 0.005
# Flags that leave so little of a score that nothing else matters.
_DECIDED = 0.15
# What words alone make suspicious, and a model that understands may clear.
_BY_WORDS = frozenset(["off_topic", "incoherent"])


def decided(measured: Mapping[str, Measured]) -> bool:
    """Whether flags have settled the score already."""
    factors = (flag.factor for one in measured.values() for flag in one.flags)
    return math.prod(factors) <= _DECIDED


@dataclass(frozen=True)
class Combination:
    """Combines the signals' measurements into grades.

    Attributes:
        further: weights of signals beside our own, by name; 0 for those that are only shown.
    """

    weights: Weights = field(default_factory=Weights)
    further: Mapping[str, float] = field(default_factory=dict)

    def grade(
        self,
        question: PreparedQuestion,
        answer: Answer,
        text: Text,
        measured: Mapping[str, Measured],
        flags: Sequence[Flag] = (),
    ) -> Grade:
        """The grade of one answer, with evidence and derivation.

        Args:
            measured: what each signal measured, by the signal's name.
            flags: found by looking at several answers together.
        """
        points, evidence = self._best_group(question, text, measured)
        whole: dict[str, float | None] = {}
        found: list[Flag] = []
        hits: tuple[MisconceptionHit, ...] = ()
        for one in measured.values():
            whole |= one.whole
            found += one.flags
            hits += one.misconceptions
        for name in self.further:
            whole.setdefault(name, alone(points, evidence, name))
        found += self._polarity_flag(measured.get("polarity"))
        if not found and (flag := _off_topic(question, text, whole)) is not None:
            found.append(flag)
        found += flags
        judged = _judged(points, evidence, whole)
        found = [_cleared(flag, judged) for flag in found]
        score, steps = self._derive(points, evidence, hits, found, judged)
        return Grade(
            answer_id=answer.id,
            question_id=answer.question_id,
            respondent=answer.respondent,
            topics=question.question.topics,
            score=score,
            points={one.point_id: one.coverage for one in evidence},
            signals=whole,
            flags=tuple(found),
            evidence=evidence,
            misconceptions=hits,
            steps=steps,
            text=answer.text,
            extra=answer.extra,
        )

    def closeness(self, point: str, measured: Mapping[str, Measured]) -> float | None:
        """A point's coverage by words and vectors, before anything else is known of it."""
        return self._closeness(
            {name: one.points[point].value for name, one in measured.items() if point in one.points}
        )

    def _evidence(
        self, point_id: str, text: Text, judging: _Judging, opposite: _Opposite
    ) -> Evidence:
        """What is known of one point.

        Args:
            judging: signals that judged points, and what they measured by point id.
            opposite: the statements that say the opposite of the reference.
        """
        judged = {name: points[point_id] for name, points in judging if point_id in points}
        values: dict[str, float | None] = {}
        matches: tuple[Match, ...] = ()
        for name, one in judged.items():
            values[name] = one.value
            matches += one.matches
        coverage = self._closeness(values)
        sentence = _covering_sentence(judged)
        against = opposite.get(sentence) if sentence is not None else None
        if against is not None and coverage is not None:
            coverage *= 1.0 - (1.0 - self.weights.contradicted) * against.degree
        model = judged.get(ENTAILMENT)
        if model is not None and model.value is not None:
            share = self.weights.entailment
            values["closeness"] = coverage
            values["contradiction"] = model.against
            coverage = share * model.value + (1.0 - share) * (coverage or 0.0)
        if shares := counting(values, self.further):
            values[OWN] = coverage
            coverage = blended(coverage, shares)
        where = None
        if sentence is not None and coverage:
            start, end = text.normalized.source(*text.spans[sentence])
            where = Span(start, end)
        return Evidence(
            point_id=point_id,
            coverage=coverage,
            sentence=where,
            signals=values,
            matches=matches,
            contradicted=against.matches if against is not None else (),
            verdict=model.verdict if model is not None else None,
        )

    def _closeness(self, values: Mapping[str, float | None]) -> float | None:
        """Coverage by words and vectors."""
        weights = self.weights
        lexical, semantic = values.get("lexical"), values.get("semantic")
        keyword = values.get("rubric")
        closeness = total = 0.0
        if lexical is not None:
            closeness, total = weights.lexical * lexical, weights.lexical
        if semantic is not None:
            closeness, total = closeness + weights.semantic * semantic, total + weights.semantic
        if total:
            closeness = min(1.0, closeness / total / weights.full)
        elif keyword is None:
            return None
        return 1.0 - (1.0 - weights.keyword * (keyword or 0.0)) * (1.0 - closeness)

    def _polarity_flag(self, polarity: Measured | None) -> list[Flag]:
        """Several statements opposite to the reference condemn the answer, not just its points."""
        agreeing = polarity.whole["polarity"] if polarity is not None else None
        if polarity is None or agreeing is None or len(polarity.contradicted) < _SEVERAL:
            return []
        weights = self.weights
        opposite = 1.0 - agreeing
        if opposite <= weights.tolerated:
            return []
        excess = (opposite - weights.tolerated) / (weights.opposite - weights.tolerated)
        factor = 1.0 - (1.0 - weights.factor) * min(1.0, excess)
        return [Flag("opposite_polarity", round(factor, 3), f"{opposite:.0%}")]

    def _derive(
        self,
        points: Sequence[KeyPoint],
        evidence: Sequence[Evidence],
        hits: Sequence[MisconceptionHit],
        flags: Sequence[Flag],
        judged: _Judged | None,
    ) -> tuple[float | None, tuple[Step, ...]]:
        """The score and the steps that led to it."""
        if any(flag.name == "empty" for flag in flags):
            return 0.0, (Step("flag", 0.0, "empty ×0"),)
        score = _weighted_mean(points, evidence)
        if score is None:
            return None, ()
        steps = self._points(points, evidence, score)
        if judged is not None and judged.whole:
            share = self.weights.entailment
            detail = f"{1 - share:g}×{score:.2f} + {share:g}×{judged.value:.2f}"
            score = (1.0 - share) * score + share * judged.value
            steps.append(Step("reference", score, detail))
        if judged is not None and judged.against * self.weights.against >= _SLIGHT:
            detail = f"−{self.weights.against:g}×{judged.against:.2f}"
            score = max(0.0, score - self.weights.against * judged.against)
            steps.append(Step("contradiction", score, detail))
        score, more = _adjusted(score, points, evidence, hits, flags)
        return score, (*steps, *more)

    def _points(
        self, points: Sequence[KeyPoint], evidence: Sequence[Evidence], score: float
    ) -> list[Step]:
        """The points' mean by our own signals, then with further ones where they count."""
        before = unblended(evidence)
        if before is None:
            return [Step("points", score, _terms(points, evidence))]
        own = _weighted_mean(points, before)
        steps = [] if own is None else [Step("points", own, _terms(points, before))]
        names = ", ".join(f"{name} ×{weight:g}" for name, weight in self.further.items() if weight)
        return [*steps, Step("signals", score, f"{names}: {_terms(points, evidence)}")]

    def _best_group(
        self, question: PreparedQuestion, text: Text, measured: Mapping[str, Measured]
    ) -> tuple[list[KeyPoint], tuple[Evidence, ...]]:
        """The points to grade against, with their evidence: of alternatives the best covered."""
        judging = [(name, one.points) for name, one in measured.items() if one.points]
        opposite = measured["polarity"].contradicted if "polarity" in measured else {}
        best: tuple[float, list[KeyPoint], tuple[Evidence, ...]] | None = None
        for group in question.groups:
            points = [prepared.point for prepared in group]
            evidence = tuple(
                [self._evidence(point.id, text, judging, opposite) for point in points]
            )
            mean = _weighted_mean(points, evidence)
            value = -1.0 if mean is None else mean
            if best is None or value > best[0]:
                best = (value, points, evidence)
        assert best is not None, "a question has references or key points"
        return best[1], best[2]


def _weighted_mean(points: Sequence[KeyPoint], evidence: Sequence[Evidence]) -> float | None:
    """Mean coverage of the points that could be judged, by weight; None if none could."""
    judged = [
        (point.weight, one.coverage)
        for point, one in zip(points, evidence, strict=True)
        if one.coverage is not None
    ]
    if not judged:
        return None
    total = sum([weight for weight, _ in judged])
    return sum([weight * coverage for weight, coverage in judged]) / total


def _terms(points: Sequence[KeyPoint], evidence: Sequence[Evidence]) -> str:
    """What the mean is of: "2×0.50 + 1×1.00"."""
    return " + ".join(
        f"{point.weight:g}×{one.coverage:.2f}"
        for point, one in zip(points, evidence, strict=True)
        if one.coverage is not None
    )


@dataclass(frozen=True)
class _Judged:
    """What the grading model says of the answer as a whole, 0..1.

    Attributes:
        value: the weighted mean over the points, or of the whole reference.
        against: how much of it is contradicted, likewise.
        whole: whether it is the reference that was judged.
    """

    value: float
    against: float
    whole: bool


def _judged(
    points: Sequence[KeyPoint], evidence: Sequence[Evidence], whole: Mapping[str, float | None]
) -> _Judged | None:
    """None if the model was not asked or could not say."""
    value = whole.get(ENTAILMENT)
    if value is not None:
        return _Judged(value, whole.get("contradiction") or 0.0, True)
    rows = [
        (point.weight, judged, one.signals.get("contradiction") or 0.0)
        for point, one in zip(points, evidence, strict=True)
        if (judged := one.signals.get(ENTAILMENT)) is not None
    ]
    if not rows:
        return None
    total = sum(point.weight for point in points)
    mean = sum(weight * judged for weight, judged, _ in rows) / total
    return _Judged(mean, sum(weight * against for weight, _, against in rows) / total, False)


def _cleared(flag: Flag, judged: _Judged | None) -> Flag:
    """A suspicion by words alone counts only as far as the grading model shares it."""
    if judged is None or flag.name not in _BY_WORDS or flag.factor >= judged.value:
        return flag
    return Flag(flag.name, round(judged.value, 3), flag.detail)


def _adjusted(
    score: float,
    points: Sequence[KeyPoint],
    evidence: Sequence[Evidence],
    hits: Sequence[MisconceptionHit],
    flags: Sequence[Flag],
) -> tuple[float, list[Step]]:
    """The score after misconceptions, caps and flags, and the steps to it."""
    steps = []
    for hit in hits:
        score = max(0.0, score - hit.cost)
        steps.append(Step("misconception", score, f"{hit.id} −{hit.cost:g}"))
    for point, one in zip(points, evidence, strict=True):
        cap = point.cap_without
        missed = one.coverage is not None and one.coverage < _MISSED
        if cap is not None and missed and score > cap:
            score = cap
            steps.append(Step("cap", score, f"{point.id} ≤{cap:g}"))
    for flag in flags:
        if flag.factor < 1:
            score *= flag.factor
            steps.append(Step("flag", score, f"{flag.name} ×{flag.factor:g}"))
    return score, steps


def _off_topic(
    question: PreparedQuestion, text: Text, whole: Mapping[str, float | None]
) -> Flag | None:
    """Next to nothing of what is expected, neither in words nor in meaning."""
    if whole.get("keywords") or (whole.get("similarity") or 0.0) >= _SIMILAR:
        return None
    keys = set(text.keys)
    expected = [key for key in keys & question.expected_keys if question.tells(key)]
    if len(keys) < _ENOUGH_WORDS or len(expected) > 1:
        return None
    return Flag("off_topic", 0.3, f"{len(expected)}/{len(keys)}")


def _covering_sentence(judged: Mapping[str, PointMeasured]) -> int | None:
    """The statement to show: where keywords stood, else the words, else the meaning."""
    for name in ("rubric", "semantic", "lexical"):
        one = judged.get(name)
        if one is not None and one.value and one.sentence is not None:
            return one.sentence
    return None
