"""English interface text of item quality."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "items": "Item quality",
    # sentences
    "alpha_is": "Cronbach’s α = {value}; respondents with a score on every question: {complete}.",
    "alpha_no_respondents": "No Cronbach’s α: the answers name no respondents.",
    "alpha_one_question": "No Cronbach’s α: the respondents’ answers are to one question only.",
    "alpha_few_respondents": "No Cronbach’s α: respondents with a score on every question: "
    "{complete}; at least {fewest} are needed.",
    "alpha_no_variance": "No Cronbach’s α: the respondents’ totals are all the same.",
    "items_poor": (
        "{n} question of {of} discriminates poorly (below {bound}).",
        "{n} questions of {of} discriminate poorly (below {bound}).",
    ),
    "items_few": (
        "{n} question has fewer than {fewest} scored answers: too few to judge it by.",
        "{n} questions have fewer than {fewest} scored answers: too few to judge them by.",
    ),
    "points_judged": "Key points: {counts}.",
    "points_never": ("{n} never fires", "{n} never fire"),
    "points_always": ("{n} always fires", "{n} always fire"),
    "points_against": ("{n} works against the score", "{n} work against the score"),
    # sections
    "points_doubtful": "Doubtful key points",
    "misconceptions_never": "Misconceptions found in no answer",
    "suggestions": "Consider as keywords",
    # columns
    "facility": "Facility",
    "discrimination": "Discr.",
    "interval_95": "95{percent}",
    "index_27": "D27",
    "full": "Full",
    "zero": "Zero",
    "width": "Interval width",
    "alpha_without": "α without",
    "covered": "Covered",
    "point_rest": "With the rest",
    "verdict_head": "Verdict",
    "misconception": "Misconception",
    "consider": "Terms (good / other answers)",
    "fired": "Keywords fired",
    # verdicts and notes
    "point_never": "never fires",
    "point_always": "always fires",
    "point_against": "works against",
    "items_note": "Facility: mean score, 0 to 1. Discr.: correlation with the respondent’s other "
    "questions. D27: best 27{percent} of answers minus the worst. A dash: cannot be judged.",
    "index_own": "Ranked by the question’s own scores, for want of others: only says how far these "
    "spread.",
    "suggestions_note": "Terms of good answers that no keyword of the question has; nothing is "
    "changed. Keywords fired: in so many of the good answers.",
}
