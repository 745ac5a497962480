"""Random Russian phrases whose words agree, from the OpenCorpora dictionary in pymorphy3.

They mean nothing ("экономика обладает без несогласованности"), but their grammar and their word
forms are right. That is enough to teach a bag of pieces what its teacher makes of Russian words in
company, without any corpus whose licence would have to be asked about.

The dictionary (OpenCorpora, CC BY-SA) names the paradigms; its table of tag probabilities lists
the word forms met in OpenCorpora's annotated texts, which tells living words from dead ones.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Lexeme", "PhraseMaker", "fold", "lexemes", "stem"]

_PARTS = frozenset({"NOUN", "ADJF", "INFN", "ADVB"})
_SKIPPED = frozenset(
    ["Name", "Surn", "Patr", "Abbr", "Orgn", "Trad", "Init", "Erro", "Dist", "Slng", "Arch", "Vulg"]
)
_VARIANTS = frozenset(["V-be", "V-bi", "V-oy", "V-ey", "gen2", "loc2", "acc2", "voct", "Supr"])
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_GENDERS = ("masc", "femn", "neut")
_PREPOSITIONS = (
    *(("в", "loct"), ("на", "loct"), ("при", "loct"), ("о", "loct")),
    *(("для", "gent"), ("из", "gent"), ("без", "gent"), ("от", "gent"), ("после", "gent")),
    *(("из-за", "gent"), ("с", "ablt"), ("между", "ablt"), ("по", "datv"), ("к", "datv")),
    *(("через", "accs"), ("за", "accs"), ("на", "accs")),
)
_JOINS = (", ", ", и ", ", поэтому ", ", если ", ", когда ", ", но ", ", чтобы ", ", а ")


def fold(word: str) -> str:
    """The word in lower case with е for ё."""
    return word.lower().replace("ё", "е")


@dataclass(frozen=True)
class Lexeme:
    """A dictionary word with its forms.

    Attributes:
        part: "NOUN", "ADJF", "INFN" (the whole verb) or "ADVB".
        forms: (form, grammemes) in the dictionary's order, ё folded.
        attested: how many of its readings (a form with its grammemes) have a form that occurs in
            OpenCorpora's annotated texts.
        weight: how often to draw it, from unigram probabilities and attestation.
    """

    part: str
    forms: tuple[tuple[str, frozenset[str]], ...]
    attested: int
    weight: float

    @property
    def words(self) -> list[str]:
        """Its different forms in the dictionary's order."""
        return list(dict.fromkeys(form for form, _ in self.forms))


def lexemes(unigrams: Mapping[str, float]) -> list[Lexeme]:
    """Nouns, adjectives, verbs and adverbs in use, ordered by their first form.

    Args:
        unigrams: probability of a word form by the form, ё folded; forms may be missing.
    """
    import pymorphy3

    analyzer: Any = pymorphy3.MorphAnalyzer()
    readings = analyzer.prob_estimator.p_t_given_w.keys()
    attested = {reading.split(":")[0] for reading in readings}
    paradigms: dict[tuple[str, int], list[tuple[int, str, Any]]] = defaultdict(list)
    for word, tag, normal, paradigm, index in analyzer.dictionary.iter_known_words():
        paradigms[normal, paradigm].append((index, word, tag))
    found = []
    for (normal, _), rows in sorted(paradigms.items()):
        rows.sort(key=lambda row: row[0])
        grammemes = frozenset(rows[0][2].grammemes)
        part = str(rows[0][2].POS)
        if part not in _PARTS or grammemes & _SKIPPED or not re.fullmatch("[а-яё]{3,}", normal):
            continue
        seen = sum(word in attested for _, word, _ in rows)
        words = {fold(word) for _, word, _ in rows}
        probability = sum(unigrams.get(word, 0.0) for word in sorted(words))
        if seen or probability:
            # Square roots flatten the distribution: rare words need examples too.
            weight = probability**0.5 + 0.5 * (min(seen, 8) * 3e-7) ** 0.5
            forms = tuple((fold(word), frozenset(tag.grammemes)) for _, word, tag in rows)
            found.append(Lexeme(part, forms, seen, weight))
    return found


def stem(words: Iterable[str]) -> str:
    """The longest beginning that at least three fifths of the words share."""
    different = sorted(set(words))
    counts = Counter(word[:end] for word in different for end in range(1, len(word) + 1))
    shared = [part for part, count in counts.items() if count >= 0.6 * len(different)]
    return max(shared, key=lambda part: (len(part), part), default="")


@dataclass
class _Drawer:
    """Draws items in proportion to their weights."""

    items: list[Any] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, item: Any, weight: float) -> None:
        self.items.append(item)
        self.weights.append(weight)

    def draw(self, random: np.random.Generator) -> Any:
        if not hasattr(self, "_ends"):
            self._ends = np.cumsum(self.weights) / np.sum(self.weights)
        place = int(np.searchsorted(self._ends, random.random()))
        return self.items[min(place, len(self.items) - 1)]


