"""From measurements to a grade, by a formula that can be read and printed.

1. A point's *closeness* is the weighted mean of what lexical and semantic signals measured for it,
   stretched between two thresholds. A satisfied keyword pattern covers a share of the point by
   itself; both together cover ``1 - (1 - keyword)(1 - closeness)``.
2. A statement that says the opposite of the reference covers next to nothing.
3. The score is the weighted mean of the points' coverage, blended with overall similarity.
4. Misconceptions subtract their cost; a missed required point caps; flags multiply.

A signal that could not judge (None) takes no part, and its weight goes to the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.model import Answer, Evidence, Flag, Grade, MisconceptionHit, Span, Step
from grader.scoring.weights import Weights
from grader.signals import Measured, PointMeasured, PreparedPoint, PreparedQuestion
from grader.text import Text

__all__ = ["Combination"]

# Below this coverage a required point counts as missed.
_MISSED = 0.35
_SEVERAL = 2
_UNTOUCHED = 0.15


@dataclass(frozen=True)
class Combination:
    """Combines the signals' measurements into grades."""

    weights: Weights = field(default_factory=Weights)

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
        evidence = tuple(self._evidence(point, text, measured) for point in question.points)
        whole = {name: value for one in measured.values() for name, value in one.whole.items()}
        found = [flag for one in measured.values() for flag in one.flags]
        found += [*flags, *self._polarity_flag(measured.get("polarity"))]
        hits = tuple(hit for one in measured.values() for hit in one.misconceptions)
        if not found and _off_topic(whole.get("similarity"), evidence):
            found.append(Flag("off_topic", 1.0))
        score, steps = self._score(question, evidence, whole, hits, found)
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

    def _evidence(
        self, point: PreparedPoint, text: Text, measured: Mapping[str, Measured]
    ) -> Evidence:
        judged = {
            name: one.points[point.id] for name, one in measured.items() if point.id in one.points
        }
        values = {name: one.value for name, one in judged.items()}
        coverage = self._coverage(values)
        sentence = _covering_sentence(judged)
        contradicted = measured["polarity"].contradicted if "polarity" in measured else {}
        against = contradicted.get(sentence) if sentence is not None else None
        if against is not None and coverage is not None:
            coverage *= 1.0 - (1.0 - self.weights.contradicted) * against.degree
        where = None
        if sentence is not None and coverage:
            start, end = text.normalized.source(*text.spans[sentence])
            where = Span(start, end)
        return Evidence(
            point_id=point.id,
            coverage=coverage,
            sentence=where,
            signals=values,
            matches=tuple(match for one in judged.values() for match in one.matches),
            contradicted=against.matches if against is not None else (),
        )

    def _coverage(self, values: Mapping[str, float | None]) -> float | None:
        shares = {"lexical": self.weights.lexical, "semantic": self.weights.semantic}
        judged = {n: v for n, v in values.items() if n in shares and v is not None}
        keyword = values.get("rubric")
        if not judged and keyword is None:
            return None
        closeness = 0.0
        if judged:
            total = sum(shares[name] for name in judged)
            closeness = sum(shares[name] * value for name, value in judged.items()) / total
            closeness = (closeness - self.weights.low) / (self.weights.high - self.weights.low)
            closeness = min(1.0, max(0.0, closeness))
        return 1.0 - (1.0 - self.weights.keyword * (keyword or 0.0)) * (1.0 - closeness)

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

    def _score(
        self,
        question: PreparedQuestion,
        evidence: Sequence[Evidence],
        whole: Mapping[str, float | None],
        hits: Sequence[MisconceptionHit],
        flags: Sequence[Flag],
    ) -> tuple[float | None, tuple[Step, ...]]:
        points = [p.point for p in question.points]
        judged = [
            (p.weight, e.coverage)
            for p, e in zip(points, evidence, strict=True)
            if e.coverage is not None
        ]
        if any(flag.name == "empty" for flag in flags):
            return 0.0, (Step("flag", 0.0, "empty ×0"),)
        if not judged:
            return None, ()
        total = sum(weight for weight, _ in judged)
        score = sum(weight * coverage for weight, coverage in judged) / total
        terms = " + ".join(f"{weight:g}×{coverage:.2f}" for weight, coverage in judged)
        steps = [Step("points", score, f"({terms}) / {total:g}")]
        similarity = whole.get("similarity")
        share = self.weights.similarity
        if similarity is not None and share:
            score = (1 - share) * score + share * min(similarity, 1.5 * score)
            steps.append(Step("similarity", score, f"{share:g} × {similarity:.2f}"))
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
        return score, tuple(steps)


def _off_topic(similarity: float | None, evidence: Sequence[Evidence]) -> bool:
    """Nothing like the references as a whole, and no point touched."""
    return similarity == 0 and all((one.coverage or 0.0) < _UNTOUCHED for one in evidence)


def _covering_sentence(judged: Mapping[str, PointMeasured]) -> int | None:
    """The statement to show: where keywords stood, else the words, else the meaning."""
    for name in ("rubric", "semantic", "lexical"):
        one = judged.get(name)
        if one is not None and one.value and one.sentence is not None:
            return one.sentence
    return None
