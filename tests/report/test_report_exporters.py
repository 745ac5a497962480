"""Every kind of file, read back by a program that had no part in writing it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import openpyxl
import pytest

from grader.errors import RunError
from grader.report import (
    EXPORTERS,
    Gates,
    Report,
    build_report,
    export,
    gated,
    render,
    render_to,
    report_schema,
    write_run,
    xlsx,
)
from grader.report.markdown import escape
from grader.report.marking import visible
from grader.run import Run


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def table(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


@pytest.mark.parametrize("extension", sorted(EXPORTERS))
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_same_bytes_twice(run: Run, report: Report, extension: str, lang: str) -> None:
    first = render(extension, run, gated(report, Gates(fail_under=0.5), run), lang=lang)
    again = gated(build_report(run), Gates(fail_under=0.5), run)
    assert render(extension, run, again, lang=lang) == first


@pytest.mark.parametrize("extension", sorted(EXPORTERS))
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_runs_with_little_in_them(
    extension: str, lang: str, empty_run: Run, unjudged_run: Run, make_run: Callable[..., Run]
) -> None:
    for run in (empty_run, unjudged_run, make_run(unjudged_run.grades[0])):
        for threshold in (None, 0.5):
            report = gated(build_report(run), Gates(fail_under=threshold), run)
            content = render(extension, run, report, lang=lang)
            assert b"None" not in content
            assert b">nan<" not in content.lower()


@pytest.mark.parametrize("extension", sorted(EXPORTERS))
def test_export_writes_one_whole_file(
    run: Run, report: Report, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"report{extension.upper()}"
    report = gated(report, Gates(fail_under=0.4), run)
    export(run, report, path, lang="ru")
    assert path.read_bytes() == render(extension, run, report, lang="ru")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("extension", sorted(EXPORTERS))
def test_a_stored_run_gives_the_same_file(
    run: Run, report: Report, tmp_path: Path, extension: str
) -> None:
    run.write(tmp_path)
    file = io.BytesIO(b"before")
    file.seek(6)
    render_to(file, extension, Run.read(tmp_path), report, lang="en")
    assert not file.closed
    content = file.getvalue().removeprefix(b"before").removeprefix(b"\xef\xbb\xbf")
    expected = render(extension, run, report, lang="en")
    if extension == ".xlsx":  # which holds places counted from the beginning of the file
        assert table(workbook(content)["answers"]) == table(workbook(expected)["answers"])
    else:
        assert content == expected.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", ["report.pdf", "report", ".html"])
def test_unknown_extension_lists_the_known(
    run: Run, report: Report, tmp_path: Path, name: str
) -> None:
    with pytest.raises(RunError, match=r"\.csv, \.html, \.json, \.md, \.xlsx, \.xml") as caught:
        export(run, report, tmp_path / name, lang="ru")
    assert name in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unknown_language(run: Run, report: Report, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no interface language"):
        export(run, report, tmp_path / "report.md", lang="xx")


def test_a_place_that_cannot_be_written(run: Run, report: Report, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"report\.md: cannot be written"):
        export(run, report, tmp_path / "missing" / "report.md", lang="ru")


def test_write_run_makes_the_whole_directory(run: Run, report: Report, tmp_path: Path) -> None:
    write_run(run, report, tmp_path / "run", lang="ru")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "bank.json",
        "grades.jsonl",
        "manifest.json",
        "report.html",
        "report.json",
    ]
    again = build_report(Run.read(tmp_path / "run"))
    assert again == report


# JSON


def test_json_fits_the_schema(run: Run, report: Report) -> None:
    data = json.loads(render(".json", run, report, lang="ru"))
    jsonschema.validate(data, report_schema())
    assert data["overall"]["answers"] == 40
    assert data["topics"][0]["score"]["mean"] <= data["topics"][-1]["score"]["mean"]


# CSV


def test_csv_has_one_row_an_answer(run: Run, report: Report) -> None:
    content = render(".csv", run, report, lang="ru")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(content)
    assert [row["answer_id"] for row in rows] == [
        grade.answer_id.replace("\0", "\ufffd") for grade in run.grades
    ]
    row = next(row for row in rows if row["answer_id"] == "p-value-Илья")
    assert (row["score"], row["scaled_score"]) == ("0.133333", "1.33333")
    assert (row["low"], row["high"], row["flags"]) == ("0.05", "0.3", "opposite_polarity")
    assert row["extra.group"] == "A"


def test_csv_keeps_texts_but_for_nul(run: Run, report: Report) -> None:
    rows = rows_of(render(".csv", run, report, lang="ru"))
    assert rows[-1]["answer"] == run.grades[-1].text.replace("\0", "\ufffd")
    assert rows[-1]["extra.note"] == "=cmd()"
    assert rows[-1]["respondent"] == ""
    unjudged = next(row for row in rows if row["answer_id"] == "multiple-gpt-nano-2")
    assert unjudged["score"] == unjudged["scaled_score"] == ""


# XLSX


def test_xlsx_sheets(run: Run, report: Report) -> None:
    book = workbook(render(".xlsx", run, report, lang="ru"))
    assert book.sheetnames == ["topics", "questions", "respondents", "answers", "points"]
    topics = table(book["topics"])
    assert [row["Тема"] for row in topics] == [
        "Статистика",
        "Обучение с подкреплением",
        "Глубокое обучение",
    ]
    assert topics[0]["Балл (из 10)"] == pytest.approx((report.topics[0].score.mean or 0) * 10)
    assert topics[0]["От"] < topics[0]["Балл (из 10)"] < topics[0]["До"]
    assert len(table(book["answers"])) == 40
    assert len(table(book["points"])) == sum(len(q.points) for q in report.questions)
    people = table(book["respondents"])
    assert people[0]["Респондент"] == "Анна Ковалёва"
    assert people[0]["Статистика"] == pytest.approx(
        10
        * next(p.score.mean or 0 for p in report.respondents[0].topics if p.topic == "статистика")
    )


def test_xlsx_headings_in_english(run: Run, report: Report) -> None:
    book = workbook(render(".xlsx", run, report, lang="en"))
    assert table(book["topics"])[0]["Topic"] == "Statistics"


def test_xlsx_texts_are_never_formulas_or_links(run: Run, report: Report) -> None:
    book = workbook(render(".xlsx", run, report, lang="ru"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    assert not any(cell.hyperlink for cell in cells)


def test_xlsx_cuts_what_a_cell_cannot_hold(run: Run, make_run: Callable[..., Run]) -> None:
    fields = {name: getattr(run.grades[0], name) for name in run.grades[0].__struct_fields__}
    long = make_run(type(run.grades[0])(**fields | {"text": "я" * 40_000}))
    book = workbook(render(".xlsx", long, build_report(long), lang="ru"))
    text = table(book["answers"])[0]["Ответ"]
    assert len(text) == 32_767
    assert text.endswith("я…")


@pytest.mark.parametrize(
    ("rows", "shown", "note"),
    [(41, 40, None), (40, 38, "ещё 2 строки — в отчёте CSV"), (20, 18, "ещё 22 строки")],
)
def test_xlsx_says_when_a_sheet_is_full(
    run: Run,
    report: Report,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    shown: int,
    note: str | None,
) -> None:
    monkeypatch.setattr(xlsx, "ROWS", rows)
    found = table(workbook(render(".xlsx", run, report, lang="ru"))["answers"])
    ids = [row["ID ответа"] for row in found]
    expected = [visible(grade.answer_id) for grade in run.grades][:shown]
    assert ids[:shown] == expected
    assert len(found) == shown + (note is not None) < rows
    assert note is None or note in ids[-1]


# Markdown


def test_markdown_tables_have_as_many_cells_in_every_row(run: Run, report: Report) -> None:
    report = gated(report, Gates(fail_under=0.6), run)
    text = render(".md", run, report, lang="ru").decode()
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 7
    for each in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in each.splitlines()}
        assert len(cells) == 1
    assert "Порог 6,0 из 10 не пройден." in text
    assert "| Статистика | 16 |" in text


def test_markdown_escapes(run: Run, report: Report) -> None:
    text = render(".md", run, report, lang="en").decode()
    assert "<script>" not in text
    assert "\0" not in text
    assert escape("a|b <i>*x*</i> [l](u) `c` snake_case _e_\n# h") == (
        r"a\|b &lt;i&gt;\*x\*&lt;/i&gt; \[l\](u) \`c\` snake_case \_e\_ # h"
    )


# JUnit


def suites(content: bytes) -> list[Any]:
    return list(junitparser.JUnitXml.fromstring(content))


def test_junit_one_suite_a_topic_one_case_a_question(run: Run, report: Report) -> None:
    content = render(".xml", run, gated(report, Gates(fail_under=0.45), run), lang="ru")
    gates, *found = suites(content)
    assert [(case.name, len(case.result)) for case in gates] == [("средний балл ≥ 4,5", 0)]
    assert [suite.name for suite in found] == [topic.topic for topic in report.topics]
    cases = [case for suite in found for case in suite]
    assert len(cases) == len(report.questions)
    low = {
        q.question_id for q in report.questions if q.score.mean is not None and q.score.mean < 0.45
    }
    failed = {case.name.partition(":")[0] for case in cases if case.result}
    assert failed == low
    total = junitparser.JUnitXml.fromstring(content)
    assert (total.tests, total.failures, total.errors) == (14, len(low), 0)
    assert [suite.tests for suite in found] == [len(list(suite)) for suite in found]


def test_junit_failure_says_what_is_missing(run: Run, report: Report) -> None:
    report = gated(report, Gates(fail_under=0.45), run)
    found = suites(render(".xml", run, report, lang="ru"))
    case = next(c for suite in found for c in suite if c.name.startswith("p-value"))
    (failure,) = case.result
    assert failure.message == "балл 4,2 ниже порога 4,5"
    assert "27\u00a0%  Это не вероятность того, что нулевая гипотеза верна." in failure.text


def test_junit_without_a_threshold_nothing_fails(run: Run, report: Report) -> None:
    assert not any(
        case.result for suite in suites(render(".xml", run, report, lang="ru")) for case in suite
    )


def test_junit_skips_what_could_not_be_judged(unjudged_run: Run) -> None:
    report = gated(build_report(unjudged_run), Gates(fail_under=0.5), unjudged_run)
    gates, *found = suites(render(".xml", unjudged_run, report, lang="en"))
    assert gates.failures == 1
    results = [case.result for suite in found for case in suite]
    assert all(isinstance(result[0], junitparser.Skipped) for result in results)
