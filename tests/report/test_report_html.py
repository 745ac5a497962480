from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from html_page import Page

from grader.model import Flag, Grade
from grader.report import Gates, Report, aggregate, build_report, gated, render
from grader.report import html as page
from grader.run import Run


def page_of(run: Run, lang: str = "ru", gates: Gates | None = None) -> Page:
    report = gated(build_report(run), gates or Gates(), run)
    return Page(render(".html", run, report, lang=lang))


@pytest.fixture(scope="module")
def content(run: Run, report: Report) -> bytes:
    return render(".html", run, gated(report, Gates(fail_under=0.6), run), lang="ru")


@pytest.fixture(scope="module")
def parsed(content: bytes) -> Page:
    return Page(content)


def test_well_formed(parsed: Page) -> None:
    assert parsed.problems == []
    assert parsed.stack == []


def test_ids_are_unique_and_links_lead_somewhere(parsed: Page) -> None:
    ids = [found["id"] for _, found in parsed.tags if "id" in found]
    assert len(ids) == len(set(ids))
    links = {found["href"] for found in parsed.all("a")}
    assert {str(link)[1:] for link in links} <= set(ids)
    named = {found["aria-labelledby"] for _, found in parsed.tags if "aria-labelledby" in found}
    assert named <= set(ids)


def test_self_contained(content: bytes, parsed: Page) -> None:
    for _, found in parsed.tags:
        assert not found.keys() & {"src", "srcset", "style", "onclick", "onload", "action"}
    assert [found["href"] for found in parsed.all("link")] == ["data:,"]
    assert b"@import" not in content
    assert b"url(" not in content
    assert b"http://" not in content
    assert b"https://" not in content


def test_policy_lets_only_the_pages_own_style_and_script_run(content: bytes) -> None:
    text = content.decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    for tag in ("style", "script"):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_user_text_stays_text(content: bytes, parsed: Page) -> None:
    assert len(parsed.all("script")) == 1
    assert b"<script>alert" not in content
    assert b"<flag>" not in content
    assert b"\0" not in content
    assert b"\x1b" not in content
    assert "\u202e" not in content.decode()
    assert "<script>alert(1)</script> [bold]жирно[/bold]" in "".join(parsed.text)


def test_landmarks_labels_and_language(parsed: Page) -> None:
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(parsed.all(tag)) == 1
    assert parsed.all("html")[0]["lang"] == "ru"
    for tag in ("input", "select", "nav", "form"):
        assert all(found.get("aria-label") for found in parsed.all(tag))
    assert all(found.get("scope") for found in parsed.all("th"))
    for found in parsed.all("svg"):
        assert found.get("aria-hidden") == "true" or found.get("aria-label")


def test_headline(parsed: Page) -> None:
    text = "".join(parsed.text)
    for part in (
        "Собеседование по Data Science",
        "40 ответов · 13 вопросов · 3 темы · 3 респондента · 1 без оценки",
        "4,7 из 10",
        "95\u00a0% интервал 4,3–5,2",
        "Порог 6,0 из 10 не пройден.",
        "grader:0.1.0|bank:ds-interview@5f1c2a",
    ):
        assert part in text
    assert parsed.all("p", class_="verdict failed")


def test_charts_show_the_reports_numbers(parsed: Page, report: Report) -> None:
    dots = [found["cx"] for found in parsed.all("circle")]
    expected = [
        f"{(mean or 0) * 100:.2f}".rstrip("0").rstrip(".") + "%"
        for mean in [
            report.overall.mean,
            *(topic.score.mean for topic in report.topics),
            *(question.score.mean for question in report.questions),
        ]
    ]
    assert dots == expected
    assert len(parsed.all("rect", class_="bin")) == 10
    cells = [
        found for found in parsed.all("td") if re.fullmatch(r"h\d|hx", found.get("class") or "")
    ]
    assert len(cells) == sum(len(r.topics) for r in report.respondents)


def test_every_grade_opens_weakest_and_unjudged_first(parsed: Page, run: Run) -> None:
    grades = parsed.all("details", class_="grade")
    assert len(grades) == len(run.grades)
    assert grades[0]["data-s"] == ""
    scores = [float(found["data-s"] or "-1") for found in grades]
    assert scores == sorted(scores)
    assert sorted(int(found["data-n"] or 0) for found in grades) == list(range(len(grades)))


def test_marks_by_kind(parsed: Page) -> None:
    assert ("более крайний результат", "match") in parsed.marks
    assert ("вероятность 3 %", "contradicted") in parsed.marks
    assert any(kind == "misconception" for _, kind in parsed.marks)


def test_evidence_of_a_grade(parsed: Page) -> None:
    text = "".join(parsed.text)
    for part in (
        "противоречит: вероятность 3 % → не вероятность (фраза)",
        "слова эталона 0,32 · ключевые слова 1,00 · смысл 0,40",
        "(1×0.80 + 1×0.10 + 1×0.40) / 3",
        "Это вероятность нулевой гипотезы. −0.3",
        "балл × 0,30 · 7 терминов, 0 глаголов",
        "Термины перечислены, но утверждений с ними нет.",
        "Текста нет.",
    ):
        assert part in text


