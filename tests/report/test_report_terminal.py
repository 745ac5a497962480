from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable

import pytest

from grader.errors import RunError
from grader.model import Grade
from grader.report import (
    Gates,
    Report,
    build_report,
    gated,
    make_console,
    print_grade,
    print_report,
    terminal,
)
from grader.run import Run


class Screen(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def printed(report: Report, width: int = 80, lang: str = "ru") -> str:
    file = io.StringIO()
    print_report(report, make_console(file, width), lang=lang)
    return file.getvalue()


def explained(run: Run, answer: str, lang: str = "ru", width: int = 80) -> str:
    file = io.StringIO()
    print_grade(run, run.grade(answer), make_console(file, width), lang=lang)
    return file.getvalue()


def columns(line: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in line)
    return len(line) + wide - sum(char == "\U0001f3fd" for char in line) * 2


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_fits_the_width(run: Run, report: Report, width: int, lang: str) -> None:
    text = printed(gated(report, Gates(fail_under=0.5), run), width, lang)
    assert max(columns(line) for line in text.splitlines()) <= width


def test_topics_weakest_first_with_interval_bar_and_flags(report: Report) -> None:
    lines = printed(report).splitlines()
    start = lines.index("Темы — слабые сверху")
    rows = lines[start + 2 : start + 5]
    assert rows[0].split() == ["Статистика", "16", "4,4", "3,9–5,4", "████░░░░░░", "6"]
    assert rows[2].split()[:2] == ["Глубокое", "обучение"]


def test_every_part_is_there(run: Run, report: Report) -> None:
    text = printed(gated(report, Gates(fail_under=0.6), run))
    for part in (
        "Собеседование по Data Science",
        "40 ответов · 13 вопросов · 3 темы · 3 респондента · 1 без оценки",
        "Средний балл: 4,7 из 10",
        "Порог 6,0 из 10 не пройден.",
        "Самые слабые вопросы",
        "Чаще всего упускают",
        "Респонденты — сильные сверху",
        "Термины перечислены, но утверждений с ними нет.",
        "answers.jsonl:17: answer: expected text, got 5",
    ):
        assert part in text


def test_english(report: Report) -> None:
    text = printed(report, lang="en")
    assert "Mean score: 4.7 / 10   95% interval 4.3–5.2" in text
    assert "Statistics" in text


def test_user_text_is_neither_markup_nor_a_terminal_command(run: Run, report: Report) -> None:
    text = printed(report) + explained(run, run.grades[-1].answer_id)
    assert "[bold]жирно[/bold]" in text
    assert not set(text) & {"\x1b", "\0", "\u202e"}


def test_no_colour_when_piped(report: Report) -> None:
    assert "\x1b[" not in printed(report)


def test_colour_on_a_terminal(report: Report) -> None:
    screen = Screen()
    print_report(report, make_console(screen, 80), lang="ru")
    assert "\x1b[33m" in screen.getvalue()


def test_no_color_is_honoured(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    print_report(report, make_console(screen, 80), lang="ru")
    assert "\x1b[33m" not in screen.getvalue()
    assert "\x1b[32m" not in screen.getvalue()


def test_width_when_piped_and_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_console(io.StringIO()).width == 100
    monkeypatch.setenv("COLUMNS", "200")
    assert make_console(io.StringIO()).width == 120
    assert make_console(Screen()).width == 120
    monkeypatch.setenv("COLUMNS", "64")
    assert make_console(Screen()).width == 64
    assert make_console(width=50).width == 50


def test_an_ascii_terminal_gets_an_ascii_bar(report: Report) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="replace")
    print_report(report, make_console(file, 80), lang="en")
    file.flush()
    assert b"####......" in raw.getvalue()


def test_little_to_print(
    empty_run: Run, unjudged_run: Run, make_run: Callable[..., Run], run: Run
) -> None:
    assert "В этом запуске нет ответов." in printed(build_report(empty_run))
    nothing = printed(build_report(unjudged_run))
    assert "Ни один ответ оценить не удалось." in nothing
    assert "Средний балл: —" in nothing
    homeless = printed(build_report(make_run(Grade("a", "clt", None, (), 0.5))))
    assert "Темы" not in homeless
    alone = make_run(run.grades[0])
    one = printed(gated(build_report(alone), Gates(fail_under=0.5), alone))
    assert "Все ответы по одной теме: «Глубокое обучение»." in one
    assert "Порог 5,0 из 10 пройден." in one
    assert "Респонденты" not in one


def test_many_bad_rows_are_counted(run: Run) -> None:
    manifest = run.manifest | {"bad_rows": [{"line": n, "what": "bad"} for n in range(1, 42)]}
    text = printed(build_report(Run(run.grades, run.questions, manifest)))
    assert "  20: bad\n" in text
    assert "  21: bad\n" not in text
    assert "и ещё 21" in text


def test_unknown_language(run: Run, report: Report) -> None:
    with pytest.raises(RunError):
        printed(report, lang="xx")
    with pytest.raises(RunError):
        explained(run, "clt-Анна", lang="xx")


def test_explain_prints_the_whole_derivation(run: Run) -> None:
    text = explained(run, "p-value-Илья", width=120)
    for part in (
        "Что такое p-значение и чего оно не означает?",
        "p-value-Илья · Илья Громов · статистика",
        "Размер эффекта по нему не узнать.",
        "Балл: 1,3 из 10",
        "вероятный диапазон 0,5–3,0",
        "80\u00a0%  Вероятность получить не менее крайний результат",
        "«Размер эффекта по нему не узнать.»",
        "совпало: более крайний результат  ",
        "противоречит: вероятность 3 % → не вероятность (фраза)",
        "слова эталона 0,32 · ключевые слова 1,00 · смысл 0,40",
        "Это вероятность нулевой гипотезы.  минус 3,0",
        "обратный смысл  на балл не влияет",
        "(1×0.80 + 1×0.10 + 1×0.40) / 3",
        "Это вероятность нулевой гипотезы. −0.3",
        "согласие с эталоном —",
    ):
        assert part in text


def test_explain_a_flag_that_costs(run: Run) -> None:
    text = explained(run, "neuron-saturation-gpt-nano-2", lang="en")
    assert "keyword list  score × 0.30" in text
    assert "keyword list ×0.3" in text


def test_explain_an_empty_and_an_unjudged_answer(run: Run) -> None:
    assert "Текста нет." in explained(run, "replay-buffer-gpt-nano-2")
    assert "Балл: —" in explained(run, "multiple-gpt-nano-2")


def test_explain_marks_matched_words_on_a_terminal(run: Run) -> None:
    screen = Screen()
    print_grade(run, run.grade("p-value-Илья"), make_console(screen, 120), lang="ru")
    text = screen.getvalue()
    assert "\x1b[4;32mболее крайний результат\x1b[0m" in text
    assert "\x1b[1;4;31mвероятность 3 %\x1b[0m" in text


def test_explain_points_without_evidence_and_a_cap(run: Run) -> None:
    from grader.model import Step

    steps = (Step("points", 0.9), Step("cap", 0.5, "k2 ≤0.5"))
    grade = Grade("a", "clt", None, (), 0.5, {"k1": 1.0, "k9": None}, steps=steps)
    file = io.StringIO()
    print_grade(run, grade, make_console(file, 120), lang="ru")
    text = file.getvalue()
    assert "100\u00a0%  Среднее большой выборки" in text
    assert "—  k9" in text
    assert "дисперсия конечна. ≤0.5" in text


def test_of_very_many_respondents_the_best(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.setattr(terminal, "RESPONDENTS", 2)
    text = printed(report)
    assert "Анна Ковалёва" in text
    assert "gpt-nano-2" not in text
    assert "и ещё 2" in text
