"""English interface text."""

from __future__ import annotations

from grader.report.languages import (
    en_calibration,
    en_comparison,
    en_gates,
    en_items,
    en_validation,
)

__all__ = ["DECIMAL", "FLAGS", "PERCENT", "PLURAL", "SIGNALS", "STEPS", "TEXTS", "THOUSANDS"]

DECIMAL = "."
THOUSANDS = ","
PERCENT = "%"


def PLURAL(n: int) -> int:  # noqa: N802 - read like the constants beside it
    """0 for "1 answer", 1 for any other number of answers."""
    return 0 if abs(n) == 1 else 1


TEXTS: dict[str, str | tuple[str, ...]] = {
    # counts
    "n_answers": ("{n} answer", "{n} answers"),
    "n_questions": ("{n} question", "{n} questions"),
    "n_topics": ("{n} topic", "{n} topics"),
    "n_respondents": ("{n} respondent", "{n} respondents"),
    "n_unjudged": ("{n} not scored", "{n} not scored"),
    "n_missed": ("missed in {n} answer of\u00a0{total}", "missed in {n} answers of\u00a0{total}"),
    "n_more": ("and {n} more", "and {n} more"),
    "sheet_full": (
        "A sheet can hold no more: {n} more row is in the CSV report.",
        "A sheet can hold no more: {n} more rows are in the CSV report.",
    ),
    # report
    "report": "Report by topic",
    "overall": "Mean score",
    "out_of": "{score} / {scale}",
    "of": "/",
    "interval": "95{percent} interval",
    "no_interval": "an interval needs at least two questions",
    "verdict": "Strongest: {best}; weakest: {worst}.",
    "verdict_overlap": "Their intervals overlap, so the difference may be chance.",
    "verdict_apart": "Their intervals do not overlap, so the difference is unlikely to be chance.",
    "verdict_few": "There are few questions, so the difference may be chance.",
    "verdict_one": "All answers are on one topic: {topic}.",
    "verdict_none": "No answer could be scored.",
    "verdict_empty": "This run has no answers.",
    "passed": "Passes the threshold of {threshold}",
    "failed": "Below the threshold of {threshold}",
    "not_judged": "Nothing could be scored, so the threshold of {threshold} is not met",
    "distribution": "Distribution of scores",
    "distribution_bin": "{low}–{high}: {answers}",
    "topics": "Topics",
    "questions": "Questions",
    "respondents": "Respondents",
    "answers": "Answers",
    "points": "Key points",
    "missed": "Most often missed",
    "flags": "Flags",
    "bad_rows": "Rows left out",
    "weakest_first": "weakest first",
    "best_first": "strongest first",
    "weakest_questions": "Weakest questions",
    "topics_note": "The dot is the mean score, the line its 95{percent} interval: the topic's "
    "questions are drawn anew {resamples} times. An answer counts in each of its topics. The "
    "dashed line is the mean over all answers.",
    "questions_note": "The interval shows how much the mean depends on whose answers these are.",
    "respondents_note": "Mean score by topic. Press a cell to see the answers behind it.",
    "missed_note": "The points with the lowest mean coverage.",
    "flags_note": "A flag is about an answer as a whole: it lowers the score or asks for a look.",
    "bad_rows_note": "These rows of the input could not be read and are not in the report.",
    "topic": "Topic",
    "question": "Question",
    "respondent": "Respondent",
    "answer": "Answer",
    "point": "Point",
    "flag": "Flag",
    "meaning": "Meaning",
    "count": "Count",
    "score": "Score",
    "score_of": "Score (out of {scale})",
    "low": "From",
    "high": "To",
    "coverage": "Coverage",
    "weight": "Weight",
    "weighs": "weight\u00a0{weight}",
    "missed_count": "Missed",
    "total": "Overall",
    "file": "File",
    "line": "Line",
    "field": "Field",
    "problem": "Problem",
    "answer_id": "Answer ID",
    "question_id": "Question ID",
    "unnamed": "unnamed",
    "no_score": "not scored",
    "chart": "Chart",
    # one grade
    "evidence": "Answers and evidence",
    "evidence_note": "Open an answer to see what earned each point and how the score came about.",
    "evidence_capped": "Showing {shown} of {total}: flagged, unscored and the weakest. "
    "grader explain shows the others.",
    "questions_capped": "Showing the weakest {shown} of {total}. The rest are in report.json.",
    "respondents_capped": "Showing the strongest {shown} of {total}. The rest are in report.json.",
    "answer_text": "Answer",
    "empty_answer": "There is no text.",
    "found": "matched",
    "contradicted": "contradicted by",
    "misconceptions": "Misconceptions",
    "misconception_cost": "minus {cost}",
    "derivation": "How the score came about",
    "signals": "Measurements of the whole answer",
    "factor": "score × {factor}",
    "factor_none": "does not change the score",
    "reference": "Reference answer",
    "legend_match": "matches what was expected",
    "legend_contradicted": "contradicts a point",
    "legend_misconception": "misconception",
    "true_interval": "likely range",
    "needs_review": "too unsure: have a look yourself",
    # filter
    "search": "Search the text",
    "all_topics": "All topics",
    "all_respondents": "All respondents",
    "all_flags": "Flagged or not",
    "any_flag": "Flagged",
    "no_flag": "Not flagged",
    "sort": "Order",
    "sort_low": "Weakest first",
    "sort_high": "Strongest first",
    "sort_given": "As in the input",
    "reset": "Reset",
    "nothing": "Nothing found.",
    "show_answers": "Show answers",
    "skip_link": "Skip to content",
    "contents": "Sections",
    "filters": "Filter answers",
    # footer
    "footer": "This signature reproduces the numbers",
    "manifest": "Run manifest",
    "how_to_read": "A score is the share of a full answer, on the bank's scale. A point's coverage "
    'is how far the answer makes it. A dash means "cannot judge", not zero.',
    # JUnit
    "below": "score {score} is below the threshold of {threshold}",
    # how words matched
    "how_exact": "exact",
    "how_lemma": "word form",
    "how_term": "term",
    "how_typo": "with a typo",
    "how_phrase": "phrase",
    "how_prefix": "word beginning",
    "how_regex": "pattern",
    "how_opposite": "opposite",
    "how_negation": "negation",
    "how_quote": "quoted",
    # what the grading model says of a point
    "says_covered": "covered",
    "says_partly": "partly covered",
    "says_absent": "not there",
    "says_contradicted": "the opposite is said",
    # validation
    **en_validation.TEXTS,
    # item quality
    **en_comparison.TEXTS,
    **en_items.TEXTS,
    # calibration
    **en_calibration.TEXTS,
    # gates
    **en_gates.TEXTS,
}

