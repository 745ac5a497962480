"""Everything a report says, counted once; every exporter prints from here.

Scores and coverages stay 0..1; exporters show them on the bank's own scale.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from grader.errors import RunError
from grader.report.groups import flag_counts, group_means, means, pair_counts, spread
from grader.report.schema import (
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
from grader.report.tally import IntArray, Tally, as_files_hold
from grader.run import Run, RunQuestion
from grader.stats import Clustered, FloatArray

__all__ = [
    "BINS",
    "MISSED",
    "RESPONDENTS",
    "bank_scale",
    "bank_summary",
    "build_report",
    "topic_titles",
]

BINS = 10
MISSED = 20
"""At most so many of the points most often missed."""
RESPONDENTS = 20_000
"""At most so many respondents are summed up one by one."""

_TOGETHER = 2000  # respondents whose means are in memory at once

_COVERED = 0.5  # a point with less than half its coverage counts as missed


def build_report(run: Run) -> Report:
    """Aggregate a run by topic, question, respondent and point, in one pass over its grades.

    Raises:
        RunError: the manifest's bank section is not what reports expect, or a grade cannot be
            read.
    """
    bank, titles = bank_summary(run.manifest), topic_titles(run.manifest)
    tally = Tally(run.outcomes())
    summaries = _Summaries(tally)
    questions = summaries.questions(run)
    named = tally.respondents.keys() - {None}
    return Report(
        bank=bank,
        signature=str(run.manifest.get("signature") or ""),
        overall=summaries.overall(),
        histogram=_histogram(summaries.score),
        topics=summaries.topics(titles),
        questions=questions,
        respondents=summaries.respondents() if named else (),
        missed_points=_missed([point for question in questions for point in question.points]),
        flags=summaries.flags(),
        answers=tally.answers,
        bad_rows=_bad_rows(run.manifest),
        answers_total=len(summaries.score),
        respondents_total=len(tally.respondents) if named else 0,
    )


class _Summaries:
    """Summaries of the groups of answers of a tally.

    Attributes:
        score: of each answer, NaN for none.
    """

    def __init__(self, tally: Tally) -> None:
        self.score = tally.score
        self._tally = tally
        self._question = tally.question
        self._flags = tally.flags
        # Clusters are numbered by name, so that the order of the answers does not matter.
        names = sorted(tally.questions)
        self._cluster = _places(tally.questions, names)[self._question]
        self._topics = sorted({topic for topics in tally.topic_lists for topic in topics})
        number = {topic: n for n, topic in enumerate(self._topics)}
        lists = [[number[topic] for topic in dict.fromkeys(own)] for own in tally.topic_lists]
        # An answer counts in each of its topics: a row for each.
        self._row, self._topic = spread(lists, tally.topics)

    def overall(self) -> Mean:
        everyone = np.zeros(len(self.score), dtype=np.intp)
        return group_means(self.score, everyone, self._cluster, groups=1)[0]

    def flags(self) -> tuple[FlagCount, ...]:
        everyone = np.zeros(len(self.score), dtype=np.intp)
        return self._flag_counts(self._flags, everyone, 1)[0]

    def topics(self, titles: Mapping[str, Mapping[str, str]]) -> tuple[TopicSummary, ...]:
        row, topic, groups = self._row, self._topic, len(self._topics)
        asked = Counter(n for n, _, _ in pair_counts(topic, self._question[row]))
        scores = group_means(self.score[row], topic, self._cluster[row], groups=groups)
        flags = self._flag_counts(self._flags[row], topic, groups)
        summaries = [
            TopicSummary(name, titles.get(name, {}), asked[n], scores[n], flags[n])
            for n, name in enumerate(self._topics)
        ]
        return tuple(sorted(summaries, key=lambda topic: _weakest_first(topic.score, topic.topic)))

    def questions(self, run: Run) -> tuple[QuestionSummary, ...]:
        tally, groups = self._tally, len(self._tally.questions)
        order = np.argsort(self._question, kind="stable")
        starts = np.searchsorted(self._question[order], np.arange(groups))
        asked = [run.question(name) for name in tally.questions]
        points = [_coverages(*own) for own in zip(asked, tally.points, strict=True)]
        scores = np.split(self.score[order], starts[1:])[:groups]
        # All in one call, because groups of one size share their resamples.
        values = [*scores, *(values for own in points for values in own.values())]
        found = means(map(len, values), [Clustered.single(each) for each in values])
        coverage = iter(found[groups:])
        topics = list(tally.topic_lists)
        first = tally.topics[order[starts]].tolist()
        flags = self._flag_counts(self._flags, self._question, groups)
        summaries = [
            QuestionSummary(
                question_id=question.id,
                text=question.text,
                language=question.language,
                translations=question.translations,
                topics=question.topics or topics[first[n]],
                score=found[n],
                points=tuple(
                    _point(question, name, next(coverage), own) for name, own in points[n].items()
                ),
                misconceptions=_misconceptions(question, tally.misconceptions[n]),
                flags=flags[n],
            )
            for n, question in enumerate(asked)
        ]
        return tuple(sorted(summaries, key=lambda q: _weakest_first(q.score, q.question_id)))

    def respondents(self) -> tuple[RespondentSummary, ...]:
        names = self._best(list(self._tally.respondents))
        summaries = [
            summary
            for start in range(0, len(names), _TOGETHER)
            for summary in self._respondents(names[start : start + _TOGETHER])
        ]
        return tuple(sorted(summaries, key=lambda r: _best_first(r.score.mean, r.respondent)))

    def _respondents(self, names: Sequence[str | None]) -> list[RespondentSummary]:
        tally = self._tally
        groups, width = len(names), len(self._topics)
        group = _places(tally.respondents, names)[tally.respondent]
        theirs = np.flatnonzero(group >= 0)
        own = group[theirs]
        scores = group_means(self.score[theirs], own, self._cluster[theirs], groups=groups)
        flags = self._flag_counts(self._flags[theirs], own, groups)
        rows = np.flatnonzero(group[self._row] >= 0)
        place = self._row[rows]
        pairs, own = np.unique(group[place] * width + self._topic[rows], return_inverse=True)
        parts = group_means(self.score[place], own, self._cluster[place], groups=len(pairs))
        topics: list[list[TopicMean]] = [[] for _ in names]
        for pair, part in zip(pairs.tolist(), parts, strict=True):
            topics[pair // width].append(TopicMean(self._topics[pair % width], part))
        return [
            RespondentSummary(name, scores[n], tuple(topics[n]), flags[n])
            for n, name in enumerate(names)
        ]

    def _best(self, names: list[str | None]) -> list[str | None]:
        """The best respondents, and whatever has no name, if there are very many."""
        if len(names) <= RESPONDENTS:
            return names
        kept = ~np.isnan(self.score)
        group = self._tally.respondent[kept]
        sums = np.bincount(group, self.score[kept], minlength=len(names))
        counts = np.bincount(group, minlength=len(names))
        found = [
            total / count if count else None
            for total, count in zip(sums.tolist(), counts.tolist(), strict=True)
        ]
        order = sorted(range(len(names)), key=lambda n: _best_first(found[n], names[n]))
        best = [names[n] for n in order[:RESPONDENTS]]
        return best if None in best or None not in names else [*best, None]

    def _flag_counts(
        self, which: IntArray, group: IntArray, groups: int
    ) -> list[tuple[FlagCount, ...]]:
        return flag_counts(self._tally.flag_lists, which, group, groups=groups)


def _places(numbers: Mapping[Any, int], names: Sequence[Any]) -> IntArray:
    """The place among the names of what has each number, -1 for what is not among them."""
    places = np.full(len(numbers), -1, dtype=np.intp)
    places[[numbers[name] for name in names]] = np.arange(len(names))
    return places


def _weakest_first(mean: Mean, name: str) -> tuple[bool, float, str]:
    return mean.mean is None, mean.mean or 0.0, name


def _best_first(mean: float | None, name: str | None) -> tuple[bool, float, str]:
    # This table is read to choose among people, not to find gaps.
    return mean is None, -(mean or 0.0), name or ""


def _coverages(question: RunQuestion, points: Mapping[str, array[float]]) -> dict[str, FloatArray]:
    """Coverages by point that any answer has, first those of the question in its order."""
    names = dict.fromkeys([*(point.id for point in question.key_points), *points])
    return {name: as_files_hold(points[name]) for name in names if name in points}


def _point(question: RunQuestion, name: str, coverage: Mean, values: FloatArray) -> PointSummary:
    known = next((point for point in question.key_points if point.id == name), None)
    return PointSummary(
        question_id=question.id,
        point_id=name,
        text=known.text if known else name,
        translations=known.translations if known else {},
        weight=known.weight if known else 1.0,
        coverage=coverage,
        missed=int((values < _COVERED).sum()),
    )


def _misconceptions(
    question: RunQuestion, counts: Counter[str]
) -> tuple[MisconceptionSummary, ...]:
    known = {m.id: m for m in question.misconceptions}
    return tuple(
        MisconceptionSummary(
            misconception_id=name,
            text=known[name].text if name in known else name,
            translations=known[name].translations if name in known else {},
            count=count,
        )
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


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


def _histogram(score: FloatArray) -> tuple[Bin, ...]:
    judged = score[~np.isnan(score)]
    places = np.minimum((judged * BINS + 1e-9).astype(np.intp), BINS - 1)
    counts = np.bincount(places, minlength=BINS).tolist()
    return tuple(Bin(n / BINS, (n + 1) / BINS, counts[n]) for n in range(BINS))


def bank_summary(manifest: Mapping[str, Any]) -> BankSummary:
    """The bank's name, titles and scale, from a run's manifest.

    Raises:
        RunError: the bank's section is not what reports expect.
    """
    bank = _bank_section(manifest)
    name = str(bank.get("name") or "")
    return BankSummary(name=name, titles=_texts(bank.get("title")), scale=bank_scale(manifest))


def topic_titles(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """The titles of each topic of the bank, from a run's manifest.

    Raises:
        RunError: the section is not what reports expect.
    """
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
