"""Attacks that exchange something: a word for its opposite, A for B, a number for another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise, permutations

import numpy as np

from attacks import words as table
from attacks.material import (
    Edit,
    Material,
    Token,
    code,
    edited,
    enough,
    grammemes,
    inflected,
    like,
    located,
    parse,
    readings,
)
from grader.text import fold, language, split_sentences

# ----------------------------------------------------------------------------------- antonyms


def antonym(material: Material) -> str | None:
    """Turn one word of each sentence into its opposite.

    Only one: with both turned, "the more A, the less B" would still be true.
    """
    text = material.text
    opposite = _opposite_ru if code(text) == "ru" else table.EN_OPPOSITES.get
    edits: list[Edit] = []
    for start, end in split_sentences(text):
        tokens = located(text[start:end], start)
        found = (_antonym(tokens, index, opposite) for index in range(len(tokens)))
        edits += [edit for edit in found if edit][:1]
    return _governed(_articles(edited(text, edits))) if enough(len(edits), text, 25) else None


def _governed(text: str) -> str:
    """With the prepositions that the new words ask for."""
    text = text.replace("disconnected to", "disconnected from")
    return re.sub(r"(?<!dis)connected from", "connected to", text)


def _antonym(tokens: list[Token], index: int, opposite: Callable[[str], str | None]) -> Edit | None:
    word, start, end = tokens[index]
    new = opposite(word.lower())
    near = [fold(token[0]) for token in tokens[max(0, index - 3) : index + 4]]
    beside = {fold(token[0]) for token in tokens[max(0, index - 1) : index + 2]}
    if new is None or new in near or beside & {"не", "нет", "ни", "not", "no", "чем"}:
        return None
    number = index + 1 < len(tokens) and tokens[index + 1][0][0].isdigit()
    if fold(word) == "до" and (number or {"от", "с", "из"} & set(near)):
        return None
    return start, end, like(word, new)


def _opposite_ru(word: str) -> str | None:
    found = parse(word)
    lemma = table.RU_OPPOSITE_LEMMAS.get(found.normal_form) if found.is_known else None
    own = inflected(lemma, grammemes(found)) if lemma else None
    return table.RU_OPPOSITES.get(word, own)


# --------------------------------------------------------------------------------- swapped roles

_SYMMETRIC = re.compile(
    r"\b(?:между|связан|соедин|равн|отлич|разн|одинаков|сравн|вместе|between|both|same|equal|"
    r"differ|connect|separat|vs|versus|compar|similar|each other)",
    re.IGNORECASE,
)
_COORDINATION = re.compile(
    r"[\s,/]*(?:(?:и|или|либо|and|or|&)\b)?[\s,/]*(?:(?:an?|the|its|their)\s)?", re.IGNORECASE
)
_EN_DETERMINED = re.compile(
    r"\b(?:an?|the|each|every|this|their|another|any)\s+((?:[a-z]+\s+){0,2}?[a-z]+)\b"
    r"(?=\s+(?:in|of|to|that|which|is|are|was|were|can|will|has|for|from|on|with|by|at|and|or|as|"
    r"where|when|into|inside|itself|must|should|does|do|who|then|until|if|so|but)\b|[.,;:)]|$)",
    re.IGNORECASE,
)


def swap_roles(material: Material) -> str | None:
    """Exchange the two most frequent terms A and B throughout the answer.

    They must stand in one clause and in different roles, with other words between them: "A and
    B" and "A is connected to B" say the same with A and B exchanged.
    """
    text = material.text
    terms = _terms_ru(text) if code(text) == "ru" else _terms_en(text)
    ranked = [lemma for lemma, _ in Counter(lemma for lemma, _, _ in terms).most_common(6)]
    for number, second in enumerate(ranked):
        for first in ranked[:number]:
            new = _exchanged(text, [term for term in terms if term[0] in {first, second}])
            if new:
                return new
    return None


def _terms_ru(text: str) -> list[Token]:
    found = []
    for word, start, end in located(text):
        likeliest = parse(word)
        noun = likeliest.tag.POS == "NOUN" and likeliest.is_known and likeliest.score >= 0.4
        if noun and "-" not in word:
            found.append((likeliest.normal_form, start, end))
    return [term for term in found if term[0] not in {"раз", "вид", "число", "часть", "случай"}]


def _terms_en(text: str) -> list[Token]:
    """Nouns by their articles, then everywhere in the text, in both numbers."""
    heads = {_head(m.group(1).split()) for m in _EN_DETERMINED.finditer(text)}
    heads -= language("en").stopwords | {"one", "way", "time", "same", "part", "first", "last"}
    heads = {h for h in heads if not h.endswith(("ed", "ing", "ly", "ger")) and len(h) > 2}
    found = [(_singular(fold(word)), start, end) for word, start, end in located(text)]
    return [term for term in found if term[0] in heads]


def _head(phrase: list[str]) -> str:
    """The noun of "each element", and of "an agent interacts" as well."""
    verb = len(phrase) > 1 and (fold(phrase[-1]) in table.EN_THIRD)
    return _singular(fold(phrase[-2 if verb else -1]))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _exchangeable(text: str, terms: list[Token]) -> bool:
    """Whether a clause holds both, more than a conjunction apart, in no symmetric relation."""
    roles = False
    for left, right in pairwise(terms):
        gap = text[left[2] : right[1]]
        if left[0] == right[0] or re.search(r"[.!?;\n]", gap):
            continue
        around = text[max(0, left[1] - 25) : right[2] + 25]
        if _COORDINATION.fullmatch(gap) or _SYMMETRIC.search(around):
            return False
        roles = True
    return roles


def _exchanged(text: str, terms: list[Token]) -> str | None:
    """With two terms, found at these places, in each other's."""
    if not enough(len(terms), text) or not _exchangeable(text, terms):
        return None
    other = dict(permutations({term[0] for term in terms}, 2))
    edits: list[Edit] = []
    for lemma, start, end in terms:
        new = _in_place_of(text[start:end], other[lemma])
        if new is None:
            return None
        edits.append((start, end, like(text[start:end], new)))
    return _articles(edited(text, edits))


