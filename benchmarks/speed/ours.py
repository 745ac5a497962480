"""The grader by tier: through Python, and as the command that reads a file and writes a run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from speed.material import BANK
from speed.peers import Load, Score, Setting, Texts
from speed.process import GRADER

__all__ = ["OURS", "TIERS", "api", "command", "score_command"]

TIERS = ("fast", "standard", "thorough")


def api(tier: str) -> str:
    """The name of the row of ``Grader.grade_all``."""
    return f"grader, {tier}"


def command(tier: str) -> str:
    """The name of the row of ``grader score``."""
    return f"`grader score --tier {tier}`"


def score_command(answers: Path, tier: str, out: Path) -> list[str]:
    """Grades the answers of a file; the run is written to ``out``."""
    return [GRADER, "score", str(answers), "--bank", BANK, "--tier", tier, "--out", str(out)]


def by_python(tier: str) -> Load:
    def load(setting: Setting) -> Score:
        from grader import Bank, Grader
        from grader.model import Answer

        grader = Grader(Bank.load(BANK), tier=tier)

        def score(texts: Texts) -> Sequence[float]:
            answers = [
                Answer(row.answer_id, row.question_id, row.answer, row.respondent)
                for row in texts.rows
            ]
            return [grade.score or 0.0 for grade in grader.grade_all(answers)]

        return score

    return load


def by_command(tier: str) -> Load:
    def load(setting: Setting) -> Score:
        def score(texts: Texts) -> Sequence[float]:
            out = texts.path.parent / "run"
            shutil.rmtree(out, ignore_errors=True)
            subprocess.run(score_command(texts.path, tier, out), check=True, capture_output=True)
            return []

        return score

    return load


OURS: Mapping[str, Load] = {
    **{api(tier): by_python(tier) for tier in TIERS},
    **{command(tier): by_command(tier) for tier in TIERS},
}
