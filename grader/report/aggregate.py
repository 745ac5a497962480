"""Everything a report says, counted once; every exporter prints from here.

Scores and coverages stay 0..1; exporters show them on the bank's own scale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from grader.errors import RunError
from grader.model import Grade, MisconceptionHit
from grader.report.schema import (
    AnswerSummary,
    BadRow,
    BankSummary,
    Bin,
    FlagCount,
    Mean,
    MisconceptionSummary,
    PointSummary,
    QuestionSummary,
    Report,
    RespondentSummary,
    TopicMean,
    TopicSummary,
)
from grader.run import DIGITS, Run, RunQuestion, rounded
from grader.stats import cluster_mean_interval

__all__ = ["BINS", "MISSED", "bank_scale", "bank_summary", "build_report"]

BINS = 10
MISSED = 20
"""At most so many of the points most often missed."""

_COVERED = 0.5  # a point with less than half its coverage counts as missed

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def build_report(run: Run) -> Report:
    """Aggregate a run by topic, question, respondent and point.

    Raises:
        RunError: the manifest's bank section is not what reports expect.
    """
    bank, titles = bank_summary(run.manifest), _topic_titles(run.manifest)
    # As files hold them, so that a run gives the same report before and after it is stored.
    grades = tuple(rounded(grade) for grade in run.grades)
    questions = _questions(run, grades)
    points = [point for question in questions for point in question.points]
    return Report(
        bank=bank,
        signature=str(run.manifest.get("signature") or ""),
        overall=_mean_by_question(grades),
        histogram=_histogram(grades),
        topics=_topics(grades, titles),
        questions=questions,
        respondents=_respondents(grades),
        missed_points=_missed(points),
        flags=_flags(grades),
        answers=tuple(_answer(grade) for grade in grades),
        bad_rows=_bad_rows(run.manifest),
    )


def _mean(values: Sequence[float | None], clusters: Sequence[Hashable]) -> Mean:
    interval = cluster_mean_interval(values, clusters)
    return Mean(
        answers=len(values),
        judged=sum(value is not None for value in values),
        mean=_rounded(interval.mean),
        low=_rounded(interval.low),
        high=_rounded(interval.high),
    )


def _mean_by_question(grades: Sequence[Grade]) -> Mean:
    return _mean([grade.score for grade in grades], [grade.question_id for grade in grades])


def _mean_by_answer(values: Sequence[float | None]) -> Mean:
    return _mean(values, range(len(values)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0


def _grouped(items: Iterable[T], keys: Callable[[T], Iterable[K]]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        for key in dict.fromkeys(keys(item)):
            groups.setdefault(key, []).append(item)
    return groups


def _weakest_first(mean: Mean, name: str) -> tuple[bool, float, str]:
    return mean.mean is None, mean.mean or 0.0, name


def _topics(
    grades: Sequence[Grade], titles: Mapping[str, Mapping[str, str]]
) -> tuple[TopicSummary, ...]:
    topics = [
        TopicSummary(
            topic=topic,
            titles=titles.get(topic, {}),
            questions=len({grade.question_id for grade in group}),
            score=_mean_by_question(group),
            flags=_flags(group),
        )
        for topic, group in _grouped(grades, lambda grade: grade.topics).items()
    ]
    return tuple(sorted(topics, key=lambda topic: _weakest_first(topic.score, topic.topic)))


def _questions(run: Run, grades: Sequence[Grade]) -> tuple[QuestionSummary, ...]:
    groups = _grouped(grades, lambda grade: [grade.question_id])
    summaries = [_question(run.question(name), group) for name, group in groups.items()]
    return tuple(sorted(summaries, key=lambda q: _weakest_first(q.score, q.question_id)))


def _question(question: RunQuestion, grades: Sequence[Grade]) -> QuestionSummary:
    hits = Counter(hit.id for grade in grades for hit in _distinct(grade))
    texts = {m.id: m for m in question.misconceptions}
    return QuestionSummary(
        question_id=question.id,
        text=question.text,
        language=question.language,
        translations=question.translations,
        topics=question.topics or grades[0].topics,
        score=_mean_by_answer([grade.score for grade in grades]),
        points=_points(question, grades),
        misconceptions=tuple(
            MisconceptionSummary(
                misconception_id=name,
                text=texts[name].text if name in texts else name,
                translations=texts[name].translations if name in texts else {},
                count=count,
            )
            for name, count in _most_common(hits)
        ),
        flags=_flags(grades),
    )


def _distinct(grade: Grade) -> list[MisconceptionHit]:
    return list({hit.id: hit for hit in grade.misconceptions}.values())


def _points(question: RunQuestion, grades: Sequence[Grade]) -> tuple[PointSummary, ...]:
    known = {point.id: point for point in question.key_points}
    names = dict.fromkeys([*known, *(name for grade in grades for name in grade.points)])
    summaries = []
    for name in names:
        values = [grade.points[name] for grade in grades if name in grade.points]
        if not values:
            continue
        summaries.append(
            PointSummary(
                question_id=question.id,
                point_id=name,
                text=known[name].text if name in known else name,
                translations=known[name].translations if name in known else {},
                weight=known[name].weight if name in known else 1.0,
                coverage=_mean_by_answer(values),
                missed=sum(value is not None and value < _COVERED for value in values),
            )
        )
    return tuple(summaries)


def _missed(points: Sequence[PointSummary]) -> tuple[PointSummary, ...]:
    missed = [point for point in points if point.missed]
    missed.sort(
        key=lambda p: (
            _weakest_first(p.coverage, "")[:2],
            -p.missed,
            -p.weight,
            p.question_id,
            p.point_id,
        )
    )
    return tuple(missed[:MISSED])


def _respondents(grades: Sequence[Grade]) -> tuple[RespondentSummary, ...]:
    if all(grade.respondent is None for grade in grades):
        return ()
    summaries = [
        RespondentSummary(
            respondent=name,
            score=_mean_by_question(group),
            topics=tuple(
                TopicMean(topic, _mean_by_question(part))
                for topic, part in sorted(_grouped(group, lambda grade: grade.topics).items())
            ),
            flags=_flags(group),
        )
        for name, group in _grouped(grades, lambda grade: [grade.respondent]).items()
    ]
    # Best first: this table is read to choose among people, not to find gaps.
    return tuple(
        sorted(
            summaries,
            key=lambda r: (r.score.mean is None, -(r.score.mean or 0.0), r.respondent or ""),
        )
    )


def _flags(grades: Iterable[Grade]) -> tuple[FlagCount, ...]:
    counts = Counter(name for grade in grades for name in {flag.name for flag in grade.flags})
    return tuple(FlagCount(name, count) for name, count in _most_common(counts))


def _most_common(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _histogram(grades: Sequence[Grade]) -> tuple[Bin, ...]:
    counts = Counter(
        min(int(grade.score * BINS + 1e-9), BINS - 1) for grade in grades if grade.score is not None
    )
    return tuple(Bin(n / BINS, (n + 1) / BINS, counts[n]) for n in range(BINS))


def _answer(grade: Grade) -> AnswerSummary:
    low, high = grade.interval or (None, None)
    return AnswerSummary(
        answer_id=grade.answer_id,
        question_id=grade.question_id,
        respondent=grade.respondent,
        topics=grade.topics,
        score=_rounded(grade.score),
        low=_rounded(low),
        high=_rounded(high),
        flags=tuple(dict.fromkeys(flag.name for flag in grade.flags)),
        needs_review=grade.needs_review,
    )


def bank_summary(manifest: Mapping[str, Any]) -> BankSummary:
    """The bank's name, titles and scale, from a run's manifest.

    Raises:
        RunError: the bank's section is not what reports expect.
    """
    bank = _bank_section(manifest)
    name = str(bank.get("name") or "")
    return BankSummary(name=name, titles=_texts(bank.get("title")), scale=bank_scale(manifest))


def _topic_titles(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    topics = _bank_section(manifest).get("topics") or {}
    if not isinstance(topics, Mapping):
        raise RunError("the manifest's topics are not an object", field="bank.topics")
    return {str(topic): _texts(title) for topic, title in topics.items()}


def bank_scale(manifest: Mapping[str, Any]) -> float:
    """What a score of 1 is shown as, from a run's manifest; 1 if it says nothing.

    Raises:
        RunError: the scale is not a positive number.
    """
    scale = _bank_section(manifest).get("scale", 1)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < 1e9:
        raise RunError("the manifest's scale is not a positive number", field="bank.scale")
    return float(scale)


def _bank_section(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    bank = manifest.get("bank") or {}
    if not isinstance(bank, Mapping):
        raise RunError("the manifest's 'bank' is not an object", field="bank")
    return bank


def _texts(value: Any) -> dict[str, str]:
    """A title by language; one in no stated language has the empty code."""
    if isinstance(value, Mapping):
        return {str(lang): str(text) for lang, text in value.items()}
    return {"": str(value)} if value else {}


def _bad_rows(manifest: Mapping[str, Any]) -> tuple[BadRow, ...]:
    rows = manifest.get("bad_rows") or ()
    try:
        return tuple(
            BadRow(what=row) if isinstance(row, str) else msgspec.convert(row, BadRow)
            for row in rows
        )
    except (msgspec.ValidationError, TypeError) as error:
        raise RunError(f"the manifest's bad rows: {error}", field="bad_rows") from error
