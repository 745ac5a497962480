"""What came of the systems of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.errors import GraderError
from grader.evaluation.plan import Kept, Plan, System
from grader.llm import Collected
from grader.report import Report
from grader.report.comparison import ComparisonReport, build_comparison
from grader.report.comparison.systems import NamedRun, systems
from grader.run import Run

__all__ = ["Comparison", "Result", "compare", "exit_status"]


@dataclass(frozen=True)
class Result:
    """What came of one system.

    Attributes:
        kept: its answers.
        collected: how far asking came this time; None if that failed.
        graded: its run and report; None if there is nothing to grade or that failed.
        failure: why it could not be asked or graded; None if it could.
    """

    system: System
    kept: Kept
    graded: tuple[Run, Report] | None = None
    failure: str | None = None
    collected: Collected | None = None

    @property
    def missing(self) -> int:
        """How many answers it did not give."""
        return len(self.system.asks) - len(self.kept.ids)

    @property
    def money(self) -> float | None:
        """What its answers cost; None if nobody says."""
        return self.system.money(self.kept.spent)

    @property
    def score(self) -> float | None:
        """Mean score, 0..1; None if nothing was graded, or could be judged."""
        return None if self.graded is None else self.graded[1].overall.mean

    @property
    def passed(self) -> bool:
        """Whether it has all its answers and passes its gates."""
        if self.failure is not None or self.missing or self.graded is None:
            return False
        return all(gate.passed for gate in self.graded[1].gates)


@dataclass(frozen=True)
class Comparison:
    """The systems compared, or why they could not be.

    Attributes:
        absent: the system that the others should be compared with, if it was not graded; then
            they are compared with another.
    """

    report: ComparisonReport | None = None
    refusal: str | None = None
    absent: str | None = None


def exit_status(results: Sequence[Result]) -> int:
    """2 if a system failed, 1 if answers are missing or a gate is not passed, else 0."""
    if any(result.failure is not None for result in results):
        return 2
    return 0 if all(result.passed for result in results) else 1


def compare(plan: Plan, results: Sequence[Result]) -> Comparison | None:
    """Compare the systems with one another and with the baseline run; None if there is only one."""
    graded = [result for result in results if result.graded is not None]
    runs: list[NamedRun] = []
    try:
        if plan.gates.baseline is not None:
            runs.append((plan.gates.baseline, Run.read(plan.gates.baseline)))
        first = len(runs)
        runs += [(str(r.system.folder), r.graded[0]) for r in graded if r.graded is not None]
        if len(runs) < 2:
            return None
        wanted = plan.evaluation.file.compare.baseline
        names = [result.system.name for result in graded]
        label = None
        if wanted in names:
            number = first + names.index(wanted)
            label = next(one.label for one in systems(runs) if one.key.run == number)
        absent = wanted if label is None else None
        return Comparison(build_comparison(runs, baseline=label), absent=absent)
    except GraderError as error:
        return Comparison(refusal=str(error))
