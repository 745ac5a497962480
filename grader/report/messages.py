"""Interface text and numbers in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

from grader.errors import RunError

__all__ = ["LANGUAGES", "Messages", "messages"]

LANGUAGES = ("en", "ru")

DASH = "—"


class _Language(Protocol):
    DECIMAL: str
    THOUSANDS: str
    PERCENT: str
    PLURAL: Callable[[int], int]
    TEXTS: Mapping[str, str | tuple[str, ...]]
    FLAGS: Mapping[str, tuple[str, str]]
    STEPS: Mapping[str, str]
    SIGNALS: Mapping[str, str]


def messages(lang: str, scale: float = 1.0) -> Messages:
    """The interface text of a language, showing scores on a scale of 0..scale.

    Raises:
        RunError: there is no interface text in that language.
    """
    if lang not in LANGUAGES:
        raise RunError(f"no interface language '{lang}'; known are {', '.join(LANGUAGES)}")
    return Messages(lang, scale)


class Messages:
    """Texts and numbers as one language writes them.

    Attributes:
        lang: the language's code.
        scale: what a score of 1 is shown as.
    """

    def __init__(self, lang: str, scale: float) -> None:
        self.lang = lang
        self.scale = scale
        self._language = cast(_Language, import_module(f"grader.report.languages.{lang}"))
        # Two significant steps below a point of the scale are all a reader can use.
        self._digits = 2 if scale <= 2 else 1 if scale < 100 else 0

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its placeholders filled."""
        text = self._language.TEXTS[key]
        assert isinstance(text, str), key
        return text.format(percent=self._language.PERCENT, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The text of a key in the plural form that goes with n: "5 ответов"."""
        form = self._language.TEXTS[key][self._language.PLURAL(n)]
        return form.format(n=self.number(n), **values)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's decimal and thousands marks."""
        text = f"{value:,.{digits}f}"
        if float(text.replace(",", "")) == 0:
            text = text.removeprefix("-")
        whole, _, part = text.partition(".")
        whole = whole.replace(",", self._language.THOUSANDS)
        return f"{whole}{self._language.DECIMAL}{part}" if part else whole

    def score(self, value: float | None) -> str:
        """A score of 0..1 on the bank's scale, a dash for None."""
        return DASH if value is None else self.number(value * self.scale, self._digits)

    def out_of(self, value: float | None) -> str:
        """A score with the scale's end: "7,4 из 10"."""
        return DASH if value is None else self("out_of", score=self.score(value), scale=self.top)

    @property
    def top(self) -> str:
        """The scale's end as shown: "10"."""
        return self.number(self.scale, 0 if float(self.scale).is_integer() else 2)

    def interval(self, low: float | None, high: float | None) -> str:
        """An interval on the bank's scale: "6,1–8,0", a dash for None."""
        if low is None or high is None:
            return DASH
        return f"{self.score(low)}–{self.score(high)}"

    def percent(self, value: float | None, digits: int = 0) -> str:
        """A share of 0..1 in per cent, a dash for None."""
        if value is None:
            return DASH
        return self.number(value * 100, digits) + self._language.PERCENT

    def measure(self, value: float | None) -> str:
        """A measurement of 0..1 with two digits, a dash for None."""
        return DASH if value is None else self.number(value, 2)

    def factor(self, value: float) -> str:
        """What a flag does to the score: "балл × 0,3"."""
        if value == 1:
            return self("factor_none")
        return self("factor", factor=self.number(value, 2))

    def flag(self, name: str) -> str:
        """A flag's short name; one without its own text as it is."""
        return self._language.FLAGS.get(name, (name, ""))[0]

    def flag_meaning(self, name: str) -> str:
        """What a flag says about the answer, a sentence; empty for an unknown one."""
        return self._language.FLAGS.get(name, (name, ""))[1]

    def step(self, name: str) -> str:
        """A derivation step's name; one without its own text as it is."""
        return self._language.STEPS.get(name, name)

    def signal(self, name: str) -> str:
        """A signal's name; one without its own text as it is, "judge:gpt" as "judge gpt"."""
        known = self._language.SIGNALS
        head, _, rest = name.partition(":")
        return f"{known[head]} {rest}" if rest and head in known else known.get(name, name)

    def how(self, name: str) -> str:
        """How words matched; an unknown way as it is."""
        text = self._language.TEXTS.get(f"how_{name}", name)
        return text if isinstance(text, str) else name

    def pick(self, texts: Mapping[str, str], default: str) -> str:
        """The text in this language, else the default, else any there is."""
        return texts.get(self.lang) or texts.get("") or default or next(iter(texts.values()), "")
