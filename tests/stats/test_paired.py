"""Two systems over the same questions, against scipy and sacrebleu, and by simulation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sacrebleu.metrics.base import Metric, Score
from sacrebleu.significance import (
    Result,
    _bootstrap_resample,
    _compute_p_value,
    _paired_ar_test,
    estimate_ci,
)
from scipy import stats as scipy_stats

from grader.stats import (
    ALPHA,
    FEWEST_PAIRED,
    POWER,
    TIE,
    PairedDifference,
    holm,
    paired,
    pass_at_k,
    pooled_sd,
)

Floats = NDArray[np.float64]
UNIT = st.integers(0, 100).map(lambda n: n / 100)
SCORES = st.dictionaries(st.sampled_from("abcdefghijkl"), UNIT)
FAST = 2000


def named(scores: Sequence[float] | Floats) -> dict[str, float]:
    return {f"q{n:05}": float(score) for n, score in enumerate(scores)}


def compared(first: Sequence[float] | Floats, second: Any, **rest: Any) -> PairedDifference:
    found = paired(named(first), named(second), **rest)
    assert found is not None
    return found


def two_systems(questions: int, seed: int, shift: float = 0.05) -> tuple[Floats, Floats]:
    """Scores of 0..1 that are alike within a question."""
    random = np.random.default_rng(seed)
    level = random.uniform(0.1, 0.9, questions)
    noisy = [level + random.normal(s, 0.1, questions) for s in (0, shift)]
    return np.clip(noisy[0], 0, 1), np.clip(noisy[1], 0, 1)


# p


def scipy_p(first: Floats, second: Floats, drawn: float) -> float:
    result = scipy_stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(y - x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=drawn,
        rng=np.random.default_rng(1),
    )
    return float(result.pvalue)


@pytest.mark.parametrize(("questions", "seed"), [(2, 0), (6, 1), (9, 2), (12, 3), (16, 4)])
def test_few_questions_have_the_exact_p_of_scipy(questions: int, seed: int) -> None:
    first, second = two_systems(questions, seed)
    theirs = scipy_p(first, second, np.inf)
    assert compared(first, second).p == pytest.approx(theirs, abs=1e-12)


def test_equal_sums_of_differences_count_as_equal() -> None:
    """0.1 + 0.2 and 0.3 are one sum, which floating point does not know."""
    first = [0.0] * 6
    second = [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]
    signs = itertools.product((1, -1), repeat=6)
    tenths = [sum(s * n for s, n in zip(each, (1, 2, 3, 3, 2, 1), strict=True)) for each in signs]
    assert compared(first, second).p == sum(abs(sum_) >= 12 for sum_ in tenths) / 64
    second = [0.1, 0.2, -0.3, 0.3, 0.2, 0.1]
    assert compared(first, second).p == sum(abs(sum_) >= 6 for sum_ in tenths) / 64


@pytest.mark.parametrize(
    ("questions", "seed", "shift"), [(40, 5, 0.03), (76, 6, 0.02), (300, 7, 0)]
)
def test_many_questions_have_the_p_of_scipy(questions: int, seed: int, shift: float) -> None:
    first, second = two_systems(questions, seed, shift)
    theirs = scipy_p(first, second, 50_000)
    ours = compared(first, second).p
    assert ours == pytest.approx(theirs, abs=4 * math.sqrt(theirs * (1 - theirs) / 10_000) + 1e-4)
    t_test = scipy_stats.ttest_rel(second, first).pvalue
    assert ours == pytest.approx(float(t_test), abs=0.02)


class Numbers(Metric):
    """A sacrebleu metric whose hypotheses are plain numbers and whose score is their mean."""

    def __init__(self) -> None:
        pass

    def _check_corpus_score_args(self, hyps: Any, refs: Any) -> None:
        pass

    def _aggregate_and_compute(self, stats: Any) -> Score:
        return self._compute_score_from_stats(np.sum(stats, axis=0))

    def _compute_score_from_stats(self, stats: Any) -> Score:
        return Score("mean", float(stats[0] / stats[1]))

    def _preprocess_segment(self, sent: str) -> str:
        return sent

    def _extract_corpus_statistics(self, hypotheses: Any, references: Any) -> Any:
        return np.array([[float(number), 1.0] for number in hypotheses])

    def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: Any) -> list[float]:
        raise NotImplementedError

    def _extract_reference_info(self, refs: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("questions", "seed", "shift"), [(40, 5, 0.03), (76, 6, 0.02), (120, 8, 0)]
)
def test_p_is_that_of_sacrebleu(questions: int, seed: int, shift: float) -> None:
    first, second = two_systems(questions, seed, shift)
    metric: Any = Numbers()
    baseline = (metric._extract_corpus_statistics(first, None), Result(float(np.mean(first))))
    _, found = _paired_ar_test(
        {"mean": baseline}, "second", list(second), None, {"mean": metric}, 10_000, seed=3
    )
    theirs = found["mean"].p_value
    assert theirs is not None
    chance = 4 * math.sqrt(2 * theirs * (1 - theirs) / 10_000) + 1e-4
    assert compared(first, second).p == pytest.approx(theirs, abs=chance)


def test_the_least_random_p_is_sacrebleus_too() -> None:
    """(0 + 1) / (drawn + 1) where no assignment of signs is as far."""
    ours = compared([0.1] * 40, [0.9] * 40, resamples=999).p
    assert ours == _compute_p_value(np.zeros(999), 0.8) == 1 / 1000


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_properties(first: dict[str, float], second: dict[str, float]) -> None:
    found = paired(first, second, resamples=200)
    both = sorted(first.keys() & second.keys())
    if len(both) < 2:
        assert found is None
        return
    assert found is not None
    turned = paired(second, first, resamples=200)
    assert turned is not None
    assert found.questions == found.wins + found.ties + found.losses == len(both)
    assert (turned.wins, turned.losses) == (found.losses, found.wins)
    assert turned.p == found.p
    assert 0 < found.p <= 1
    assert turned.detectable == found.detectable
    assert turned.difference.value == pytest.approx(-(found.difference.value or 0.0), abs=1e-12)
    assert found.difference.value == pytest.approx(found.second - found.first, abs=1e-9)
    assert (found.difference.low is None) == (len(both) < FEWEST_PAIRED)
    if found.difference.low is not None and found.difference.high is not None:
        assert found.difference.low <= (found.difference.value or 0.0) <= found.difference.high
    backwards = [dict(reversed(scores.items())) for scores in (first, second)]
    assert paired(*backwards, resamples=200) == found
    assert paired(first, first, resamples=200) is None or paired(first, first).p == 1.0  # type: ignore[union-attr]


# interval


@pytest.mark.parametrize("questions", [6, 10, 30, 76])
def test_interval_is_scipys_at_the_widened_level(questions: int) -> None:
    """Percentiles at which a normal sample's bootstrap is as wide as Student's t."""
    first, second = two_systems(questions, questions)
    t = scipy_stats.t.ppf(0.975, questions - 1) * math.sqrt(questions / (questions - 1))
    level = 1 - 2 * scipy_stats.norm.sf(t)
    theirs = scipy_stats.bootstrap(
        (second - first,),
        np.mean,
        n_resamples=200_000,
        method="percentile",
        confidence_level=level,
        rng=np.random.default_rng(2),
        batch=2000,
    ).confidence_interval
    ours = compared(first, second, resamples=100_000).difference
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.02 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.02 * width)
    by_t = scipy_stats.ttest_rel(second, first).confidence_interval()
    assert width == pytest.approx(by_t.high - by_t.low, rel=0.25 if questions < 20 else 0.1)


def test_interval_is_sacrebleus_with_many_questions() -> None:
    first, second = two_systems(600, 9)
    metric: Any = Numbers()
    apart = metric._extract_corpus_statistics(second - first, None)
    _, scores = _bootstrap_resample(apart, metric, 20_000)
    mean, half = estimate_ci(np.array([each.score for each in scores]))
    ours = compared(first, second).difference
    assert ours.low is not None
    assert ours.high is not None
    assert ours.value == pytest.approx(mean, abs=2e-4)
    assert (ours.high - ours.low) / 2 == pytest.approx(half, rel=0.03)


@pytest.mark.parametrize(("questions", "least"), [(6, 0.91), (8, 0.92), (12, 0.925), (30, 0.93)])
def test_interval_holds_the_truth_with_few_questions(questions: int, least: float) -> None:
    """Plain percentile intervals hold it 85 times of 100 with 6 questions."""
    random = np.random.default_rng(11)
    held = 0
    for _ in range(1000):
        found = compared(np.zeros(questions), random.normal(0.1, 0.2, questions), resamples=FAST)
        low, high = found.difference.low, found.difference.high
        assert low is not None
        assert high is not None
        held += low <= 0.1 <= high
    assert held / 1000 >= least


# effect, ties, what there is to say with little


def test_effect_is_the_t_statistic_by_the_root_of_n() -> None:
    first, second = two_systems(50, 12)
    t = scipy_stats.ttest_rel(second, first).statistic
    assert compared(first, second).effect == pytest.approx(t / math.sqrt(50))


def test_means_wins_ties_and_losses() -> None:
    found = compared([0.5, 0.5, 0.5, 0.5], [0.5 + TIE, 0.5 + TIE / 2, 0.5, 0.4])
    assert (found.wins, found.ties, found.losses) == (1, 2, 1)
    assert found.first == 0.5
    assert found.second == pytest.approx((2 + 1.5 * TIE - 0.1) / 4)


def test_only_questions_of_both_count() -> None:
    nan = math.nan
    first = {"a": 0.1, "b": 0.2, "c": 0.3, "d": nan, "e": 1.0}
    second = {"f": 1.0, "c": 0.5, "b": 0.5, "d": 0.5, "e": nan}
    found = paired(first, second)
    assert found is not None
    assert found.questions == 2
    assert found.first == pytest.approx(0.25)
    assert paired(first, {"a": 1.0, "d": 0.1}) is None
    assert paired({}, {}) is None


def test_nothing_that_differs_or_varies() -> None:
    same = compared([0.2, 0.4, 0.6] * 4, [0.2, 0.4, 0.6] * 4)
    assert (same.p, same.effect, same.detectable, same.ties) == (1.0, None, None, 12)
    assert (same.difference.low, same.difference.high) == (0.0, 0.0)
    shifted = compared([0.2, 0.4, 0.6] * 4, [0.3, 0.5, 0.7] * 4)
    assert shifted.p == 2 / 2**12
    assert shifted.effect is None
    assert shifted.detectable is None


def test_too_few_questions_say_so() -> None:
    found = compared([0.0] * 5, [1.0, 0.9, 0.8, 0.9, 1.0])
    assert found.p == 2 / 2**5 > ALPHA
    assert found.difference.low is found.difference.high is found.detectable is None


def test_memory_and_time_are_bounded_with_very_many_questions() -> None:
    first, second = two_systems(20_000, 13, 0)
    found = compared(first, second, resamples=500)
    assert found.p == pytest.approx(scipy_stats.ttest_rel(second, first).pvalue, abs=0.1)


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"alpha": 0.0}, {"resamples": 0}])
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        paired({}, {}, **wrong)


# what can be detected


@pytest.mark.parametrize(("questions", "alpha"), [(20, 0.05), (76, 0.05), (76, 0.005), (400, 0.05)])
def test_detectable_is_where_scipys_t_test_has_the_power(questions: int, alpha: float) -> None:
    """Noncentral t at the upper 80 % limit of the standard deviation."""
    found = compared(*two_systems(questions, 14), alpha=alpha)
    assert found.detectable is not None
    df = questions - 1
    sd = found.sd * math.sqrt(df / scipy_stats.chi2.ppf(0.2, df))
    steps = found.detectable / (sd / math.sqrt(questions))
    power = scipy_stats.nct.sf(scipy_stats.t.isf(alpha / 2, df), df, steps)
    assert power == pytest.approx(POWER, abs=2e-4)


# simulated banks: questions differ, a model's samples scatter around its mean for the question

QUESTIONS = 76
REPLICATIONS = 1000
TOPICS = np.arange(QUESTIONS) % 4


def one_model(random: np.random.Generator) -> Iterator[Floats]:
    """Answers of one model to one bank, mean of two samples a question, for ever."""
    level = random.beta(3, 2, QUESTIONS)
    while True:
        samples = level + random.normal(0, 0.15, (2, QUESTIONS))
        yield np.clip(samples, 0, 1).mean(axis=0)


def corrected(first: Floats, second: Floats) -> list[float]:
    """p by topic."""
    found = (compared(first[t == TOPICS], second[t == TOPICS], resamples=FAST) for t in range(4))
    return holm([each.p for each in found])


def test_two_samples_of_one_model_show_no_difference() -> None:
    random = np.random.default_rng(2026)
    none = 0
    for _ in range(REPLICATIONS):
        model = one_model(random)
        none += compared(next(model), next(model), resamples=FAST).p >= ALPHA
    assert none / REPLICATIONS >= 0.94


def test_nor_does_any_topic() -> None:
    random = np.random.default_rng(2027)
    none = 0
    for _ in range(REPLICATIONS // 2):
        model = one_model(random)
        none += min(corrected(next(model), next(model))) >= ALPHA
    assert none / (REPLICATIONS // 2) >= 0.94


def test_a_difference_of_the_detectable_size_is_found() -> None:
    random = np.random.default_rng(2028)
    found = 0
    for _ in range(REPLICATIONS):
        model = one_model(random)
        told = compared(next(model), next(model), resamples=FAST).detectable
        found += compared(next(model), next(model) + told, resamples=FAST).p < ALPHA
    assert found / REPLICATIONS >= POWER


@pytest.mark.parametrize("questions", [7, 10, 20])
def test_and_with_few_questions(questions: int) -> None:
    random = np.random.default_rng(2029)
    found = 0
    for _ in range(500):
        told = compared(np.zeros(questions), random.normal(0, 0.2, questions)).detectable
        assert told is not None
        found += compared(np.zeros(questions), random.normal(told, 0.2, questions)).p < ALPHA
    assert found / 500 >= POWER


def test_and_in_one_topic_of_four_after_correction() -> None:
    random = np.random.default_rng(2030)
    found, topic = 0, TOPICS == 0
    for _ in range(REPLICATIONS // 2):
        model = one_model(random)
        first, second = next(model), next(model)
        told = compared(first[topic], second[topic], resamples=FAST, alpha=ALPHA / 4).detectable
        better = next(model)
        better[topic] += told
        found += corrected(next(model), better)[0] < ALPHA
    assert found / (REPLICATIONS // 2) >= POWER


# the rest


def test_holm_by_hand() -> None:
    """The example of Holm's procedure with p 0.01, 0.04, 0.03, 0.005."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.9]) == [0.8, 0.9]
    assert holm([0.7, 0.7, 0.7]) == [1.0, 1.0, 1.0]
    assert holm([0.3]) == [0.3]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_stepwise_rule(p_values: list[float]) -> None:
    """Reject the smallest while each is below alpha over the number of those left."""
    adjusted = holm(p_values)
    for alpha in (0.01, 0.05, 0.3):
        rejected = set()
        for place, index in enumerate(np.argsort(p_values, kind="stable")):
            if p_values[index] * (len(p_values) - place) >= alpha:
                break
            rejected.add(int(index))
        assert {n for n, p in enumerate(adjusted) if p < alpha} == rejected


@pytest.mark.parametrize(("n", "c"), [(1, 0), (1, 1), (5, 2), (7, 7), (8, 3)])
def test_pass_at_k_is_the_share_of_choices_with_a_pass(n: int, c: int) -> None:
    answers = [True] * c + [False] * (n - c)
    for k in range(1, n + 1):
        choices = [any(choice) for choice in itertools.combinations(answers, k)]
        assert pass_at_k(n, c, k) == pytest.approx(sum(choices) / len(choices))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_of_nonsense(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="no pass@"):
        pass_at_k(n, c, k)


def test_pooled_sd_is_that_of_an_analysis_of_variance() -> None:
    groups = [[0.1, 0.4, 0.3], [0.9], [0.5, 0.7], []]
    squares = sum(np.var(group) * len(group) for group in groups if group)
    assert pooled_sd(groups) == pytest.approx(math.sqrt(squares / 3))
    assert pooled_sd([[0.1], [0.2]]) is None
    assert pooled_sd([]) is None
