from __future__ import annotations

import re
import string
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from grader.errors import RunError
from grader.report import LANGUAGES, messages

FLAGS = re.findall(
    r'"([a-z_]+)"',
    (Path(__file__).parents[2] / "grader" / "model.py")
    .read_text("utf-8")
    .split("class Flag(")[1]
    .split("factor:")[0],
)


def language(lang: str) -> Any:
    return import_module(f"grader.report.languages.{lang}")


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 ответов"),
        (1, "1 ответ"),
        (2, "2 ответа"),
        (4, "4 ответа"),
        (5, "5 ответов"),
        (11, "11 ответов"),
        (12, "12 ответов"),
        (14, "14 ответов"),
        (21, "21 ответ"),
        (22, "22 ответа"),
        (111, "111 ответов"),
        (101, "101 ответ"),
        (1002, "1\u00a0002 ответа"),
    ],
)
def test_russian_plurals(n: int, text: str) -> None:
    assert messages("ru").count("n_answers", n) == text


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 topics"), (1, "1 topic"), (2, "2 topics"), (1021, "1,021 topics")]
)
def test_english_plurals(n: int, text: str) -> None:
    assert messages("en").count("n_topics", n) == text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_languages_have_the_same_keys_placeholders_and_all_plural_forms(lang: str) -> None:
    this, other = language(lang), language("en")
    forms = {this.PLURAL(n) for n in range(200)}
    assert this.TEXTS.keys() == other.TEXTS.keys()
    for name in ("FLAGS", "STEPS", "SIGNALS"):
        assert getattr(this, name).keys() == getattr(other, name).keys()
    for key, text in this.TEXTS.items():
        theirs = other.TEXTS[key]
        assert isinstance(text, tuple) == isinstance(theirs, tuple), key
        if isinstance(text, tuple):
            assert len(text) == len(forms), key
            assert all("{n}" in form for form in text), key
        else:
            assert fields(text) == fields(theirs), key


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_flag_of_the_model_has_a_name_and_a_sentence() -> None:
    assert len(FLAGS) >= 11
    for lang in LANGUAGES:
        m = messages(lang)
        for flag in FLAGS:
            assert m.flag(flag) != flag or lang == "en"
            assert m.flag_meaning(flag).endswith(".")


def test_unknown_names_are_shown_as_they_are() -> None:
    m = messages("ru")
    assert (m.flag("new"), m.flag_meaning("new")) == ("new", "")
    assert (m.step("new"), m.signal("new"), m.how("new")) == ("new", "new", "new")
    assert m.step("cap") == "Потолок без обязательного пункта"
    assert m.how("typo") == "с опечаткой"


def test_unknown_language() -> None:
    with pytest.raises(RunError, match="no interface language 'de'; known are en, ru"):
        messages("de")


@pytest.mark.parametrize(
    ("lang", "scale", "shown"),
    [
        ("ru", 10, "7,4 из 10"),
        ("en", 10, "7.4 / 10"),
        ("ru", 5, "3,7 из 5"),
        ("en", 100, "74 / 100"),
        ("en", 1, "0.74 / 1"),
        ("ru", 7.5, "5,6 из 7,50"),
    ],
)
def test_scores_on_the_banks_scale(lang: str, scale: float, shown: str) -> None:
    assert messages(lang, scale).out_of(0.741) == shown


def test_numbers() -> None:
    ru, en = messages("ru", 10), messages("en", 10)
    assert ru.interval(0.61, 0.8) == "6,1–8,0"
    assert ru.percent(0.625) == "62\u00a0%"
    assert en.percent(1) == "100%"
    assert ru.measure(0.5) == "0,50"
    assert en.number(-0.001, 1) == "0.0"
    assert en.number(1234567.891, 2) == "1,234,567.89"
    assert ru.number(1234567.891, 2) == "1\u00a0234\u00a0567,89"


def test_none_is_a_dash() -> None:
    m = messages("ru", 10)
    dashes = {m.score(None), m.out_of(None), m.interval(None, 1), m.percent(None), m.measure(None)}
    assert dashes == {"—"}


def test_factor() -> None:
    assert messages("ru").factor(0.3) == "балл × 0,30"
    assert messages("en").factor(1) == "does not change the score"


def test_pick() -> None:
    m = messages("en")
    assert m.pick({"en": "a", "ru": "b"}, "c") == "a"
    assert m.pick({"": "any"}, "c") == "any"
    assert m.pick({"ru": "b"}, "c") == "c"
    assert m.pick({"ru": "b"}, "") == "b"
    assert m.pick({}, "") == ""
