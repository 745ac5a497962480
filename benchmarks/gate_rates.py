"""How often a run passes ``--no-worse-than`` that should, and that should not.

    python benchmarks/gate_rates.py

Simulated scores by question. *Even*: differences as often up as down. *Lost questions*: every
answer a little better, but one in ten much worse.
"""

from __future__ import annotations

import numpy as np

from grader.stats import paired

MARGIN = 0.05
SEED = 71
QUESTIONS = (6, 10, 20, 40, 76, 150)
_LOST, _DROP = 0.1, 0.45


def rate(shift: float, questions: int, *, lost: bool, runs: int) -> float:
    """Share of simulated runs that pass whose true difference is ``shift``."""
    generator = np.random.default_rng(SEED)
    passed = 0
    for _ in range(runs):
        before = generator.beta(2, 2, questions)
        if lost:
            gain = _LOST * _DROP / (1 - _LOST)
            worse = generator.random(questions) < _LOST
            after = before + shift + np.where(worse, -_DROP, gain)
        else:
            after = np.clip(before, 0.3, 0.7) + shift + generator.uniform(-0.2, 0.2, questions)
        found = paired(dict(enumerate(before)), dict(enumerate(after)), level=0.9)
        low = None if found is None else found.difference.low
        passed += low is not None and low > -MARGIN
    return passed / runs


def main() -> None:
    print("| questions | worse, even | worse, lost questions | equal, even | equal, lost |")
    print("|--:|--:|--:|--:|--:|")
    for questions in QUESTIONS:
        worse = [rate(-MARGIN, questions, lost=lost, runs=1000) for lost in (False, True)]
        equal = [rate(0.0, questions, lost=lost, runs=300) for lost in (False, True)]
        cells = [f"{value:.3f}" for value in worse] + [f"{value:.2f}" for value in equal]
        print("|", questions, "|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