class PhraseMaker:
    """Makes phrases and sentences of one to some fifteen words.

    Args:
        words: what to draw from.
        seed: same words and seed, same phrases.
    """

    def __init__(self, words: Iterable[Lexeme], seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._nouns, self._adjectives, self._verbs, self._adverbs = (_Drawer() for _ in range(4))
        for word in words:
            if word.part == "NOUN" and (noun := _noun(word)):
                self._nouns.add(noun, word.weight)
            elif word.part == "ADJF" and (adjective := _adjective(word)):
                self._adjectives.add(adjective, word.weight)
            elif word.part == "INFN":
                self._verbs.add(_verb(word), word.weight)
            elif word.part == "ADVB":
                self._adverbs.add(word.forms[0][0], word.weight)

    def text(self) -> str:
        """A phrase, a clause, or several joined; half of a page at most."""
        text = self._clause()
        while self._chance(0.25) and len(text) < 200:
            text += _JOINS[self._random.integers(len(_JOINS))] + self._clause()
        return text + ("." if self._chance(0.3) else "")

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    def _clause(self) -> str:
        kind = self._random.random()
        if kind < 0.25:
            return self._noun_phrase("nomn", 0.5, 0.4)[0]
        if kind < 0.35:
            return f"{self._noun_phrase('nomn', 0.3, 0.2)[0]} {self._prepositional()}"
        if kind < 0.5:
            return self._infinitive()
        if kind < 0.6:
            first, second = (self._noun_phrase("nomn", 0.3, 0.1)[0] for _ in range(2))
            return f"{first} и {second}"
        return self._sentence()

    def _infinitive(self) -> str:
        verb = self._verbs.draw(self._random)
        words = [verb["infinitive"]]
        if verb["transitive"]:
            words.append(self._noun_phrase("accs", 0.4, 0.3)[0])
        if not verb["transitive"] or self._chance(0.3):
            words.append(self._prepositional())
        return " ".join(words)

    def _sentence(self) -> str:
        subject, number, gender = self._noun_phrase("nomn", 0.3, 0.25)
        words = [subject]
        if self._chance(0.12):
            words.append(self._adverbs.draw(self._random))
        present = self._chance(0.6)
        agreement = number if present or number == "plur" else gender
        verb = self._verbs.draw(self._random)
        for _ in range(20):
            if (agreement, present) in verb:
                break
            verb = self._verbs.draw(self._random)
        negation = "не " if self._chance(0.08) else ""
        words.append(negation + verb.get((agreement, present), verb["infinitive"]))
        if verb["transitive"]:
            words.append(self._noun_phrase("accs", 0.3, 0.25)[0])
        if self._chance(0.3 if verb["transitive"] else 0.6):
            words.append(self._prepositional())
        return " ".join(words)

    def _prepositional(self) -> str:
        preposition, case = _PREPOSITIONS[self._random.integers(len(_PREPOSITIONS))]
        return f"{preposition} {self._noun_phrase(case, 0.3, 0.15)[0]}"

    def _noun_phrase(
        self, case: str, adjective: float, genitive: float, depth: int = 0
    ) -> tuple[str, str, str]:
        """The phrase, its number and its gender."""
        number = "plur" if self._chance(0.3) else "sing"
        noun = self._nouns.draw(self._random)
        while (number, case) not in noun["forms"]:
            noun = self._nouns.draw(self._random)
        text = noun["forms"][number, case]
        if self._chance(adjective):
            shape = "plur" if number == "plur" else noun["gender"]
            forms = self._adjectives.draw(self._random)
            if form := forms.get((shape, case, noun["animate"])):
                text = f"{form} {text}"
        if depth < 2 and self._chance(genitive):
            text += " " + self._noun_phrase("gent", adjective * 0.6, genitive * 0.5, depth + 1)[0]
        return text, number, noun["gender"]


def _noun(word: Lexeme) -> dict[str, Any] | None:
    forms: dict[tuple[str, str], str] = {}
    for form, tags in word.forms:
        if tags & _VARIANTS:
            continue
        for number in tags & {"sing", "plur"}:
            for case in tags.intersection(_CASES):
                forms.setdefault((number, case), form)
    tags = word.forms[0][1]
    gender = next((name for name in _GENDERS if name in tags), None)
    if gender is None or not forms:
        return None
    return {"forms": forms, "gender": gender, "animate": "anim" in tags}


def _adjective(word: Lexeme) -> dict[tuple[str, str, bool], str]:
    forms: dict[tuple[str, str, bool], str] = {}
    for form, tags in word.forms:
        if "ADJF" not in tags or tags & _VARIANTS:
            continue
        shape = "plur" if "plur" in tags else next((g for g in _GENDERS if g in tags), "")
        both = not tags & {"anim", "inan"}
        for case in tags.intersection(_CASES):
            for animate in (False, True):
                if both or animate == ("anim" in tags):
                    forms.setdefault((shape, case, animate), form)
    return forms


def _verb(word: Lexeme) -> dict[Any, Any]:
    """Forms by (number or gender, is it present or future), plus two named entries."""
    first, tags = word.forms[0]
    forms: dict[Any, Any] = {"infinitive": first, "transitive": "tran" in tags}
    for form, marks in word.forms:
        if "VERB" not in marks:
            continue
        if "3per" in marks:
            forms.setdefault(("sing" if "sing" in marks else "plur", True), form)
        if "past" in marks:
            shape = "plur" if "plur" in marks else next((g for g in _GENDERS if g in marks), "neut")
            forms.setdefault((shape, False), form)
    return forms
