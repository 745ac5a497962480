"""A validation on the terminal and in files of every kind."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from html_page import Page

from grader.errors import RunError
from grader.model import Grade
from grader.report import LANGUAGES, make_console, messages
from grader.report.validation import (
    VALIDATION_EXPORTERS,
    Fields,
    ValidationReport,
    build_validation,
    export_validation,
    plots,
    print_validation,
    render_validation,
    validation_schema,
)
from grader.report.validation.words import ValidationWords
from grader.run import Run
from grader.stats import Estimate, validate

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script> [bold]x[/bold] | \x00\x1b[31m\u202e «ёж»"
GROUPS = ["север", "юг", HOSTILE, None]


def people(run: Run, scale: int = 5, seed: int = 2) -> tuple[list[float | None], ...]:
    """Two people's grades of a run's answers; the first left two out, the second half."""
    random = np.random.default_rng(seed)
    grades: list[list[float | None]] = []
    for left_out in (20, 2):
        noisy = [(g.score or 0.0) * scale + random.normal(0, 0.8) for g in run.grades]
        whole = [float(np.clip(round(value), 0, scale)) for value in noisy]
        grades.append([None if n % left_out == 1 else v for n, v in enumerate(whole)])
    return tuple(grades)


def validated(run: Run, **rest: Any) -> ValidationReport:
    human, second = people(run)
    groups = [GROUPS[n % 4] for n in range(len(run.grades))]
    arguments = {"second": second, "groups": groups} | rest
    fields = Fields("grade", second="second", group="group")
    return build_validation(run, human, fields, **arguments)


@pytest.fixture(scope="module")
def found(run: Run) -> ValidationReport:
    return validated(run)


@pytest.fixture(scope="module")
def alone(run: Run) -> ValidationReport:
    """One person, no subgroups."""
    return build_validation(run, people(run)[0], Fields("grade"), scale=5)


@pytest.fixture(scope="module")
def parsed(run: Run, found: ValidationReport) -> Page:
    return Page(render_validation(".html", run, found, lang="ru"))


def printed(report: ValidationReport, lang: str, width: int = 120) -> str:
    stream = io.StringIO()
    print_validation(report, make_console(stream, width), lang=lang)
    return stream.getvalue()


def test_statistics_are_those_of_the_compared_answers(run: Run, found: ValidationReport) -> None:
    compared = found.compared
    assert (found.answers, found.ungraded, found.unscored) == (40, 2, 1)
    assert len(compared) == found.statistics.overall.n == 37
    scores = {grade.answer_id: grade.score for grade in run.grades}
    assert all(each.machine == 5 * (scores[each.answer_id] or 0.0) for each in compared)
    again = validate(
        [each.machine for each in compared],
        [each.human for each in compared],
        [each.question_id for each in compared],
        scale=5,
    )
    assert again.overall.pearson == found.statistics.overall.pearson
    assert found.fields == Fields("grade", "second", "group")


def test_what_was_guessed_is_said(found: ValidationReport, alone: ValidationReport) -> None:
    assert (found.scale.end, found.scale.step, found.scale.end_guessed) == (5, 1, True)
    assert (alone.scale.end_guessed, alone.scale.step_guessed) == (False, True)
    assert "guessed" in printed(found, "en")
    assert "угадана" in printed(alone, "ru")


def test_length_is_in_words(make_run: Callable[..., Run]) -> None:
    grades = [
        Grade(f"a{n}", "p-value", None, (), n / 4, text="слово, " * words)
        for n, words in enumerate((1, 2, 3, 4))
    ]
    report = build_validation(make_run(*grades), [0, 1, 2, 3], Fields("grade"), scale=3)
    assert report.statistics.overall.length.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("human", "rest", "message"),
    [
        ([None, None, None], {}, "0 of 3 answers have a score and a human grade"),
        ([1, None, 2], {}, r"1 of 3 answers has .* \(2 have a human grade\); at least 2"),
        ([1, 2, None], {"scale": 1}, "answer 'a1': the grade 2 is above 1; --scale tells"),
        ([1, 2, None], {"second": [None, 7, None], "scale": 5}, "the grade 7 is above 5"),
        ([1, 2, None], {"scale": 2.5, "step": 1}, "not a whole number of steps"),
        ([1, 2, None], {"step": 0.3}, "not a whole number of steps"),
        ([1, 2, None], {"scale": float("inf")}, "the scale inf is not above 0"),
        ([1, 2, None], {"step": float("nan")}, "the step nan is not above 0"),
        ([1, 2, None], {"step": 1e-6}, "categories; 1001 are the most"),
    ],
)
def test_refused(
    make_run: Callable[..., Run], human: list[float | None], rest: dict[str, Any], message: str
) -> None:
    run = make_run(*(Grade(f"a{n}", "p-value", None, (), s) for n, s in enumerate((0.2, 1, None))))
    with pytest.raises(RunError, match=message):
        build_validation(run, human, Fields("grade", "second"), **rest)


def test_very_many_subgroups_are_refused(run: Run, make_run: Callable[..., Run]) -> None:
    many = make_run(*(Grade(f"a{n}", "p-value", None, (), 0.5) for n in range(60)))
    with pytest.raises(RunError, match="60 different values; 50 subgroups are the most"):
        build_validation(
            many, [1.0] * 60, Fields("g", group="g"), groups=[str(n) for n in range(60)]
        )


@pytest.mark.parametrize("extension", sorted(VALIDATION_EXPORTERS))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_files_are_whole_and_the_same_twice(
    run: Run, found: ValidationReport, tmp_path: Path, extension: str, lang: str
) -> None:
    path = tmp_path / f"validation{extension.upper()}"
    export_validation(run, found, path, lang=lang)
    assert path.read_bytes() == render_validation(extension, run, validated(run), lang=lang)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("extension", sorted(VALIDATION_EXPORTERS))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_validations_with_little_in_them(
    alone: ValidationReport, run: Run, make_run: Callable[..., Run], extension: str, lang: str
) -> None:
    same = make_run(*(Grade(f"a{n}", "p-value", None, (), 0.5) for n in range(3)))
    little = build_validation(
        same, [1.0, 1.0, None], Fields("g", "h", "k"), second=[1.0, None, None], groups=[None] * 3
    )
    for report, of in ((alone, run), (little, same)):
        content = render_validation(extension, of, report, lang=lang)
        assert b"None" not in content
        assert b">nan<" not in content.lower()
        assert printed(report, lang, 80)


def test_unknown_extension_and_language(run: Run, found: ValidationReport, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"'\.pdf'; known are \.html, \.json, \.md"):
        export_validation(run, found, tmp_path / "v.pdf", lang="ru")
    with pytest.raises(RunError, match="no interface language"):
        export_validation(run, found, tmp_path / "v.md", lang="xx")
    with pytest.raises(RunError, match="cannot be written"):
        export_validation(run, found, tmp_path / "none" / "v.md", lang="ru")
    assert list(tmp_path.iterdir()) == []


def test_published_schema_is_the_generated_one() -> None:
    published = ROOT / "docs" / "schema" / "validation.schema.json"
    made = json.dumps(validation_schema(), ensure_ascii=False, indent=2) + "\n"
    assert published.read_text("utf-8") == made, (
        f"run: grader bank schema validation > {published.relative_to(ROOT)}"
    )
    jsonschema.Draft202012Validator.check_schema(validation_schema())


def test_json_fits_the_schema_and_holds_the_numbers(
    run: Run, found: ValidationReport, alone: ValidationReport
) -> None:
    for report in (found, alone):
        data = json.loads(render_validation(".json", run, report, lang="ru"))
        jsonschema.validate(data, validation_schema())
        overall = report.statistics.overall
        for name in ("pearson", "qwk", "smd", "within"):
            value = data["statistics"]["overall"][name]["value"]
            assert value == pytest.approx(getattr(overall, name).value, abs=1e-9)
        assert len(data["compared"]) == overall.n


def test_page_is_well_formed_and_self_contained(run: Run, found: ValidationReport) -> None:
    content = render_validation(".html", run, found, lang="ru")
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
        assert not attributes.keys() & {"src", "style", "onclick", "onload"}
    assert page.all("script") == []
    text = content.decode()
    assert not re.search(r"https?://|@import|url\(", text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'\"" in text
    assert "prefers-color-scheme: dark" in style


def test_page_shares_the_reports_style() -> None:
    templates = ROOT / "grader" / "report" / "templates"
    shared = (templates / "report.css").read_text("utf-8")
    own = (templates / "validation.css").read_text("utf-8")
    assert len(own) < len(shared) / 4
    assert not re.search(r"#[0-9a-f]{3,6}\b", own), "colours are the report's"


def test_what_users_wrote_stays_text(run: Run, found: ValidationReport, parsed: Page) -> None:
    assert "<script>alert(1)</script>" in "".join(parsed.text)
    for extension in (".html", ".md"):
        text = render_validation(extension, run, found, lang="en").decode()
        assert "<script>alert" not in text
        assert not {"\0", "\x1b", "\u202e"} & set(text)
    assert not {"\0", "\u202e"} & set(printed(found, "en"))


def test_page_is_accessible(parsed: Page) -> None:
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(parsed.all(tag)) == 1
    assert parsed.all("html")[0]["lang"] == "ru"
    assert all(each.get("scope") for each in parsed.all("th"))
    for each in parsed.all("svg"):
        assert each.get("aria-hidden") == "true" or each.get("aria-label")


def test_page_says_the_numbers(parsed: Page, found: ValidationReport) -> None:
    text = "".join(parsed.text)
    words = ValidationWords(found, messages("ru", 5))
    for row in words.rows():
        assert words.name(row.key) in text
        assert words.value(row.key, row.machine.value) in text
    for part in (
        "37 ответов · 13 вопросов · ",
        "Собеседование по Data Science",
        "Матрица расхождений двух людей",
        "DSM",
        "не названа",
        "grader:0.1.0|bank:ds-interview@5f1c2a",
    ):
        assert part in text


def test_sections_are_those_that_have_something(
    run: Run, alone: ValidationReport, parsed: Page
) -> None:
    def sections(page: Page) -> list[str]:
        return [str(each["href"])[1:] for each in page.all("a") if each["href"] != "#main"]

    every = ["agreement", "grades", "confusion", "true_score", "subgroups", "fairness"]
    assert sections(parsed) == [*every, "by_question"]
    page = Page(render_validation(".html", run, alone, lang="en"))
    assert sections(page) == [*every[:3], "by_question"]


def test_heat_map_holds_every_answer_once(found: ValidationReport) -> None:
    drawn = plots.heat_map(found)
    assert sum(cell.answers for cell in drawn.cells) == 37
    assert max(cell.opacity for cell in drawn.cells) == 1
    for cell in drawn.cells:
        assert cell.x >= 34
        assert cell.x + cell.width <= 434
        assert cell.y >= 8
        assert cell.y + cell.height <= 268
    assert {mark.human for mark in drawn.means} == {each.human for each in found.compared}


def test_many_categories_are_binned(run: Run) -> None:
    human = [None if grade.score is None else 100 * grade.score for grade in run.grades]
    report = build_validation(run, human, Fields("grade"), scale=100)
    assert len(report.statistics.overall.distribution) == 101
    assert len(plots.bars(report)) == 20
    assert sum(bar.human for bar in plots.bars(report)) == pytest.approx(1)
    drawn = plots.heat_map(report)
    assert sum(cell.answers for cell in drawn.cells) == len(report.compared)
    assert len(drawn.x_labels) <= 11
    assert "Confusion" not in printed(report, "en")


@pytest.mark.parametrize(
    ("values", "ends"), [([0.2, None], (0, 1)), ([-0.1, 0.5], (-1, 1)), ([], (0, 1))]
)
def test_axis_of_correlations(values: Sequence[float | None], ends: tuple[float, float]) -> None:
    axis = plots.correlation_axis(values)
    assert (axis.ticks[0][1], axis.ticks[-1][1]) == ends
    assert plots.dot(Estimate(ends[0], -9, 9), axis) == (0, 0, 1)


def test_symmetric_axis() -> None:
    assert plots.symmetric_axis([0.05, None], 0.3).ticks[-1][1] == 0.3
    assert plots.symmetric_axis([-0.74], 0.3).ticks[0][1] == -0.8


def test_terminal(found: ValidationReport) -> None:
    text = printed(found, "ru")
    for part in ("QWK", "r с поправкой", "PRMSE", "Справедливость", "не названа", "≥ 0,70", "DSM"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 120
    assert "Fairness" in printed(found, "en", 80)


def test_verdict_of_perfect_agreement(run: Run) -> None:
    human = [None if g.score is None else round(g.score * 4) for g in run.grades]
    machine = Run(
        tuple(
            Grade(g.answer_id, g.question_id, None, g.topics, None if h is None else h / 4)
            for g, h in zip(run.grades, human, strict=True)
        ),
        run.questions,
        run.manifest,
    )
    words = ValidationWords(
        build_validation(machine, human, Fields("grade"), scale=4), messages("en", 4)
    )
    assert words.verdict() == [
        "Grades of machine and person correlate at r = 1.00 (1.00–1.00), QWK 1.00.",
        "On average machine and person grade alike.",
        "All guideline values are met.",
    ]


def test_verdict_of_poor_agreement(run: Run) -> None:
    human = [float(n % 6) for n in range(len(run.grades))]
    groups = ["a" if n % 6 > 2 else "b" for n in range(len(run.grades))]
    report = build_validation(
        run, human, Fields("g", "g", "k"), second=human, groups=groups, scale=5
    )
    words = ValidationWords(report, messages("en", 5))
    text = " ".join(words.verdict())
    assert "Two people correlate at r = 1.00." in text
    assert "Short of the guideline: Correlation r" in text
    assert "QWK less than two people’s by" in text
    assert "DSM of 2 subgroups" in text
    assert re.search(r"departs most for [ab]: DSM [+-]\d", text)


def test_verdict_without_variance(make_run: Callable[..., Run]) -> None:
    run = make_run(*(Grade(f"a{n}", "p-value", None, (), 0.5) for n in range(3)))
    words = ValidationWords(
        build_validation(run, [1.0, 2.0, 1.0], Fields("g"), scale=2), messages("en", 2)
    )
    assert words.verdict()[:2] == [
        "Too little varies for a correlation.",
        "On average the machine grades 0.33 lower than the person.",
    ]
    assert words.verdict()[-1].startswith("There are few questions")
