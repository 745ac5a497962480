"""Means and counts of many groups of answers at once, from the columns of a tally."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from grader.report.schema import FlagCount, Mean
from grader.report.tally import IntArray
from grader.run import round_off
from grader.stats import Clustered, FloatArray, clustered, mean_intervals

__all__ = ["flag_counts", "group_means", "means", "pair_counts", "spread"]


def group_means(
    values: FloatArray, group: IntArray, cluster: IntArray, *, groups: int
) -> list[Mean]:
    """The mean of each group with an interval resampled by cluster; see ``clustered``."""
    answers = np.bincount(group, minlength=groups).tolist()
    return means(answers, clustered(values, group, cluster, groups=groups))


def means(answers: Iterable[int], found: Sequence[Clustered]) -> list[Mean]:
    """Means with their intervals, of groups that have so many answers."""
    return [
        Mean(
            answers=count,
            judged=group.judged,
            mean=round_off(interval.mean),
            low=round_off(interval.low),
            high=round_off(interval.high),
        )
        for count, group, interval in zip(answers, found, mean_intervals(found), strict=True)
    ]


def flag_counts(
    flag_lists: Iterable[Sequence[str]], which: IntArray, group: IntArray, *, groups: int
) -> list[tuple[FlagCount, ...]]:
    """The flags of each group, most frequent first.

    Args:
        flag_lists: names of flags.
        which: of these lists each answer has.
        group: each answer's group, 0 up to ``groups``.
    """
    lists = [list(names) for names in flag_lists]
    numbers = {name: n for n, name in enumerate(dict.fromkeys(n for own in lists for n in own))}
    names = list(numbers)
    rows, flag = spread([[numbers[name] for name in own] for own in lists], which)
    counts: list[list[FlagCount]] = [[] for _ in range(groups)]
    for place, name, count in pair_counts(group[rows], flag):
        counts[place].append(FlagCount(names[name], count))
    return [tuple(sorted(own, key=lambda flag: (-flag.count, flag.name))) for own in counts]


def spread(lists: Sequence[Sequence[int]], which: IntArray) -> tuple[IntArray, IntArray]:
    """A row for each member of each answer's list: the answer's place and the member.

    Args:
        which: of the lists each answer has.
    """
    lengths = np.array([len(own) for own in lists], dtype=np.intp)
    members = np.array([member for own in lists for member in own], dtype=np.intp)
    starts = np.cumsum(lengths) - lengths
    each = lengths[which]
    rows = np.repeat(np.arange(len(which)), each)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)
    return rows, members[starts[which[rows]] + within]


def pair_counts(first: IntArray, second: IntArray) -> Iterable[tuple[int, int, int]]:
    """Every pair that occurs, in order, and how often."""
    width = int(second.max(initial=0)) + 1
    keys, counts = np.unique(first.astype(np.int64) * width + second, return_counts=True)
    return zip((keys // width).tolist(), (keys % width).tolist(), counts.tolist(), strict=True)
