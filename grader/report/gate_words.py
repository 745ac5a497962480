"""What gates say, in words: on the terminal, in pages, pull requests and CI logs."""

from __future__ import annotations

import math

from grader.report.messages import Messages, messages
from grader.report.schema import GateComparison, GateResult, Report
from grader.report.wording import BankWords
from grader.stats import FEWEST_PAIRED

__all__ = ["GateWords", "gate_lines"]

_NAMED = 5  # missing questions
_MARGIN_STEP = 1000


def gate_lines(report: Report, lang: str) -> list[str]:
    """A line for each gate of the report: "✓ mean score 3.6 ≥ 3.0".

    Raises:
        RunError: there is no interface text in the language.
    """
    words = GateWords(report, messages(lang, report.bank.scale))
    return [words.line(result) for result in report.gates]


class GateWords:
    """Sentences on the gates of one report in one language.

    Attributes:
        title: of the gates, with the scale of their scores.
    """

    def __init__(self, report: Report, m: Messages) -> None:
        self._m = m
        self._words = BankWords(report, m)
        self.title = m("gates_of", scale=m.top)

    def mark(self, result: GateResult) -> str:
        """A tick or a cross."""
        return "✓" if result.passed else "✗"

    def line(self, result: GateResult) -> str:
        """The whole result on one line."""
        return f"{self.mark(result)} {self.said(result)}"

    def said(self, result: GateResult) -> str:
        """The same without the mark."""
        mean = None if result.score is None else result.score.mean
        if mean is None or result.threshold is None:
            return f"{self.demand(result)}: {self.found(result)}"
        score, threshold = self._apart(mean, result.threshold)
        return f"{self._what(result)} {score} {'≥' if result.passed else '<'} {threshold}"

    def demand(self, result: GateResult) -> str:
        """What has to be reached: "mean score ≥ 3.0"."""
        found, m = result.comparison, self._m
        if found is None:
            return f"{self._what(result)} ≥ {self._exact(result.threshold or 0.0)}"
        return m("gate_demand", baseline=found.baseline, margin=self._exact(found.margin))

    def found(self, result: GateResult) -> str:
        """What was: a mean, or the difference from the baseline and what it shows."""
        if result.comparison is not None:
            return self._compared(result.comparison, result.outcome)
        if result.score is None or result.score.mean is None:
            return self._m("gate_nothing")
        return self._apart(result.score.mean, result.threshold or 0.0)[0]

    def _what(self, result: GateResult) -> str:
        return self._m("gate_mean") if result.topic is None else self._words.topic(result.topic)

    def _compared(self, found: GateComparison, outcome: str) -> str:
        m, parts = self._m, []
        if found.difference is not None:
            difference = m("gate_difference", difference=self._signed(found.difference))
            if found.low is not None and found.high is not None:
                ends = m("gate_ends", low=self._signed(found.low), high=self._signed(found.high))
                difference += f" {ends}"
            parts.append(difference)
        if found.missing:
            named = ", ".join(found.missing[:_NAMED])
            named += ", …" if len(found.missing) > _NAMED else ""
            parts.append(m.count("gate_missing", len(found.missing), named=named))
        elif outcome == "unclear" and found.low is None:
            parts.append(m.count("gate_few", found.questions, fewest=FEWEST_PAIRED))
        else:
            parts.append(m.count(f"gate_{outcome}", found.questions))
        return "; ".join([", ".join(parts), *self._would_do(found, outcome)])

    def _would_do(self, found: GateComparison, outcome: str) -> list[str]:
        """What would have been enough, where nothing could be told."""
        if outcome != "unclear" or found.low is None:
            return []
        margin = (math.floor(-found.low * _MARGIN_STEP) + 1) / _MARGIN_STEP
        if found.enough_questions is None:
            return [self._m("gate_margin", margin=f"{margin:g}")]
        return [self._m.count("gate_enough", found.enough_questions, margin=f"{margin:g}")]

    def _exact(self, value: float) -> str:
        """A threshold or margin on the bank's scale, with as many digits as it needs."""
        shown, exact = self._m.score(value), self._shown(value, 6).rstrip("0")
        return max(shown, exact, key=len)

    def _apart(self, mean: float, threshold: float) -> tuple[str, str]:
        """Both on the bank's scale, the mean with enough digits not to seem the threshold."""
        shown, limit = self._m.score(mean), self._exact(threshold)
        apart = abs(mean - threshold) * self._m.scale
        if shown == self._m.score(threshold) and apart:
            shown = self._shown(mean, next((d for d in range(1, 6) if round(apart, d)), 6))
        return shown, limit

    def _signed(self, value: float) -> str:
        """A difference on the bank's scale, with a digit more than scores have."""
        digits = 3 if self._m.scale <= 2 else 2 if self._m.scale < 100 else 1
        return self._shown(value, digits).replace("-", "−")

    def _shown(self, value: float, digits: int) -> str:
        return self._m.number(value * self._m.scale, digits)
