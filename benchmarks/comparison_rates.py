"""How often ``grader compare`` says what it should of simulated systems.

    python benchmarks/comparison_rates.py

The bank has 76 questions of different difficulty in four topics; scores are 0 to 1, with two
samples a question of standard deviation 0.15.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from grader.stats import ALPHA, Clustered, PairedDifference, holm, mean_intervals, paired

Floats = NDArray[np.float64]

QUESTIONS, TOPICS = 76, 4
TOPIC = np.arange(QUESTIONS) % TOPICS
SEEDS = (1, 2, 3)
_RUNS, _RESAMPLES = 2000, 2000
_INTERVAL_SEED, _INTERVAL_RUNS = 11, 1000


def one_model(random: np.random.Generator) -> Iterator[Floats]:
    """Answers of one model to one bank, mean of two samples a question, for ever."""
    level = random.beta(3, 2, QUESTIONS)
    while True:
        samples = level + random.normal(0, 0.15, (2, QUESTIONS))
        yield np.clip(samples, 0, 1).mean(axis=0)


def compared(first: Floats, second: Floats, *, alpha: float = ALPHA) -> PairedDifference:
    """The comparison of two systems by the questions' places."""
    found = paired(
        dict(zip(_NAMES, first.tolist(), strict=False)),
        dict(zip(_NAMES, second.tolist(), strict=False)),
        resamples=_RESAMPLES,
        alpha=alpha,
    )
    assert found is not None
    return found


def corrected(first: Floats, second: Floats) -> list[float]:
    """p by topic, corrected for their number."""
    return holm([compared(first[t == TOPIC], second[t == TOPIC]).p for t in range(TOPICS)])


def rates(seed: int) -> list[float]:
    """Shares: none said, found, none said by topic, found in one topic."""
    random = np.random.default_rng(seed)
    counts = np.zeros(4)
    own = TOPIC == 0
    for _ in range(_RUNS):
        model = one_model(random)
        first, second = next(model), next(model)
        whole = compared(first, second)
        assert whole.detectable is not None
        topic = compared(first[own], second[own], alpha=ALPHA / TOPICS).detectable
        better = next(model).copy()
        better[own] += topic
        counts += [
            whole.p >= ALPHA,
            compared(next(model), next(model) + whole.detectable).p < ALPHA,
            min(corrected(next(model), next(model))) >= ALPHA,
            corrected(next(model), better)[0] < ALPHA,
        ]
    return (counts / _RUNS).tolist()


def coverage(questions: int) -> tuple[float, float]:
    """How often the 95 % interval holds the truth: plain percentiles, and those used."""
    random = np.random.default_rng(_INTERVAL_SEED)
    plain = used = 0
    for _ in range(_INTERVAL_RUNS):
        apart = random.normal(0.1, 0.2, questions)
        one = mean_intervals([Clustered.single(apart)])[0]
        two = compared(np.zeros(questions), apart).difference
        assert one.low is not None and one.high is not None  # noqa: PT018
        assert two.low is not None and two.high is not None  # noqa: PT018
        plain += one.low <= 0.1 <= one.high
        used += two.low <= 0.1 <= two.high
    return plain / _INTERVAL_RUNS, used / _INTERVAL_RUNS


_NAMES = [f"q{n:03}" for n in range(QUESTIONS)]
_ROWS = (
    "two samples of one model: no difference said",
    "a planted difference of the size stated before: found",
    "no topic of four said to differ",
    "the same in one topic of 19 questions, after correction over four: found",
)


def main() -> None:
    found = np.array([rates(seed) for seed in SEEDS])
    print("| | lowest | highest |\n|---|--:|--:|")
    for row, low, high in zip(_ROWS, found.min(axis=0), found.max(axis=0), strict=True):
        print(f"| {row} | {low:.1%} | {high:.1%} |")
    print("\n| questions | plain percentiles | interval |\n|--:|--:|--:|")
    for questions in (6, 8, 12, 30, QUESTIONS):
        plain, used = coverage(questions)
        print(f"| {questions} | {plain:.1%} | {used:.1%} |", flush=True)


if __name__ == "__main__":
    main()
