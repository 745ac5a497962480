"""English interface text of comparisons."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "comparison": "Comparison",
    "n_systems": ("{n} system", "{n} systems"),
    "graded_differently": "The runs were graded differently, so part of any difference may come "
    "from that: {names}.",
    # what it comes to
    "pair_better": "{second} is better than {first} by {points}{interval}, {p}.",
    "pair_worse": "{second} is worse than {first} by {points}{interval}, {p}.",
    "pair_not_shown": "No difference between {first} and {second} is shown: {points}{interval}, "
    "{p}.",
    "pair_same": "{first} and {second} have the same score on every question.",
    "pair_detectable": (
        "With {n} question, a true difference of {points} would be found four times out of five.",
        "With {n} questions, a true difference of {points} would be found four times out of five.",
    ),
    "pair_few": (
        "{n} question is too few to show any difference; at least {fewest} are needed.",
        "{n} questions are too few to show any difference; at least {fewest} are needed.",
    ),
    "only_in": (
        "{n} question has scored answers of {system} only and is left out.",
        "{n} questions have scored answers of {system} only and are left out.",
    ),
    "incomparable": (
        "{first} and {second} cannot be compared: {n} scored question in common.",
        "{first} and {second} cannot be compared: {n} scored questions in common.",
    ),
    "n_lost": (
        "{n} answer of {system} could not be scored.",
        "{n} answers of {system} could not be scored.",
    ),
    "within": " (95{percent} interval {interval})",
    "p_is": "p = {p}",
    "p_below": "p < {p}",
    # sections
    "leaderboard": "Leaderboard",
    "leaderboard_note": "The score is the mean of the questions’ means, with its 95{percent} "
    "interval. Spread is the standard deviation of answers to the same question. An answer passes "
    "from {mark}; pass@k is the probability that at least one of k answers does.",
    "leaderboard_subsets": "Not all answered the same questions; only the differences below "
    "compare like with like.",
    "differences": "Differences",
    "pairs_note": "Second minus first over the questions that both answered. p is of the "
    "randomization test by question{family}; a difference is called "
    "real where p is below {alpha}. Intervals are of a paired bootstrap and not corrected.",
    "over_pairs": ", corrected by Holm’s method over {n} pairs",
    "topics_compared": "By topic",
    "topics_compared_note": "Line: 95{percent} interval of the difference; right of the middle the "
    "second system is better. p is corrected by Holm’s method over the topics.",
    "changed": "Changed most",
    "changed_note": "Of several answers to a question the one nearest to their mean is shown.",
    # columns
    "system": "System",
    "compared_with": "Compared with",
    "versus": "compared with {system}",
    "spread": "Spread",
    "pass_share": "Pass",
    "pass_at": "pass@{k}",
    "difference": "Difference",
    "p_holm": "p (Holm)",
    "effect": "d_z",
    "outcomes": "Better/tie/worse",
    "detectable": "Detectable",
    "verdict_column": "Verdict",
    "is_better": "better",
    "is_worse": "worse",
    "is_not_shown": "not shown",
    "too_few": "too few",
    "gained": "Gained",
    "lost": "Lost",
    "comparison_how_to_read": "Detectable is the true difference that at least {power} of such "
    "comparisons would find: smaller ones are noise to this bank. d_z is the mean difference in "
    "standard deviations of the differences by question. Scores closer than {tie} are a tie. A "
    "dash means “cannot say”, not zero.",
}
