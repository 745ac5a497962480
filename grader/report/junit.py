"""The report as JUnit XML, by which CI shows which questions fall below the threshold."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import IO

from grader.report.marking import visible
from grader.report.messages import Messages
from grader.report.schema import QuestionSummary, Report
from grader.run import Run

__all__ = ["write"]


def write(file: IO[bytes], run: Run, report: Report, m: Messages, fail_under: float | None) -> None:
    """One suite a topic, one case a question, in the suite of its main topic.

    A case fails when the question's mean score is below ``fail_under`` and is skipped when
    none of its answers could be scored. No times are written: the same run gives the same
    bytes.
    """
    root = ET.Element("testsuites", name=visible(report.bank.name or "grader"))
    order = {summary.topic: number for number, summary in enumerate(report.topics)}
    suites: dict[str, list[QuestionSummary]] = {}
    for question in report.questions:
        suites.setdefault(question.topics[0] if question.topics else "", []).append(question)
    totals = [0, 0, 0]
    for topic in sorted(suites, key=lambda name: (order.get(name, len(order)), name)):
        suite = ET.SubElement(root, "testsuite", name=visible(topic))
        cases = [_case(suite, topic, question, m, fail_under) for question in suites[topic]]
        counts = [len(cases), cases.count("failure"), cases.count("skipped")]
        _count(suite, counts)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    _count(root, totals)
    ET.indent(root)
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    file.write(b"\n")


def _count(element: ET.Element, counts: list[int]) -> None:
    for name, count in zip(("tests", "failures", "skipped"), counts, strict=True):
        element.set(name, str(count))
    element.set("errors", "0")


def _case(
    suite: ET.Element,
    topic: str,
    question: QuestionSummary,
    m: Messages,
    fail_under: float | None,
) -> str:
    name = f"{question.question_id}: {m.pick(question.translations, question.text)}"
    case = ET.SubElement(suite, "testcase", name=visible(name), classname=visible(topic))
    case.set("time", "0")
    mean = question.score.mean
    if mean is None:
        ET.SubElement(case, "skipped", message=m("no_score"))
        return "skipped"
    if fail_under is not None and mean < fail_under:
        message = m("below", score=m.score(mean), threshold=m.score(fail_under))
        failure = ET.SubElement(case, "failure", message=message, type="below_threshold")
        failure.text = "\n".join([message, *_details(question, m)])
        return "failure"
    return "passed"


def _details(question: QuestionSummary, m: Messages) -> list[str]:
    missed = [point for point in question.points if point.missed]
    lines = [
        f"{m.percent(point.coverage.mean)}  {m.pick(point.translations, point.text)}"
        for point in sorted(missed, key=lambda point: point.coverage.mean or 0.0)
    ]
    lines += [f"{m.flag(flag.name)}: {flag.count}" for flag in question.flags]
    return [visible(line) for line in lines]
