"""What a validation says in words and numbers, shared by terminal, page and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from grader.report.messages import DASH, Messages
from grader.report.validation.schema import ValidationReport
from grader.report.wording import FEW
from grader.stats import Estimate, Spread, Statistics

__all__ = ["ALONE", "DSM_BOUND", "Row", "ValidationWords", "interval_text"]

ALONE = ("pearson", "spearman", "qwk", "rmse")
"""The statistics by which a further signal alone is set beside our scores."""
_SHARES = ("exact", "adjacent")
_EXPLAINED = ("osa", "osd", "csd")
_STATISTICS = (
    *("pearson", "spearman", "qwk", "qwk_continuous", "kappa", "exact", "adjacent", "smd"),
    *("rmse", "r2", "within", "length", "partial", "disattenuated", "prmse"),
)
# What RSMTool's reports mark as wanting; Williamson, Xi and Breyer (2012), Educational Measurement:
# Issues and Practice 31(1).
_AT_LEAST = {"pearson": 0.7, "qwk": 0.7, "exact": 0.5, "adjacent": 0.95, "disattenuated": 0.9}
_AT_MOST = {"smd": 0.15}
_MOST_DEGRADED = 0.1
DSM_BOUND = 0.1


def interval_text(estimate: Estimate, shown: Callable[[float], str]) -> str:
    """An interval: "0,61–0,80"; empty if there is none.

    Args:
        shown: how one of its ends is written.
    """
    if estimate.low is None or estimate.high is None:
        return ""
    between = "\u00a0…\u00a0" if estimate.low < 0 else "–"
    return shown(estimate.low) + between + shown(estimate.high)


class Row(NamedTuple):
    """One statistic of machine and person, beside that of two people.

    Attributes:
        key: its field in ``Statistics``.
        raters: None where there is no such thing.
        guideline: its text, empty for none.
        met: whether the value is as it should be; None without guideline or value.
    """

    key: str
    machine: Estimate
    raters: Estimate | None
    difference: Estimate | None
    guideline: str
    met: bool | None


class ValidationWords:
    """Names, numbers and sentences of one validation in one language.

    Attributes:
        title: the bank's title or name, or that this is a validation.
        counts: how many answers, questions and the like, as one line.
        scale: what scale the grades are on.
    """

    def __init__(self, report: ValidationReport, m: Messages) -> None:
        self._report, self._m = report, m
        self.title = m.pick(report.bank.titles, report.bank.name) or m("validation")
        self.counts = " · ".join(self._counts())
        scale = report.scale
        guessed = scale.end_guessed or scale.step_guessed
        self.scale = m(
            "scale_guessed" if guessed else "scale_said",
            field=report.fields.human,
            end=self.grade(scale.end),
            step=self.grade(scale.step),
        )

    def rows(self) -> list[Row]:
        """The statistics over all answers that there is anything to say of."""
        overall = self._report.statistics.overall
        rows = [self._row(key, overall) for key in _STATISTICS]
        with_two_only = ("disattenuated", "prmse")
        return [row for row in rows if overall.raters or row.key not in with_two_only]

    def _row(self, key: str, overall: Statistics) -> Row:
        if key == "prmse":
            machine = overall.true_score.prmse if overall.true_score else Estimate(None)
        else:
            machine = getattr(overall, key)
        # Of two people's grades there is one kappa, rounded or not as they gave them.
        raters = getattr(overall.raters, key.removesuffix("_continuous"), None)
        difference = getattr(overall.degradation, key, None)
        guideline, met = "", None
        value = machine.value
        if key in _AT_LEAST:
            guideline = self._m("at_least", value=self.value(key, _AT_LEAST[key]))
            met = None if value is None else value >= _AT_LEAST[key]
        elif key in _AT_MOST:
            guideline = self._m("at_most", value=self.value(key, _AT_MOST[key]))
            met = None if value is None else abs(value) <= _AT_MOST[key]
        return Row(key, machine, raters, difference, guideline, met)

    def name(self, key: str) -> str:
        """A statistic's name."""
        return self._m(f"stat_{key}")

    def value(self, key: str, value: float | None) -> str:
        """A statistic's value: shares in per cent, else two digits; a dash for None."""
        if key in _SHARES:
            return self._m.percent(value)
        return self._m.percent(value, 1) if key in _EXPLAINED else self.number(value)

    def interval(self, key: str, estimate: Estimate) -> str:
        """Its interval: "0,61–0,80"; empty if there is none."""
        return interval_text(estimate, lambda end: self.value(key, end))

    def number(self, value: float | None, *, signed: bool = False) -> str:
        """Two digits, with a plus sign if wanted; a dash for None."""
        text = self._m.measure(value)
        return f"+{text}" if signed and (value or 0) > 0 and text.strip("0.,") else text

    def grade(self, value: float) -> str:
        """A grade of the scale, with as many digits as it has."""
        digits = next((n for n in range(3) if abs(value - round(value, n)) < 1e-9), 2)
        return self._m.number(value, digits)

    def p(self, value: float | None) -> str:
        """A p value; small ones as a bound."""
        if value is None:
            return DASH
        return f"< {self._m.number(0.001, 3)}" if value < 0.001 else self._m.number(value, 3)

    def group(self, name: str | None) -> str:
        """A subgroup's name, or a word for none."""
        return self._m("no_subgroup") if name is None else name

    def sides(self) -> list[tuple[str, Spread]]:
        """Whose grades there are, and how they spread."""
        overall, m = self._report.statistics.overall, self._m
        sides = [(m("person"), overall.human), (m("machine"), overall.machine)]
        sides.append((m("machine_rounded"), overall.rounded))
        return [*sides, (m("second"), overall.raters.second)] if overall.raters else sides

    def alone(self) -> list[tuple[str, Statistics | None]]:
        """Each further signal alone, then our scores of the answers that it judged."""
        rows: list[tuple[str, Statistics | None]] = []
        for one in self._report.statistics.alone:
            rows.append(
                (self._m("alone_signal", signal=self._m.signal(one.signal)), one.statistics)
            )
            rows += [] if one.ours is None else [(self._m("alone_ours"), one.ours)]
        return rows

    def verdict(self) -> list[str]:
        """What the numbers come to, in sentences."""
        m, found = self._m, self._report.statistics
        overall = found.overall
        sentences = [self._correlation(overall)]
        apart = (overall.machine.mean.value or 0.0) - (overall.human.mean.value or 0.0)
        points = self.number(abs(apart))
        how = "even" if not points.strip("0.,") else "higher" if apart > 0 else "lower"
        sentences.append(m(f"verdict_{how}", **({} if how == "even" else {"points": points})))
        unmet = self.unmet()
        sentences.append(m("verdict_unmet", names="; ".join(unmet)) if unmet else m("verdict_met"))
        departed = [group for group in found.subgroups if group.dsm.value is not None]
        if len(departed) > 1:
            worst = max(departed, key=lambda group: abs(group.dsm.value or 0.0))
            dsm = self.number(worst.dsm.value, signed=True)
            sentences.append(m("verdict_group", group=self.group(worst.group), dsm=dsm))
        if overall.questions < FEW:
            sentences.append(m("verdict_few_questions"))
        return sentences

    def _correlation(self, overall: Statistics) -> str:
        m = self._m
        if overall.pearson.value is None:
            return m("verdict_undefined")
        interval = self.interval("pearson", overall.pearson)
        r = self.number(overall.pearson.value) + (f" ({interval})" if interval else "")
        sentence = m("verdict_agreement", r=r, qwk=self.number(overall.qwk.value))
        if overall.raters and overall.raters.pearson.value is not None:
            people = m("verdict_raters", r=self.number(overall.raters.pearson.value))
            sentence += f" {people}"
        return sentence

    def unmet(self) -> list[str]:
        """What is short of its guideline: "QWK 0,62"."""
        unmet = [
            f"{self.name(row.key)} {self.value(row.key, row.machine.value)}"
            for row in self.rows()
            if row.met is False
        ]
        lost = self._report.statistics.overall.degradation
        for key in ("pearson", "qwk"):
            value = None if lost is None else getattr(lost, key).value
            if value is not None and value < -_MOST_DEGRADED:
                less = self.number(-value)
                unmet.append(self._m("less_than_people", name=self.name(key), value=less))
        values = [group.dsm.value for group in self._report.statistics.subgroups]
        departed = sum(value is not None and abs(value) > DSM_BOUND for value in values)
        return [*unmet, self._m.count("dsm_unmet", departed)] if departed else unmet

    def _counts(self) -> Sequence[str]:
        report, m = self._report, self._m
        overall = report.statistics.overall
        counts = [m.count("n_answers", overall.n), m.count("n_questions", overall.questions)]
        if overall.raters:
            counts.append(m.count("n_doubles", overall.raters.n))
        if report.statistics.subgroups:
            counts.append(m.count("n_subgroups", len(report.statistics.subgroups)))
        if report.ungraded:
            counts.append(m.count("n_ungraded", report.ungraded))
        if report.unscored:
            counts.append(m.count("n_unjudged", report.unscored))
        return counts
