"""A validation as Markdown tables."""

from __future__ import annotations

from grader.report.markdown import escape, table
from grader.report.messages import Messages
from grader.report.validation.schema import ValidationReport
from grader.report.validation.words import ALONE, ValidationWords
from grader.run import Run
from grader.stats import Estimate, Statistics

__all__ = ["render"]


def render(run: Run, report: ValidationReport, m: Messages) -> bytes:
    """Every table of the validation; grades on the human scale."""
    words, found = ValidationWords(report, m), report.statistics
    parts = [f"# {escape(words.title)} — {escape(m('validation'))}", escape(words.counts)]
    parts += [escape(words.scale), *map(escape, words.verdict())]
    parts += _statistics(words, m, raters=found.overall.raters is not None)
    parts += _alone(words, m)
    parts += [*_grades(words, m), *_confusion(found.overall, words, m)]
    parts += [*_true_score(found.overall, words, m), *_subgroups(report, words, m)]
    parts += [*_fairness(report, words, m), *_questions(run, report, words, m)]
    parts.append(escape(m("validation_how_to_read")))
    if report.signature:
        parts.append(f"{escape(m('footer'))}: {escape(report.signature)}")
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _cells(words: ValidationWords, key: str, estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["", ""]
    return [words.value(key, estimate.value), words.interval(key, estimate)]


def _statistics(words: ValidationWords, m: Messages, *, raters: bool) -> list[str]:
    heads = [m("statistic"), m("machine_human"), m("interval")]
    heads += [m("human_human"), m("interval"), m("degradation")] if raters else []
    rows = []
    for row in words.rows():
        cells = [escape(words.name(row.key)), *_cells(words, row.key, row.machine)]
        if raters:
            cells += _cells(words, row.key, row.raters)
            cells.append(words.value(row.key, row.difference.value) if row.difference else "")
        unmet = f" ({m('unmet')})" if row.met is False else ""
        rows.append([*cells, row.guideline + unmet])
    align = "l" + "r" * (len(heads) - 1) + "l"
    return [f"## {m('agreement')}", table([*heads, m("guideline")], align, rows)]


def _alone(words: ValidationWords, m: Messages) -> list[str]:
    rows = []
    for name, found in words.alone():
        cells = [
            cell for k in ALONE for cell in _cells(words, k, getattr(found, k, Estimate(None)))
        ]
        rows.append([escape(name), m.number(found.n if found else 0), *cells])
    heads = [m("side"), m("answers")]
    heads += [head for key in ALONE for head in (words.name(key), m("interval"))]
    content = table(heads, "l" + "r" * (len(heads) - 1), rows)
    return [f"## {m('alone')}", escape(m("alone_note")), content] if rows else []


def _grades(words: ValidationWords, m: Messages) -> list[str]:
    rows = [
        [
            escape(name),
            *_cells(words, "mean", side.mean),
            *_cells(words, "sd", side.sd),
            words.number(side.least),
            words.number(side.greatest),
        ]
        for name, side in words.sides()
    ]
    heads = [m("side"), m("mean"), m("interval"), m("sd"), m("interval"), m("least"), m("greatest")]
    return [f"## {m('grades')}", table(heads, "lrrrrrr", rows)]


def _confusion(overall: Statistics, words: ValidationWords, m: Messages) -> list[str]:
    grades = [words.grade(category.grade) for category in overall.distribution]
    shares = [
        [
            words.grade(category.grade),
            m.percent(category.human),
            m.percent(category.machine),
            m.percent(category.difference.value),
        ]
        for category in overall.distribution
    ]
    heads = [m("grade"), m("human_share"), m("machine_share"), m("degradation")]
    parts = [f"## {m('distribution')}", table(heads, "rrrr", shares)]
    matrices = [("confusion", overall.confusion)]
    if overall.raters:
        matrices.append(("confusion_raters", overall.raters.confusion))
    for key, matrix in matrices:
        rows = [
            [grade, *(m.number(count) for count in row)]
            for grade, row in zip(grades, matrix, strict=True)
        ]
        content = table(["", *grades], "r" * (len(grades) + 1), rows)
        parts += [f"## {m(key)}", escape(m(f"{key}_note")), content]
    return parts


def _true_score(overall: Statistics, words: ValidationWords, m: Messages) -> list[str]:
    if overall.true_score is None:
        return []
    rows = [
        [escape(words.name(key)), *_cells(words, key, getattr(overall.true_score, key))]
        for key in ("error_variance", "true_variance", "mse", "prmse")
    ]
    heads = [m("statistic"), m("machine_human"), m("interval")]
    return [f"## {m('true_score')}", table(heads, "lrr", rows)]


def _subgroups(report: ValidationReport, words: ValidationWords, m: Messages) -> list[str]:
    if not report.statistics.subgroups:
        return []
    rows = []
    for group in report.statistics.subgroups:
        own = group.statistics
        agreed = [words.value(key, getattr(own, key).value) for key in _BY_GROUP]
        dsm = [words.number(group.dsm.value, signed=True), words.interval("dsm", group.dsm)]
        name = escape(words.group(group.group))
        means = [words.number(side.mean.value) for side in (own.human, own.machine)]
        rows.append([name, m.number(own.n), *means, *agreed, *dsm])
    heads = [m("subgroup"), m("answers"), m("human_share"), m("machine_share")]
    heads += [*map(words.name, _BY_GROUP), "DSM", m("interval")]
    return [f"## {m('subgroups')}", table(heads, "l" + "r" * (len(heads) - 1), rows)]


_BY_GROUP = ("pearson", "qwk", "exact", "adjacent", "smd")


def _fairness(report: ValidationReport, words: ValidationWords, m: Messages) -> list[str]:
    fair = report.statistics.fairness
    if fair is None:
        return []
    rows = []
    for key in ("osa", "osd", "csd"):
        measure = getattr(fair, key)
        name = f"{words.name(key)}: {m(f'stat_{key}_note')}"
        rows.append([escape(name), *_cells(words, key, measure.r2), words.p(measure.p)])
    heads = [m("measure"), m("explained"), m("interval"), m("p_value")]
    return [f"## {m('fairness')}", table(heads, "lrrr", rows)]


def _questions(
    run: Run, report: ValidationReport, words: ValidationWords, m: Messages
) -> list[str]:
    rows = []
    for each in report.statistics.questions:
        question = run.question(each.question_id)
        text = escape(m.pick(question.translations, question.text))
        apart = words.number(each.machine - each.human, signed=True)
        r = words.number(each.pearson)
        rows.append([text, escape(each.question_id), m.number(each.n), r, apart])
    heads = [m("question"), m("question_id"), m("answers"), words.name("pearson")]
    content = table([*heads, m("mean_difference")], "llrrr", rows)
    return [f"## {m('by_question')}", content]