FLAGS: dict[str, tuple[str, str]] = {
    "empty": ("empty", "The answer has no text."),
    "question_echo": ("echoes the question", "The answer restates the question and adds little."),
    "keyword_list": ("keyword list", "Terms are listed without saying anything about them."),
    "copy": ("copy", "The answer is nearly word for word another answer."),
    "wrong_language": ("wrong language", "The answer is not in the language expected."),
    "gibberish": ("gibberish", "The text does not read as language."),
    "too_long": ("too long", "The answer is far longer than the question needs."),
    "opposite_polarity": (
        "opposite meaning",
        "The answer denies what the reference states, or the reverse.",
    ),
    "incoherent": (
        "incoherent",
        "The right terms are there, but not joined as they belong together.",
    ),
    "dont_know": ("don't know", "The respondent says outright that they do not know."),
    "hidden_characters": (
        "hidden characters",
        "The text has invisible characters or look-alike letters of another alphabet.",
    ),
    "off_topic": ("off topic", "The answer is about something else."),
}

STEPS: dict[str, str] = {
    "points": "Key points",
    "whole": "Whole answer",
    "reference": "Whole reference",
    "contradiction": "Contradicted",
    "similarity": "Similarity to the reference",
    "combine": "Measurements combined",
    "combination": "Measurements combined",
    "misconception": "Misconception",
    "misconceptions": "Misconceptions",
    "cap": "Cap without a required point",
    "flag": "Flag",
    "flags": "Flags",
    "signals": "With further signals",
    "calibration": "Calibration",
    "override": "Changed by a person",
    "final": "Final",
}

SIGNALS: dict[str, str] = {
    "lexical": "reference words",
    "rubric": "keywords",
    "keywords": "keywords",
    "keyword": "keywords",
    "semantic": "meaning",
    "similarity": "similarity to the reference",
    "reached": "reference reached",
    "support": "support by the reference",
    "polarity": "agreement with the reference",
    "embedding": "meaning",
    "entailment": "grading model",
    "judge": "judge",
    "own": "without further signals",
    "closeness": "words and vectors together",
    "contradiction": "contradiction",
    "integrity": "integrity",
    "token_f1": "words, F1",
    "token_recall": "words, recall",
    "recall": "recall",
    "chrf": "chrF",
    "rouge_l": "ROUGE-L",
    "tfidf": "TF-IDF",
    "length": "length",
}
