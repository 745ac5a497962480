"""The reports over all systems of an evaluation: Markdown, JUnit, the terminal."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.evaluation.plan import RUN, Plan
from grader.evaluation.results import Comparison, Result
from grader.evaluation.words import EvaluationWords
from grader.report import render
from grader.report.comparison import COMPARISON_EXPORTERS, export_comparison
from grader.report.exporters import write_whole
from grader.report.markdown import escape, table
from grader.report.marking import visible
from grader.report.terminal import level_colour, plain

__all__ = ["print_summary", "write_reports"]

SUMMARY, JUNIT, COMPARISON = "summary.md", "junit.xml", "comparison"


def write_reports(
    plan: Plan, results: Sequence[Result], comparison: Comparison | None, *, lang: str
) -> list[Path]:
    """Write the reports into the plan's folder.

    Returns:
        Those that a person reads, first the one over all systems.

    Raises:
        RunError: one cannot be written.
    """
    out = plan.out
    words = EvaluationWords(plan, results, comparison, lang)
    written = [out / SUMMARY]
    for extension in COMPARISON_EXPORTERS:
        path = out / f"{COMPARISON}{extension}"
        if comparison is None or comparison.report is None:
            path.unlink(missing_ok=True)  # of an evaluation of other systems
        else:
            export_comparison(comparison.report, path, lang=lang)
    if (out / f"{COMPARISON}.html").exists():
        written.append(out / f"{COMPARISON}.html")
    write_whole(out / SUMMARY, lambda: _markdown(words, plan))
    write_whole(out / JUNIT, lambda: _junit(words, results, lang))
    graded = [result.system.run / "report.html" for result in words.results if result.graded]
    return [*written, out / JUNIT, *graded]


def print_summary(
    plan: Plan,
    results: Sequence[Result],
    comparison: Comparison | None,
    console: Console,
    *,
    lang: str,
) -> None:
    """Print the leaderboard, differences, gates, what went wrong and what it cost."""
    words = EvaluationWords(plan, results, comparison, lang)
    m = words.m
    console.print(plain(f"{words.title} — {words('evaluation')}", "bold"))
    grid = Table(box=None, padding=(0, 1, 0, 1), header_style="dim")
    grid.add_column(m("system"), overflow="fold")
    for head in words.heads():
        grid.add_column(head, justify="right")
    for result in words.results:
        first, *rest = words.row(result)
        score = Text(first, level_colour(result.score))
        grid.add_row(plain(result.system.name), score, *map(Text, rest))
    console.print(grid)
    for line in words.differences():
        console.print(plain(line))
    for row in words.gates():
        console.print(plain(f"{row.name}: {row.line}", "" if row.passed else "red"))
    for line in words.problems():
        console.print(plain(line, "yellow"))
    console.print(plain(words.spent(), "dim"))


def _markdown(words: EvaluationWords, plan: Plan) -> bytes:
    m = words.m
    parts = [f"# {escape(words.title)} — {escape(words('evaluation'))}"]
    parts += [f"**{escape(line)}**" for line in words.verdict()]
    heads = [m("system"), *words.heads()]
    rows = [[_linked(result), *map(escape, words.row(result))] for result in words.results]
    parts.append(table(list(map(escape, heads)), "l" + "r" * (len(heads) - 1), rows))
    if problems := words.problems():
        parts += [f"## {words('problems')}", _list(problems)]
    if differences := words.differences():
        link = f"[{words('compared')}]({COMPARISON}.md)"
        parts += [f"## {words('differences')}", _list(differences), link]
    if topics := words.topics():
        names = [name for name, _ in words.graded()]
        heads = list(map(escape, [m("topic"), *names]))
        rows = [list(map(escape, row)) for row in topics]
        parts += [f"## {m('topics')}", table(heads, "l" + "r" * len(names), rows)]
    if gates := words.gates():
        cells = [
            [row.mark, escape(row.name), escape(row.demand), escape(row.found)] for row in gates
        ]
        heads = ["", m("system"), m("gate"), m("gate_result")]
        parts += [f"## {m('gates_of', scale=m.top)}", table(heads, "llll", cells)]
    parts.append(escape(words.spent()))
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _linked(result: Result) -> str:
    """The system's name, with a link to its report."""
    name = escape(result.system.name)
    return f"[{name}]({result.system.folder.name}/{RUN}/report.html)" if result.graded else name


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def _junit(words: EvaluationWords, results: Sequence[Result], lang: str) -> bytes:
    """The suites of every system's own report under its name, and whether it answered all."""
    root = ET.Element("testsuites", name=visible(words.title))
    for result in results:
        _answered(root, words, result)
        if result.graded is None:
            continue
        own = ET.fromstring(render(".xml", *result.graded, lang=lang))
        for suite in own.iter("testsuite"):
            suite.set("name", f"{visible(result.system.name)}: {suite.get('name')}")
            root.append(suite)
    for count in ("tests", "failures", "skipped", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _answered(root: ET.Element, words: EvaluationWords, result: Result) -> None:
    """A suite of one case, which fails if there are not all answers."""
    name, problem = visible(result.system.name), words.problem(result)
    suite = ET.SubElement(root, "testsuite", name=f"{name}: answers", tests="1", skipped="0")
    case = ET.SubElement(suite, "testcase", name=name, classname="answers", time="0")
    kind = None if problem is None else "failure" if result.failure is None else "error"
    for each in ("failure", "error"):
        suite.set(f"{each}s", str(int(each == kind)))
    if kind is not None and problem is not None:
        message = visible(problem)
        ET.SubElement(case, kind, message=message, type="not_answered").text = message