def test_filter_values_fit_the_grades(parsed: Page) -> None:
    values = {found["value"] for found in parsed.all("option")}
    for found in parsed.all("details", class_="grade"):
        for name in ("data-t", "data-r", "data-f"):
            assert set((found[name] or "").split()) <= values


def test_english(run: Run) -> None:
    text = "".join(page_of(run, "en").text)
    assert "Data science interview" in text
    assert "4.7 / 10" in text
    assert "Terms are listed without saying anything about them." in text


def test_other_translations_are_used(run: Run) -> None:
    from grader.run import RunPoint, RunQuestion

    point = RunPoint("k1", "Пункт", translations={"en": "The point"})
    question = RunQuestion("q", "Вопрос?", ("t",), key_points=(point,), translations={"en": "Why?"})
    grade = Grade("a", "q", None, ("t",), 0.2, {"k1": 0.2})
    text = "".join(page_of(Run((grade,), {"q": question}, {}), "en").text)
    assert "Why?" in text
    assert "The point" in text
    assert "Вопрос?" not in text


def test_empty_run(empty_run: Run) -> None:
    found = page_of(empty_run, gates=Gates(fail_under=0.5))
    text = "".join(found.text)
    assert found.problems == []
    assert "В этом запуске нет ответов." in text
    assert not found.all("nav")
    assert not found.all("form")


def test_one_answer(run: Run, make_run: Callable[..., Run]) -> None:
    found = page_of(make_run(run.grades[0]), gates=Gates(fail_under=0.5))
    text = "".join(found.text)
    assert "для интервала нужно хотя бы два вопроса" in text
    assert "Все ответы по одной теме" in text
    assert not found.all("table", class_="heat")
    assert found.all("p", class_="verdict passed")


def test_nothing_judged(unjudged_run: Run) -> None:
    found = page_of(unjudged_run)
    assert found.problems == []
    assert not found.all("circle")
    assert not found.all("svg", class_="histogram")


def test_of_very_many_answers_the_flagged_and_the_weakest(
    monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Run]
) -> None:
    monkeypatch.setattr(page, "GRADES", 5)
    monkeypatch.setattr(page, "QUESTIONS", 3)
    monkeypatch.setattr(page, "RESPONDENTS", 2)
    flag = (Flag("too_long", 1.0),)
    grades = [
        Grade(f"a{n}", f"q{n}", f"r{n}", ("t",), n / 10, flags=flag if n in {8, 9} else ())
        for n in range(10)
    ]
    found = page_of(make_run(*grades))
    shown = [each["data-n"] for each in found.all("details", class_="grade")]
    assert shown == ["0", "1", "2", "8", "9"]
    text = "".join(found.text)
    assert "Здесь 5 из 10: с отметками, без оценки и самые слабые." in text
    assert "Здесь 3 из 10, самые слабые." in text
    assert "Здесь 2 из 10, самые сильные." in text


def test_of_very_many_respondents_those_that_the_page_names(
    monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Run]
) -> None:
    monkeypatch.setattr(page, "GRADES", 2)
    monkeypatch.setattr(page, "RESPONDENTS", 1)
    monkeypatch.setattr(aggregate, "RESPONDENTS", 3)
    grades = [Grade(f"a{n}", f"q{n}", f"r{n}", ("t",), n / 10) for n in range(10)]
    found = page_of(make_run(*grades))
    choice = "".join(found.text)
    assert [name for name in (f"r{n}" for n in range(10)) if name in choice] == ["r0", "r1", "r9"]
    assert [each["data-r"] for each in found.all("details", class_="grade")] == ["1", "2"]
    assert "10 респондентов" in choice
    assert "Здесь 1 из 10, самые сильные." in choice


def test_two_thousand_answers_stay_sane(run: Run, make_run: Callable[..., Run]) -> None:
    grades = []
    for copy in range(50):
        for grade in run.grades:
            fields = {name: getattr(grade, name) for name in grade.__struct_fields__}
            grades.append(Grade(**fields | {"answer_id": f"{grade.answer_id}-{copy}"}))
    big = make_run(*grades)
    content = render(".html", big, build_report(big), lang="ru")
    assert len(content) < 10_000_000
    assert content.count(b'<details class="grade"') == 2000


def test_a_huge_answer_is_cut(make_run: Callable[..., Run]) -> None:
    content = render_of(make_run(Grade("a", "clt", None, ("t",), 0.0, text="слово " * 500_000)))
    assert len(content) < 200_000
    assert "слово сл…</p>" in content.decode()


def render_of(run: Run) -> bytes:
    return render(".html", run, build_report(run), lang="ru")


def test_many_bad_rows(run: Run) -> None:
    manifest = run.manifest | {"bad_rows": ["bad"] * 250}
    assert "и ещё 50" in render_of(Run(run.grades, run.questions, manifest)).decode()


def test_verdict_when_topics_differ_and_when_they_do_not(make_run: Callable[..., Run]) -> None:
    def two_topics(low: float, high: float) -> str:
        grades = [
            Grade(f"{topic}{n}", f"{topic}{n}", None, (topic,), level + (n % 3) / 20)
            for topic, level in (("a", low), ("b", high))
            for n in range(8)
        ]
        return render_of(make_run(*grades)).decode()

    assert "разница между темами вряд ли случайна" in two_topics(0.1, 0.8)
    assert "разница между темами может быть случайной" in two_topics(0.5, 0.51)
