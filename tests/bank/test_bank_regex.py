"""Regular expressions of rubrics: all scripts, linear time, refused in one line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bank import compile_regex


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"близк\w* к (0|1|нулю|единице)", "значение БЛИЗКО к нулю", "БЛИЗКО к нулю"),
        (r"\w+", "— ёжик_2 —", "ёжик_2"),
        (r"[\w-]+", "… n-грамм …", "n-грамм"),
        (r"\W+x", "слово — x", " — x"),
        (r"[]\w]+", "(а]б)", "а]б"),
        (r"[^]\w]+", "а] - б", " - "),
        (r"[^\w]+", "а - б", " - "),
        (r"\\w", r"a\w", r"\w"),
        (r"\bGD\b", "это GD тут", "GD"),
        (r"\bp\s*значени", "и p значение", "p значени"),
        (r"НЕЙРОН", "нейрон", "нейрон"),
        (r"\d{2}\.\p{L}", "12.ё", "12.ё"),
        (r"(a+b)+", "aabab", "aabab"),
        (r"(a{1,3})+", "aa", "aa"),
        (r"(a+){2,3}", "aaaa", "aaaa"),
        (r"(a|b+)+", "abba", "abba"),
    ],
)
def test_matches(pattern: str, text: str, found: str) -> None:
    match = compile_regex(pattern).search(text)
    assert match is not None
    assert match.group() == found


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(", "RE2 refuses the regular expression: missing ): ("),
        (r"(a)\1", "no backreferences"),
        (r"(?=a)b", "no lookaround"),
        (r"(?<!a)b", "no lookaround"),
        (r"a{1001}", "(too large)"),
        (r"(\w{0,30}){1,30}x", "(too large)"),
        (r"(a+)+", "repeats a repetition; write x+ or x* once"),
        (r"b(\w*)*c", "repeats a repetition"),
        (r"b(?:(a+))*?c", "repeats a repetition"),
        (r"x(b|((a+?)*))y", "repeats a repetition"),
        (r"((?i:a+)){2,}", "repeats a repetition"),
        (r"a*", "matches the empty text"),
        (r"", "matches the empty text"),
        (r"\bнейрон", r"\b knows ASCII letters only and never holds beside 'н'"),
        (r"нейрон\B", r"\B knows ASCII letters only and never holds beside 'н'"),
        (r"[\W_]x", r"\W inside [...] is not supported"),
        ("x" * 1001, "over 1000 characters"),
        ("x\\", "RE2 refuses"),
    ],
)
def test_refusals(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_regex(pattern)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", [r"(x+x+)+y", r"(a|b|ab)*c", r".*.*.*.*z", r"(\w+\s?)+$0"])
def test_patterns_that_explode_elsewhere_are_quick(pattern: str) -> None:
    text = "x" * 100_000 + " слово" * 10_000
    started = time.perf_counter()
    assert compile_regex(pattern).search(text) is None
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "pattern", [r"[[:alpha:]]+x", r"\Q(a+)+\E", r"\pL+x", "(" * 499 + "a" + ")" * 499]
)
def test_syntax_that_python_does_not_know_is_left_to_re2(pattern: str) -> None:
    assert compile_regex(pattern)


@given(st.text(alphabet=r"ab\w+*?()[]|^$.{}1,бW", max_size=20))
def test_any_pattern_compiles_or_is_refused(pattern: str) -> None:
    try:
        compiled = compile_regex(pattern)
    except ValueError:
        return
    compiled.search("ab 1б")
    assert compiled.search("") is None
