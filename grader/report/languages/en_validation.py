"""English interface text of validation."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "validation": "Agreement with human grades",
    "n_ungraded": ("{n} without a human grade", "{n} without a human grade"),
    "n_doubles": ("{n} graded by two people", "{n} graded by two people"),
    "n_subgroups": ("{n} subgroup", "{n} subgroups"),
    "scale_said": "Human grades from “{field}”, 0 to {end} in steps of {step}.",
    "scale_guessed": "Human grades from “{field}”, 0 to {end} in steps of {step}; guessed from "
    "the grades, --scale and --step say otherwise.",
    # verdict
    "verdict_agreement": "Grades of machine and person correlate at r = {r}, QWK {qwk}.",
    "verdict_raters": "Two people correlate at r = {r}.",
    "verdict_undefined": "Too little varies for a correlation.",
    "verdict_higher": "On average the machine grades {points} higher than the person.",
    "verdict_lower": "On average the machine grades {points} lower than the person.",
    "verdict_even": "On average machine and person grade alike.",
    "verdict_met": "All guideline values are met.",
    "verdict_unmet": "Short of the guideline: {names}.",
    "less_than_people": "{name} less than two people’s by {value}",
    "dsm_unmet": ("DSM of {n} subgroup", "DSM of {n} subgroups"),
    "verdict_group": "By subgroup the machine departs most for {group}: DSM {dsm}.",
    "verdict_few_questions": "There are few questions, so the intervals are too narrow.",
    # sections
    "grades": "Grades",
    "agreement": "Statistics",
    "alone": "Further signals alone",
    "by_question": "By question",
    "subgroups": "Subgroups",
    "fairness": "Fairness",
    "confusion": "Confusion matrix",
    "confusion_raters": "Confusion matrix of two people",
    "true_score": "True scores",
    # columns
    "statistic": "Statistic",
    "machine_human": "Machine and person",
    "human_human": "Two people",
    "degradation": "Difference",
    "guideline": "Guideline",
    "at_least": "≥ {value}",
    "at_most": "± {value}",
    "unmet": "not met",
    "side": "Grades of",
    "person": "person",
    "machine": "machine",
    "machine_rounded": "machine, rounded",
    "second": "second person",
    "mean": "Mean",
    "sd": "SD",
    "least": "Least",
    "greatest": "Greatest",
    "grade": "Grade",
    "human_share": "Person",
    "machine_share": "Machine",
    "subgroup": "Subgroup",
    "no_subgroup": "none named",
    "mean_difference": "Mean difference",
    "measure": "Measure",
    "explained": "Explains",
    "p_value": "p",
    "differences_note": "The columns of subgroups are the expected error (squared for OSA) minus "
    "that of “{group}”, the largest, in points of the scale.",
    # plots
    "heat_map": "Grades of the machine by grade of the person",
    "heat_map_axis_x": "person's grade",
    "heat_map_axis_y": "machine's grade",
    "heat_map_cell": "person {human}, machine {machine}: {answers}",
    "heat_map_mean": "person {human}: mean of the machine {machine}",
    "heat_map_note": "Each square is the answers that person and machine graded so, darker for "
    "more. Dots are the machine's means, the dashed line is equality.",
    "distribution_note": "Share of answers by grade, the machine's rounded.",
    "distribution_cell": "{grade}: person {human}, machine {machine}",
    "agreement_note": "Intervals are 95{percent}: the questions are drawn anew {resamples} times. "
    "A circle is the agreement of two people, over the answers that both graded. Definitions and "
    "guideline values are those of RSMTool (ETS).",
    "by_question_note": "Correlation within each question, lowest first. The number below is the "
    "mean of the machine minus that of the person.",
    "by_question_capped": "Showing {shown} of {total}. The rest are in the JSON file.",
    "subgroups_note": "DSM is the mean difference after both sides are standardized over all "
    "answers: right of the middle the machine favours the subgroup. The guideline is ± {bound}.",
    "fairness_note": "How much of the variance of the machine's errors the subgroup explains: the "
    "less, the fairer. p is of the F test that it explains nothing.",
    "confusion_note": "Answers by grade of the person (rows) and rounded grade of the machine "
    "(columns).",
    "confusion_raters_note": "Answers by grade of the first person (rows) and of the second "
    "(columns).",
    "true_score_note": "Rater error is estimated from {answers} that two people graded.",
    "alone_signal": "{signal} alone",
    "alone_ours": "our score, the same answers",
    "alone_note": "How the weighted mean of what a further signal measured of the points would "
    "agree with the person if it were the grade, and how our score does on the same answers.",
    "validation_how_to_read": "Everything is on the human scale. A dash means that a statistic is "
    "undefined, for want of variance or of answers, not zero.",
    # statistics and what they say
    "stat_pearson": "Correlation r",
    "stat_pearson_note": "How closely the grades rise together, −1 to 1.",
    "stat_spearman": "Rank correlation",
    "stat_spearman_note": "The same for the order of the answers alone (Spearman).",
    "stat_qwk": "QWK",
    "stat_qwk_note": "Quadratic weighted kappa: agreement beyond chance, large differences "
    "weighing more; grades rounded.",
    "stat_qwk_continuous": "QWK, continuous",
    "stat_qwk_continuous_note": "The same, grades not rounded.",
    "stat_kappa": "Kappa",
    "stat_kappa_note": "Equal grades beyond chance.",
    "stat_exact": "Equal",
    "stat_exact_note": "Share of equal grades, the machine's rounded.",
    "stat_adjacent": "Within one step",
    "stat_adjacent_note": "Share of grades at most one step apart.",
    "stat_smd": "SMD",
    "stat_smd_note": "Mean of the machine minus that of the person, in the person's standard "
    "deviations; between people, in the pooled one.",
    "stat_rmse": "RMSE",
    "stat_rmse_note": "Root of the mean squared difference, in points of the scale.",
    "stat_r2": "R²",
    "stat_r2_note": "Share of the variance of human grades that the machine's, as they stand, "
    "predict; below 0 the mean would predict better.",
    "stat_length": "r of length alone",
    "stat_length_note": "How closely human grades follow the number of words.",
    "stat_partial": "r given length",
    "stat_partial_note": "What is left of r among answers of equal length.",
    "stat_within": "r within questions",
    "stat_within_note": "Only answers to the same question are compared.",
    "stat_disattenuated": "r disattenuated",
    "stat_disattenuated_note": "r corrected for the error of human grades.",
    "stat_prmse": "PRMSE",
    "stat_prmse_note": "Share of the variance of true scores, free of rater error, that the "
    "machine's grades predict.",
    "stat_error_variance": "Variance of rater error",
    "stat_true_variance": "Variance of true scores",
    "stat_mse": "Mean squared error against true scores",
    "stat_osa": "OSA",
    "stat_osa_note": "Overall score accuracy: are squared errors greater for some?",
    "stat_osd": "OSD",
    "stat_osd_note": "Overall score difference: are grades too high or too low for some?",
    "stat_csd": "CSD",
    "stat_csd_note": "Conditional score difference: the same among answers of equal human grade.",
}
