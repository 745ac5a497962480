"""Genuine answers in other clothes, for the attack benchmark: what should not change a grade."""

from __future__ import annotations

import re

import numpy as np

from attacks.material import (
    WORD,
    Edit,
    Make,
    Material,
    code,
    edited,
    like,
    sentences,
    stopped,
    words,
)
from attacks.words import FILLER, SYNONYMS, YO

__all__ = ["INVARIANCES"]


def typos(material: Material) -> str | None:
    """A slip in about every tenth word, in words of six letters or more, never the first letter."""
    long = [m for m in WORD.finditer(material.text) if len(m.group()) > 5 and m.group().isalpha()]
    count = min(len(long), max(1, len(words(material.text)) // 10))
    if not long:
        return None
    chosen = material.rng.choice(len(long), count, replace=False)
    return edited(material.text, [_slip(long[n], material.rng) for n in chosen])


def _slip(match: re.Match[str], rng: np.random.Generator) -> Edit:
    """Two letters exchanged, one left out, or one twice."""
    word = match.group()
    place = int(rng.integers(1, len(word) - 2))
    pair = word[place : place + 2]
    new = (pair[::-1], pair[0], pair[0] + pair)[int(rng.integers(3))]
    return match.start() + place, match.start() + place + 2, new


def yo(material: Material) -> str | None:
    """ё written as е; in an answer without any, е as ё where it is one."""
    text = material.text
    if re.search("[ёЁ]", text):
        return text.replace("ё", "е").replace("Ё", "Е")
    found = ((m, YO.get(m.group().lower())) for m in WORD.finditer(text))
    return edited(text, [(m.start(), m.end(), like(m.group(), new)) for m, new in found if new])


def bare(material: Material) -> str | None:
    """Lower case and no punctuation; marks inside numbers and formulas stay."""
    text = re.sub(r"[.,;:!?…](?=\s|$)|(?<!\S)[—–-](?=\s)|[«»\"“”()]", "", material.text.lower())
    return re.sub(r"\s+", " ", text).strip()


def sentence_order(material: Material) -> str | None:
    """The sentences in another order; at least two of them."""
    found = [stopped(s) for s in sentences(material.text)]
    if len(set(found)) < 2:
        return None
    order = [int(n) for n in material.rng.permutation(len(found))]
    if order == sorted(order):
        order = [*order[1:], order[0]]
    return " ".join(found[n] for n in order)


def synonyms(material: Material) -> str | None:
    """Words and abbreviations replaced by others of the same meaning."""
    table = SYNONYMS[code(material.text)]
    olds = "|".join(old.replace("(", "(?:") for old, _ in table)

    def replaced(match: re.Match[str]) -> str:
        found = ((re.fullmatch(old, match.group(), re.IGNORECASE), new) for old, new in table)
        return next(like(match.group(), own.expand(new)) for own, new in found if own)

    return re.sub(rf"(?<!\w)(?:{olds})(?!\w)", replaced, material.text, flags=re.IGNORECASE)


def filler(material: Material) -> str | None:
    """Polite phrases before and after the answer."""
    pairs = FILLER[code(material.text)]
    before, after = pairs[int(material.rng.integers(len(pairs)))]
    text = stopped(material.text)
    return f"{before} {text[:1].upper()}{text[1:]} {after}"


def bullets(material: Material) -> str | None:
    """The sentences as a list with bullets; at least two of them."""
    found = sentences(material.text)
    return "\n".join(f"- {sentence}" for sentence in found) if len(found) > 1 else None


INVARIANCES: dict[str, Make] = {
    "typos": typos,
    "ё or е": yo,
    "lower case, no punctuation": bare,
    "sentence order": sentence_order,
    "synonyms": synonyms,
    "polite filler": filler,
    "bullets": bullets,
}
