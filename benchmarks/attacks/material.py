"""What attacks and invariances are made from: texts, their words, and the forms of words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from grader.text import fold, language, split_sentences

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
# A word, where it starts and where it ends; and what is to stand between two places of a text.
Token = tuple[str, int, int]
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Material:
    """What a text is made from.

    Lots are drawn from numbers that depend on nothing but the seed and the texts: the same answer
    always gives the same text.

    Attributes:
        text: a genuine answer; the question's text where an attack needs no answer.
        references: all references of the question.
        others: references of the other questions.
    """

    text: str
    question: str
    references: tuple[str, ...]
    others: tuple[str, ...] = ()
    seed: str = ""
    rng: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        source = "\n".join((self.seed, self.question, self.text)).encode()
        number = int.from_bytes(hashlib.blake2b(source, digest_size=8).digest())
        object.__setattr__(self, "rng", np.random.default_rng(number))

    def choose(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]


# Turns a text into another one, or says None where it finds nothing to change.
Make = Callable[[Material], str | None]


def code(text: str) -> str:
    """The language of a text: Russian answers hold many Latin terms, English ones no Cyrillic."""
    letters = [c for c in fold(text) if c.isalpha()]
    cyrillic = sum("а" <= c <= "я" for c in letters)
    return "ru" if cyrillic > 0.3 * len(letters) else "en"


def words(text: str) -> list[str]:
    return WORD.findall(text)


def located(text: str, start: int = 0) -> list[Token]:
    """The words of a text that starts at a place of a longer one."""
    return [(m.group(), m.start() + start, m.end() + start) for m in WORD.finditer(text)]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def content(text: str) -> list[str]:
    """Distinct words that carry content, in order."""
    stop = language("ru").stopwords | language("en").stopwords
    found = {fold(word): word for word in reversed(words(text)) if len(word) > 1}
    return [found[word] for word in reversed(found) if word not in stop]


def keys(text: str) -> set[str]:
    analyse = language(code(text)).analyse
    return {analyse(fold(word)).key for word in content(text)}


def edited(text: str, edits: Iterable[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def like(old: str, new: str) -> str:
    """The new word with the capital of the old one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def lowered(text: str) -> str:
    """Without the capital of a sentence; abbreviations keep theirs."""
    plain = text[1:2] and re.match(r"\w[^\W\d_A-ZА-ЯЁ]*\b", text)
    return text[:1].lower() + text[1:] if plain else text


def stopped(text: str) -> str:
    """With a full stop, or what else ends a sentence."""
    text = text.rstrip(" \n;,")
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def enough(changes: int, text: str, every: int = 20) -> bool:
    """Whether so many words hold a change: one in a long answer leaves it mostly right."""
    return changes > 0 and changes * every >= len(words(text))


@lru_cache(maxsize=1)
def _morphology() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=1 << 15)
def readings(word: str) -> Any:
    """What a Russian form may be, the likeliest first."""
    return _morphology().parse(word.lower())


def parse(word: str) -> Any:
    return readings(word)[0]


def inflected(lemma: str, grammemes: Iterable[str]) -> str | None:
    found = parse(lemma).inflect(frozenset(grammemes))
    return found.word if found else None


def grammemes(found: Any) -> set[str]:
    """What another word must be inflected to, to stand in the place of this one."""
    tag = found.tag
    if tag.POS in {"VERB", "INFN", "PRTF", "PRTS", "GRND", "ADJS", "COMP"}:
        kept: tuple[Any, ...] = (
            tag.POS,
            tag.number,
            tag.person,
            tag.tense,
            tag.mood,
            tag.gender,
            tag.case,
        )
    elif tag.POS in {"NOUN", "NUMR"}:
        kept = (tag.number, tag.case)
    else:
        kept = (tag.number, tag.case, tag.gender, tag.animacy)
    return {g for g in kept if g}
