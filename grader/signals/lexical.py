"""Overlap of words and characters with the references and key points."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np

from grader.model import Match, Span
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedPoint, PreparedQuestion
from grader.text import Text, Unit, fold

__all__ = ["LexicalSignal", "chrf", "rouge_l", "token_f1"]

# What words count for when all of them stand in the question.
_ONLY_ASKED = 0.3


def token_f1(
    answer: Sequence[str], reference: Sequence[str], weight: dict[str, float] | None = None
) -> tuple[float | None, float | None]:
    """F1 and recall of the reference's keys (with repetitions), each weighted; 0..1.

    Returns:
        (F1, recall), or (None, None) if either side has no keys.
    """
    if not answer or not reference:
        return None, None

    def mass(counts: Counter[str]) -> float:
        return sum(n * (1.0 if weight is None else weight[key]) for key, n in counts.items())

    ours, theirs = Counter(answer), Counter(reference)
    common, all_ours, all_theirs = mass(ours & theirs), mass(ours), mass(theirs)
    if not all_ours or not all_theirs:
        return None, None
    precision, recall = common / all_ours, common / all_theirs
    f1 = 2 * precision * recall / (precision + recall) if common else 0.0
    return f1, recall


def rouge_l(answer: Sequence[str], reference: Sequence[str]) -> float | None:
    """ROUGE-L F1 (Lin 2004, beta 1) over word keys, 0..1; None if either side is empty."""
    if not answer or not reference:
        return None
    from rapidfuzz.distance import LCSseq

    common = LCSseq.similarity(answer, reference)
    return 2.0 * common / (len(answer) + len(reference))


def chrf(answer: str, reference: str, *, order: int = 6, beta: float = 2.0) -> float | None:
    """chrF (Popović 2015): F-beta of character n-grams up to ``order``, white space left out.

    Averages precision and recall over the orders that both texts have, as sacrebleu does.

    Returns:
        0..1, or None if either side has no characters.
    """
    ours, theirs = "".join(answer.split()), "".join(reference.split())
    if not ours or not theirs:
        return None
    precision = recall = 0.0
    orders = 0
    for n in range(1, order + 1):
        left = Counter(ours[i : i + n] for i in range(len(ours) - n + 1))
        right = Counter(theirs[i : i + n] for i in range(len(theirs) - n + 1))
        if not left or not right:
            continue
        common = sum((left & right).values())
        precision += common / sum(left.values())
        recall += common / sum(right.values())
        orders += 1
    if not precision or not recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


class LexicalSignal:
    """Token F1 and recall, ROUGE-L, chrF and TF-IDF cosine; recall of every key point.

    Args:
        references: every reference text of the bank; the TF-IDF weights are fitted on them.
    """

    name = "lexical"

    def __init__(self, references: Sequence[Text]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._tfidf: TfidfVectorizer | None = TfidfVectorizer(
            analyzer=_features, sublinear_tf=True, dtype=np.float32
        )
        try:
            self._tfidf.fit(references)
        except ValueError:  # not one word in the whole bank
            self._tfidf = None

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        cosines = self._cosines(question, answers)
        return [
            Measured(whole=_whole(question, answer, cosine), points=_points(question, answer))
            for answer, cosine in zip(answers, cosines, strict=True)
        ]

    def _cosines(
        self, question: PreparedQuestion, answers: Sequence[Text]
    ) -> Sequence[float | None]:
        if self._tfidf is None or not question.references or not answers:
            return [None] * len(answers)
        ours = self._tfidf.transform(answers)
        theirs = self._tfidf.transform(question.references)
        best = (ours @ theirs.T).toarray().max(axis=1)
        return [min(1.0, float(c)) if a.keys else None for c, a in zip(best, answers, strict=True)]


def _features(text: Text) -> list[str]:
    """Keys, and the letter trigrams of words, so that related words meet half-way."""
    grams = [
        f"_{word[i : i + 4]}"
        for token in text.tokens
        if token.content
        for word in (f" {token.folded} ",)
        for i in range(max(1, len(word) - 3))
    ]
    return [*text.keys, *grams]


def _whole(
    question: PreparedQuestion, answer: Text, cosine: float | None
) -> dict[str, float | None]:
    scores: dict[str, list[float]] = {"token_f1": [], "recall": [], "rouge_l": [], "chrf": []}
    weight = {key: question.weight(key) for key in {*answer.keys, *question.expected_keys}}
    for reference in question.references:
        f1, recall = token_f1(answer.keys, reference.keys, weight)
        measured = {
            "token_f1": f1,
            "recall": recall,
            "rouge_l": rouge_l(answer.keys, reference.keys),
            "chrf": chrf(fold(answer.text), fold(reference.text)),
        }
        for name, value in measured.items():
            if value is not None:
                scores[name].append(value)
    whole: dict[str, float | None] = {
        name: max(values) if values else None for name, values in scores.items()
    }
    whole["tfidf"] = cosine
    return whole


def _points(question: PreparedQuestion, answer: Text) -> dict[str, PointMeasured]:
    windows = _windows(answer)
    return {point.id: _point(question, point, answer, windows) for point in question.points}


def _windows(answer: Text) -> list[tuple[int, dict[str, Unit]]]:
    """Every statement, and every two neighbouring ones, as (first statement, units by key)."""
    sentences = [{u.key: u for u in units} for units in answer.unit_sentences]
    pairs = [{**b, **a} for a, b in itertools.pairwise(sentences)]
    return [*enumerate(sentences), *enumerate(pairs)]


def _point(
    question: PreparedQuestion,
    point: PreparedPoint,
    answer: Text,
    windows: list[tuple[int, dict[str, Unit]]],
) -> PointMeasured:
    best, where, found = 0.0, None, frozenset[str]()
    units: dict[str, Unit] = {}
    words: dict[str, str] = {}
    judged = False
    for text in point.texts:
        wanted = {key: question.weight(key) for key in text.keys}
        total = sum(wanted.values())
        if not total:
            continue
        judged = True
        for sentence, window in windows:
            common = wanted.keys() & window.keys()
            recall = sum(wanted[key] for key in common) / total
            if common <= question.asked_keys:
                recall *= _ONLY_ASKED
            if recall > best + 1e-9:
                best, where, found, units = recall, sentence, frozenset(common), window
                words = {unit.key: text.written(unit) for unit in text.units}
    if not judged:
        return PointMeasured(None)
    matches = []
    for key in sorted(found, key=lambda key: units[key].first):
        unit = units[key]
        token = answer.tokens[unit.first]
        how = "typo" if token.corrected else "term" if key[:1] == "=" else "lemma"
        target = words.get(key, key)
        matches.append(Match(Span(*answer.place(unit.first, unit.words)), target, how))
    return PointMeasured(best, where, tuple(matches))