def _in_place_of(old: str, lemma: str) -> str | None:
    """The lemma in the form of the old word; None if that leaves a choice, or genders differ."""
    if code(old) == "en":
        return _plural(lemma) if _singular(fold(old)) != fold(old) else lemma
    likeliest = parse(old)
    forms = {
        inflected(lemma, grammemes(found))
        for found in readings(old)
        if found.normal_form == likeliest.normal_form and found.tag.POS == "NOUN"
    }
    same = parse(lemma).tag.gender == likeliest.tag.gender
    return forms.pop() if len(forms) == 1 and same else None


def _articles(text: str) -> str:
    """A or an, «с» or «со»; the letter in "bulb a and bulb b" is no article."""
    text = re.sub(r"\b([Aa])n (?=[b-df-gj-np-tv-z][a-z])", r"\1 ", text)
    names = r"(?!(?:and|or|is|in|are|of|at|as|if|it|on|an|also|into|off)\b)"
    text = re.sub(rf"\b([Aa]) {names}(?=[aeio][a-z])", r"\1n ", text)
    return re.sub(r"\b([СсВвКк])о (?=[бвгджзклмнпрстфхцчшщ][аеиоуыэюя])", r"\1 ", text)


# -------------------------------------------------------------------------------------- numbers

# Decimals and whole numbers that stand alone: no list markers, no "C++11", no "5x5".
_NUMBER = re.compile(r"(?<![\w.,^+])\d+(?:[.,]\d+)?(?![\w]|[.,]\d)")
_MARKER = re.compile(r"(?:^|[\n.;)])\s*(\d+)[.)](?=\s)")


def swap_numbers(material: Material) -> str | None:
    """Change every number and number word to one that neither question nor reference knows."""
    text = material.text
    known = set(_NUMBER.findall(" ".join((text, material.question, *material.references))))
    markers = {marker.start(1) for marker in _MARKER.finditer(text)}
    changed: dict[str, str] = {}
    edits: list[Edit] = []
    for match in _NUMBER.finditer(text):
        if match.start() not in markers:
            old = match.group()
            changed.setdefault(old, _other_number(old, known, material.rng))
            edits.append((match.start(), match.end(), changed[old]))
    for word, start, end in located(text):
        new = _other_number_word(word)
        if new:
            edits.append((start, end, like(word, new)))
    return edited(text, edits) if enough(len(edits), text) else None


def _other_number(old: str, known: set[str], rng: np.random.Generator) -> str:
    mark = "," if "," in old else "."
    whole, _, decimals = old.replace(",", ".").partition(".")
    while True:
        new = str(int(whole) + int(rng.integers(2, 9 + min(int(whole), 10**6))))
        if decimals:
            new += mark + decimals
        if new not in known:
            known.add(new)
            return new


def _other_number_word(word: str) -> str | None:
    lower = fold(word)
    for row in table.EN_NUMBERS:
        if lower in row:
            return row[(row.index(lower) + 3) % len(row)]
    found = parse(word)
    for row in (*table.RU_NUMBERS, table.RU_ORDINALS):
        if found.normal_form in row and found.tag.POS in {"NUMR", "ADJF"}:
            lemma = row[(row.index(found.normal_form) + 2) % len(row)]
            return inflected(lemma, grammemes(found))
    return None
