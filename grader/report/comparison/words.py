"""What a comparison says in words and numbers, shared by terminal, page and Markdown."""

from __future__ import annotations

from grader.report.comparison.schema import (
    ChangedPoint,
    ChangedQuestion,
    ComparisonReport,
    Difference,
    Pair,
    SystemSummary,
    TopicDifference,
)
from grader.report.messages import DASH, Messages
from grader.report.validation.words import interval_text
from grader.report.wording import readable
from grader.stats import FEWEST_PAIRED, Estimate

__all__ = ["ComparisonWords"]

_SHOWN_K = (2, 5)
_LEAST_P = 0.001


class ComparisonWords:
    """Names, numbers and sentences of one comparison in one language.

    Attributes:
        title: the bank's title or name, or that this is a comparison.
        counts: how many systems and questions, as one line.
        ks: the k of pass@k that tables show, a few.
    """

    def __init__(self, report: ComparisonReport, m: Messages) -> None:
        self._report, self._m = report, m
        # A digit more than scores have: differences are small.
        self._digits = 3 if m.scale <= 2 else 2 if m.scale < 100 else 1
        self.title = m.pick(report.bank.titles, report.bank.name) or m("comparison")
        systems = report.systems
        questions = max(system.questions for system in systems)
        counts = [m.count("n_systems", len(systems)), m.count("n_questions", questions)]
        self.counts = " · ".join(counts)
        most = max((each.k for system in systems for each in system.pass_at_k), default=1)
        self.ks = [k for k in _SHOWN_K if k < most] + ([most] if most > 1 else [])

    def quoted(self, label: str) -> str:
        """A system's label in quotation marks."""
        return f"«{label}»" if self._m.lang == "ru" else f"“{label}”"

    def points(self, value: float | None, *, signed: bool = False) -> str:
        """A score or a difference on the bank's scale; a dash for None."""
        if value is None:
            return DASH
        text = self._m.number(value * self._m.scale, self._digits)
        return f"+{text}" if signed and value > 0 and text.strip("0.,") else text

    def number(self, value: float | None) -> str:
        """Two digits; a dash for None."""
        return self._m.measure(value)

    def interval(self, low: float | None, high: float | None) -> str:
        """An interval on the bank's scale; empty if there is none."""
        return interval_text(Estimate(None, low, high), self.points)

    def grade(self, value: float) -> str:
        """A value of an axis that is on the bank's scale already."""
        return self._m.number(value, 0 if value == round(value) else self._digits - 1)

    def p(self, value: float) -> str:
        """A p value; small ones as a bound."""
        least = self._m.number(_LEAST_P, 3)
        return f"< {least}" if value < _LEAST_P else self._m.number(value, 3)

    def p_is(self, value: float) -> str:
        """A p value as part of a sentence: "p = 0.031"."""
        least = value < _LEAST_P
        return self._m("p_below" if least else "p_is", p=self._m.number(max(value, _LEAST_P), 3))

    def outcomes(self, difference: Difference) -> str:
        """Questions on which the second is better, alike, worse."""
        found = difference.result
        return "/".join(map(self._m.number, (found.wins, found.ties, found.losses)))

    def verdict(self, difference: Difference | None) -> str:
        """What it comes to, in a word or two."""
        if difference is None:
            return self._m("too_few")
        found, shown = difference.result, difference.verdict != "not_shown"
        blind = found.detectable is None and found.effect is not None
        return self._m("too_few" if blind and not shown else f"is_{difference.verdict}")

    def warnings(self) -> list[str]:
        """What a reader must know before any number."""
        m, report = self._m, self._report
        lines = []
        if report.graded_differently:
            lines.append(m("graded_differently", names="; ".join(report.graded_differently)))
        if any(pair.only_first or pair.only_second for pair in report.pairs):
            lines.append(m("leaderboard_subsets"))
        for apart in report.incomparable:
            names = {"first": self.quoted(apart.first), "second": self.quoted(apart.second)}
            lines.append(m.count("incomparable", apart.questions, **names))
        for system in report.systems:
            if lost := system.answers - system.judged:
                lines.append(m.count("n_lost", lost, system=self.quoted(system.label)))
        return lines

    def sentences(self, pair: Pair) -> list[str]:
        """What a pair's numbers come to."""
        m, found, questions = self._m, pair.difference.result, pair.difference.result.questions
        names = {"first": self.quoted(pair.first), "second": self.quoted(pair.second)}
        value, ends = found.difference.value or 0.0, found.difference
        if found.wins == found.losses == 0 and found.sd == 0.0 == value:
            lines = [m("pair_same", **names)]
        else:
            shown = pair.difference.verdict == "not_shown"
            within = self.interval(ends.low, ends.high)
            if within and pair.difference.verdict == "worse":
                within = self.interval(-(ends.high or 0.0), -(ends.low or 0.0))
            text = m(
                f"pair_{pair.difference.verdict}",
                **names,
                points=self.points(value if shown else abs(value), signed=shown),
                interval=m("within", interval=within) if within else "",
                p=self.p_is(pair.difference.p_adjusted),
            )
            lines = [text]
            if questions < FEWEST_PAIRED:
                lines.append(m.count("pair_few", questions, fewest=FEWEST_PAIRED))
            elif shown and found.detectable is not None:
                points = self.points(found.detectable)
                lines.append(m.count("pair_detectable", questions, points=points))
        for label, only in ((pair.first, pair.only_first), (pair.second, pair.only_second)):
            if only:
                lines.append(m.count("only_in", only, system=self.quoted(label)))
        return lines

    def leaderboard_note(self) -> str:
        """What the leaderboard's columns are."""
        return self._m("leaderboard_note", mark=self._m.out_of(self._report.pass_mark))

    def differences_note(self) -> str:
        """What the pairs' columns are."""
        m, pairs = self._m, len(self._report.pairs)
        family = m("over_pairs", n=m.number(pairs)) if pairs > 1 else ""
        return m("pairs_note", family=family, alpha=m.number(self._report.alpha, 2))

    def how_to_read(self) -> str:
        """The last words."""
        report = self._report
        return self._m(
            "comparison_how_to_read",
            power=self._m.percent(report.power),
            tie=self.points(report.tie),
        )

    def pass_at(self, system: SystemSummary, k: int) -> str:
        """A system's pass@k; a dash where it has not so many answers."""
        value = next((each.value for each in system.pass_at_k if each.k == k), None)
        return self._m.percent(value)

    def topic(self, topic: TopicDifference) -> str:
        """A topic's title; of an unknown one its id made readable."""
        return self._m.pick(topic.titles, "") or readable(topic.topic)

    def question(self, changed: ChangedQuestion) -> str:
        """A question's text."""
        return self._m.pick(changed.translations, changed.text)

    def point(self, point: ChangedPoint) -> str:
        """A key point's text."""
        return self._m.pick(point.translations, point.text)

    def flags(self, names: tuple[str, ...]) -> str:
        """An answer's flags."""
        return ", ".join(map(self._m.flag, names))
