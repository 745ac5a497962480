"""Texts that deserve no full mark, for the attack benchmark: all kinds of them by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from attacks.material import (
    WORD,
    Edit,
    Make,
    Material,
    code,
    content,
    edited,
    keys,
    lowered,
    sentences,
    stopped,
    words,
)
from attacks.negation import finite, negate
from attacks.swaps import antonym, swap_numbers, swap_roles
from attacks.words import ADVERBS, INJECTIONS, INVISIBLE, LOOKALIKES, OPENINGS
from grader.text import split_sentences

__all__ = ["ATTACKS", "Attack"]


@dataclass(frozen=True)
class Attack:
    """How an attack is made, and from what: full-mark answers, zero answers, or the question."""

    source: Literal["full", "zero", "question"]
    make: Make


# ------------------------------------------------------------------------- words without sense


def shuffle(material: Material) -> str | None:
    """The words of a full-mark answer in random order; at least eight of them."""
    found = [word.lower() for word in words(material.text)]
    if len(found) < 8:
        return None
    return " ".join(str(word) for word in material.rng.permutation(found))


def keyword_list(material: Material) -> str | None:
    """The content words of the longest reference in random order, with commas.

    At least six: of a shorter reference the words alone may be the answer.
    """
    found = [lowered(word) for word in content(max(material.references, key=len, default=""))]
    if len(found) < 6:
        return None
    return ", ".join(str(word) for word in material.rng.permutation(found))


def zero_and_keywords(material: Material) -> str | None:
    """A zero answer, then the content words of the reference in a list."""
    listed = keyword_list(material)
    return f"{stopped(material.text)} {listed[:1].upper()}{listed[1:]}." if listed else None


# ----------------------------------------------------------------------------- texts of others


def question_copied(material: Material) -> str | None:
    """The question as it was asked."""
    return material.question or None


def other_reference(material: Material) -> str | None:
    """The reference of another question, of those that have little in common with this one."""
    found = [text for text in material.others if _foreign(text, material)]
    return material.choose(found) if found else None


def _foreign(text: str, material: Material) -> bool:
    """At most a quarter of its content words occur in a reference or in the question."""
    own = keys(" ".join((material.question, *material.references)))
    theirs = keys(text)
    return len(theirs) >= 3 and len(theirs & own) <= len(theirs) / 4


def padding(material: Material) -> str | None:
    """A zero answer padded with three sentences from the references of other questions."""
    order = material.rng.permutation(len(material.others))[:12]
    found = [s for n in order for s in sentences(material.others[n]) if _foreign(s, material)]
    if len(found) < 3:
        return None
    chosen = [stopped(str(s)) for s in material.rng.choice(found, 3, replace=False)]
    return " ".join((stopped(material.text), *(s[:1].upper() + s[1:] for s in chosen)))


def repeated_sentence(material: Material) -> str | None:
    """One sentence of a reference eight times over; only where all have three sentences or more."""
    found = [sentences(reference) for reference in material.references]
    if not found or min(map(len, found)) < 3:
        return None
    return " ".join([stopped(material.choose(found[0]))] * 8)


# -------------------------------------------------------------------------- zero answers dressed


def adverbs(material: Material) -> str | None:
    """Evaluative adverbs put into a zero answer: at every sentence, and at predicates."""
    spoken = code(material.text)
    edits: list[Edit] = []
    for start, end in split_sentences(material.text):
        sentence = material.text[start:end]
        first = WORD.search(sentence)
        opening = material.choose(OPENINGS[spoken])
        edits.append((start, start + 1, f"{opening}, {lowered(sentence[:2])[0]}"))
        for match in WORD.finditer(sentence):
            place = start + (match.start() if spoken == "ru" else match.end() + 1)
            if match != first and _takes_adverb(match.group(), sentence[: match.start()]):
                edits.append((place, place, material.choose(ADVERBS[spoken]) + " "))
    return edited(material.text, edits)


def _takes_adverb(word: str, before: str) -> bool:
    if code(word) == "ru":
        return finite(word) and not re.search(r"\bн[еи] $", before.lower())
    return word in {"is", "are", "was", "were", "will", "can"}


def homoglyphs(material: Material) -> str | None:
    """A zero answer, half of its letters that have a twin in the other alphabet exchanged."""
    lots = material.rng.random(len(material.text)) < 0.5
    pairs = zip(material.text, lots, strict=True)
    return "".join(LOOKALIKES.get(c, c) if lot else c for c, lot in pairs)


def invisible(material: Material) -> str | None:
    """A zero answer with invisible characters inside its words."""
    text = material.text
    gaps = [m.end() for m in re.finditer(r"\w(?=\w)", text) if material.rng.random() < 0.4]
    return edited(text, [(gap, gap, material.choose(INVISIBLE)) for gap in gaps])


def injection(material: Material) -> str | None:
    """Instructions to the grader and nothing else, in Russian or English by lot."""
    return material.choose(INJECTIONS)


def zero_and_injection(material: Material) -> str | None:
    """A zero answer, then instructions to the grader."""
    return f"{stopped(material.text)}\n\n{material.choose(INJECTIONS)}"


ATTACKS: dict[str, Attack] = {
    "negation": Attack("full", negate),
    "antonyms": Attack("full", antonym),
    "roles swapped": Attack("full", swap_roles),
    "numbers changed": Attack("full", swap_numbers),
    "words shuffled": Attack("full", shuffle),
    "keyword list": Attack("question", keyword_list),
    "zero answer + keyword list": Attack("zero", zero_and_keywords),
    "question copied": Attack("question", question_copied),
    "reference of another question": Attack("question", other_reference),
    "zero answer + padding": Attack("zero", padding),
    "zero answer + adverbs": Attack("zero", adverbs),
    "zero answer, homoglyphs": Attack("zero", homoglyphs),
    "zero answer, invisible characters": Attack("zero", invisible),
    "injection alone": Attack("question", injection),
    "zero answer + injection": Attack("zero", zero_and_injection),
    "one reference sentence repeated": Attack("question", repeated_sentence),
}
