"""The report as JUnit XML, by which CI shows which questions fall below the threshold."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import IO

from grader.report.gate_words import GateWords
from grader.report.marking import visible
from grader.report.messages import Messages
from grader.report.schema import QuestionSummary, Report
from grader.run import Run

__all__ = ["write"]


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """One suite of the gates, if any; one a topic, one case a question, in its main topic's suite.

    A question's case fails when its mean score is below the threshold of the mean score and is
    skipped when none of its answers could be scored. No times are written: the same run gives
    the same bytes.
    """
    root = ET.Element("testsuites", name=visible(report.bank.name or "grader"))
    order = {summary.topic: number for number, summary in enumerate(report.topics)}
    suites: dict[str, list[QuestionSummary]] = {}
    for question in report.questions:
        suites.setdefault(question.topics[0] if question.topics else "", []).append(question)
    threshold = next((gate.threshold for gate in report.gates if gate.gate == "mean"), None)
    totals = _gates(root, report, m)
    for topic in sorted(suites, key=lambda name: (order.get(name, len(order)), name)):
        suite = ET.SubElement(root, "testsuite", name=visible(topic))
        cases = [_case(suite, topic, question, m, threshold) for question in suites[topic]]
        counts = [len(cases), cases.count("failure"), cases.count("skipped")]
        _count(suite, counts)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    _count(root, totals)
    ET.indent(root)
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    file.write(b"\n")


def _gates(root: ET.Element, report: Report, m: Messages) -> list[int]:
    """The suite of the gates; how many there are, have failed and were skipped."""
    counts = [len(report.gates), sum(not gate.passed for gate in report.gates), 0]
    if not report.gates:
        return counts
    words = GateWords(report, m)
    suite = ET.SubElement(root, "testsuite", name="gates")
    for gate in report.gates:
        case = ET.SubElement(suite, "testcase", name=visible(words.demand(gate)), classname="gates")
        case.set("time", "0")
        if not gate.passed:
            message = visible(words.said(gate))
            failure = ET.SubElement(case, "failure", message=message, type=f"gate_{gate.outcome}")
            failure.text = message
    _count(suite, counts)
    return counts


def _count(element: ET.Element, counts: list[int]) -> None:
    for name, count in zip(("tests", "failures", "skipped"), counts, strict=True):
        element.set(name, str(count))
    element.set("errors", "0")


def _case(
    suite: ET.Element,
    topic: str,
    question: QuestionSummary,
    m: Messages,
    threshold: float | None,
) -> str:
    name = f"{question.question_id}: {m.pick(question.translations, question.text)}"
    case = ET.SubElement(suite, "testcase", name=visible(name), classname=visible(topic))
    case.set("time", "0")
    mean = question.score.mean
    if mean is None:
        ET.SubElement(case, "skipped", message=m("no_score"))
        return "skipped"
    if threshold is not None and mean < threshold:
        message = m("below", score=m.score(mean), threshold=m.score(threshold))
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
