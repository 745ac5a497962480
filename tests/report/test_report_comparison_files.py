"""Files of a comparison: the same twice, whole, accessible, and nothing in them runs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest
from html_page import Page

from grader.errors import RunError
from grader.report import LANGUAGES, make_console, messages
from grader.report.comparison import (
    COMPARISON_EXPORTERS,
    ComparisonReport,
    build_comparison,
    comparison_schema,
    export_comparison,
    print_comparison,
    render_comparison,
)
from grader.report.comparison.terminal import SHORTENED
from grader.report.comparison.words import ComparisonWords
from grader.run import Run

ROOT = Path(__file__).parents[2]
LONG = "начало " + "слово " * 200 + "конец"


def hostile_run(run: Run) -> Run:
    """The run with answers and respondents that want to be something else."""
    odd = "<img src=x onerror=alert(1)> | [a](javascript:x) \x1b[31m\u202e"
    names = {"gpt-nano-2": odd}
    grades = tuple(
        msgspec.structs.replace(
            grade,
            respondent=names.get(grade.respondent or "", grade.respondent),
            text=f"{odd} {LONG}" if grade.respondent in names else grade.text,
        )
        for grade in run.grades
    )
    return msgspec.structs.replace(run, grades=grades)


@pytest.fixture(scope="module")
def found(run: Run) -> ComparisonReport:
    return build_comparison([("runs/all", hostile_run(run))])


@pytest.fixture(scope="module")
def parsed(found: ComparisonReport) -> Page:
    return Page(render_comparison(".html", found, lang="ru"))


def printed(report: ComparisonReport, lang: str, width: int = 120) -> str:
    stream = io.StringIO()
    print_comparison(report, make_console(stream, width), lang=lang)
    return stream.getvalue()


@pytest.mark.parametrize("extension", sorted(COMPARISON_EXPORTERS))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_files_are_whole_and_the_same_twice(
    run: Run, found: ComparisonReport, tmp_path: Path, extension: str, lang: str
) -> None:
    path = tmp_path / f"comparison{extension.upper()}"
    export_comparison(found, path, lang=lang)
    again = build_comparison([("elsewhere/all", hostile_run(run))])
    assert path.read_bytes() == render_comparison(extension, again, lang=lang)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("extension", sorted(COMPARISON_EXPORTERS))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_comparisons_with_little_in_them(
    run: Run, unjudged_run: Run, extension: str, lang: str
) -> None:
    few = [grade for grade in run.grades if grade.question_id in {"p-value", "clt"}]
    little = msgspec.structs.replace(run, grades=tuple(few))
    report = build_comparison([("x", little), ("y", unjudged_run)], changed=1)
    content = render_comparison(extension, report, lang=lang)
    assert b"None" not in content
    assert b">nan<" not in content.lower()
    assert "None" not in printed(report, lang, 80)


def test_unknown_extension_and_language(found: ComparisonReport, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"'\.pdf'; known are \.html, \.json, \.md"):
        export_comparison(found, tmp_path / "c.pdf", lang="ru")
    with pytest.raises(RunError, match="no interface language"):
        export_comparison(found, tmp_path / "c.md", lang="xx")
    with pytest.raises(RunError, match="cannot be written"):
        export_comparison(found, tmp_path / "none" / "c.md", lang="ru")
    assert list(tmp_path.iterdir()) == []


def test_published_schema_is_the_generated_one() -> None:
    published = ROOT / "docs" / "schema" / "comparison.schema.json"
    made = json.dumps(comparison_schema(), ensure_ascii=False, indent=2) + "\n"
    assert published.read_text("utf-8") == made, (
        f"run: grader bank schema comparison > {published.relative_to(ROOT)}"
    )
    jsonschema.Draft202012Validator.check_schema(comparison_schema())


def test_json_fits_the_schema_and_holds_the_numbers(found: ComparisonReport) -> None:
    data = json.loads(render_comparison(".json", found, lang="ru"))
    jsonschema.validate(data, comparison_schema())
    for pair, each in zip(found.pairs, data["pairs"], strict=True):
        assert each["difference"]["result"]["p"] == pytest.approx(pair.difference.result.p)
        texts = [changed["first_answer"]["text"] for changed in each["changed"]]
        assert texts == [changed.first_answer.text for changed in pair.changed]
    again = msgspec.json.decode(json.dumps(data), type=ComparisonReport)
    assert render_comparison(".json", again, lang="en") == render_comparison(
        ".json", found, lang="ru"
    )


def test_page_is_well_formed_and_self_contained(found: ComparisonReport) -> None:
    content = render_comparison(".html", found, lang="ru")
    page = Page(content)
    assert page.problems == []
    assert page.stack == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(each["href"]) for each in page.all("a")}
    assert {link[1:] for link in links} <= set(ids)
    named = {each["aria-labelledby"] for _, each in page.tags if "aria-labelledby" in each}
    assert named <= set(ids)
    for _, attributes in page.tags:
        assert not attributes.keys() & {"src", "style", "onclick", "onload", "onerror"}
    assert page.all("script") == page.all("img") == []
    text = content.decode()
    assert not re.search(r"https?://|@import|url\(", text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'\"" in text


def test_page_shares_the_reports_style() -> None:
    own = ROOT / "grader" / "report" / "templates" / "comparison.css"
    assert not re.search(r"#[0-9a-f]{3,6}\b", own.read_text("utf-8")), "colours are the report's"


def test_page_is_accessible(parsed: Page) -> None:
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(parsed.all(tag)) == 1
    assert parsed.all("html")[0]["lang"] == "ru"
    assert all(each.get("scope") for each in parsed.all("th"))
    for each in parsed.all("svg"):
        assert each.get("aria-hidden") == "true" or each.get("aria-label")


def test_what_users_wrote_stays_text(found: ComparisonReport, parsed: Page) -> None:
    assert "<img src=x onerror=alert(1)>" in "".join(parsed.text)
    for extension in (".html", ".md"):
        text = render_comparison(extension, found, lang="en").decode()
        assert "<img" not in text
        assert extension == ".html" or not re.search(r"(?<!\\)\]\(", text)
        assert not {"\0", "\x1b", "\u202e"} & set(text)
    assert not {"\0", "\x1b", "\u202e"} & set(printed(found, "en"))


def test_answers_are_whole_in_files_and_short_on_the_terminal(found: ComparisonReport) -> None:
    assert any(
        LONG in changed.second_answer.text for pair in found.pairs for changed in pair.changed
    )
    for extension in COMPARISON_EXPORTERS:
        assert LONG in render_comparison(extension, found, lang="ru").decode()
    shown = " ".join(printed(found, "ru").split())
    assert "начало слово" in shown
    assert "конец" not in shown
    assert "слово" * 1 + " слово" * (SHORTENED // 6) not in shown


def test_every_table_row_of_markdown_has_the_cells_of_its_head(found: ComparisonReport) -> None:
    text = render_comparison(".md", found, lang="en").decode()
    tables = [part for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) > 5
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_says_the_same_numbers(found: ComparisonReport, lang: str) -> None:
    words = ComparisonWords(found, messages(lang, found.bank.scale))
    page = "".join(Page(render_comparison(".html", found, lang=lang)).text)
    markdown = render_comparison(".md", found, lang=lang).decode()
    screen = printed(found, lang, 400)
    for pair in found.pairs:
        result = pair.difference.result
        for shown in (
            words.points(result.difference.value, signed=True),
            words.interval(result.difference.low, result.difference.high),
            words.outcomes(pair.difference),
            words.points(result.detectable),
        ):
            assert shown in page
            assert shown in markdown
            assert shown in screen
        for changed in pair.changed:
            assert " ".join(words.question(changed).split())[:8] in screen


def test_texts_of_comparisons_hide_no_others() -> None:
    for lang in LANGUAGES:
        folder = ROOT / "grader" / "report" / "languages"
        keys = {
            path: set(re.findall(r'^    "(\w+)":', path.read_text("utf-8"), re.MULTILINE))
            for path in folder.glob(f"{lang}*.py")
        }
        own = keys.pop(folder / f"{lang}_comparison.py")
        assert own
        for path, others in keys.items():
            assert not own & others, path
