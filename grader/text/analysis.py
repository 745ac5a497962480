"""From a text to what the signals compare: words with keys, statements, negation."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from grader.text.language import Language, Word, fold, language, language_of_word
from grader.text.negation import mark_negated
from grader.text.normalize import Normalized, normalize
from grader.text.sentences import split_sentences
from grader.text.spelling import Spelling
from grader.text.terms import TermLexicon, Unit, bundled_terms

__all__ = ["Analyzer", "Text", "Token", "Unit"]

# Chinese and Japanese write without spaces: every character is compared by itself.
_UNSPACED = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Vowel signs and points that stand inside words but are no letters to ``\w``.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0963\u0971-\u0dff\u0e31-\u0e4e"
)
# A number, a character, or a word; first of all, for speed, a word of the usual kind. In a group,
# so that a text can be split into words and what stands between them.
_TOKEN = re.compile(
    rf"([A-Za-zА-Яа-яЁё]++(?=[ ,.:;)\n])|\d+(?:[.,]\d+)*%?|[{_UNSPACED}]"
    rf"|[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*(?:['’][^\W\d_{_UNSPACED}]+)*"
    rf"(?:\+\+|#)?)"
)
# How many word forms of a language are remembered: more than a large set of answers has.
_REMEMBERED = 1 << 16


class Token(msgspec.Struct, frozen=True, gc=False):
    """One word or number of a text.

    Attributes:
        start, end: its place in the normalized text.
        folded: case folded, ё as е.
        key: what it is compared by.
        content: False for stopwords.
        predicate: the form can make a statement by itself.
        negated: stands in the reach of a negation.
        corrected: the expected word it was taken for, if it was misspelt.
    """

    start: int
    end: int
    folded: str
    key: str
    content: bool
    predicate: bool
    negated: bool = False
    corrected: str | None = None


@dataclass(frozen=True)
class Text:
    """An analysed text.

    Attributes:
        source: as given.
        normalized: see :func:`grader.text.normalize`; token places refer to its ``text``.
        tokens: all words and numbers.
        sentences: first and last+1 token of every statement, and its place in the text.
        units: terms and words, in order, stopwords left out.
    """

    source: str
    normalized: Normalized
    tokens: tuple[Token, ...]
    sentences: tuple[tuple[int, int], ...]
    spans: tuple[tuple[int, int], ...]
    units: tuple[Unit, ...]
    language: Language = field(repr=False)

    @property
    def text(self) -> str:
        return self.normalized.text

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the units: the text as a bag of terms and words."""
        return tuple([unit.key for unit in self.units])

    @cached_property
    def unit_sentences(self) -> tuple[tuple[Unit, ...], ...]:
        """The units of every statement."""
        groups = []
        start = 0
        for _, last in self.sentences:
            end = bisect_left(self.units, last, start, key=attrgetter("first"))
            groups.append(self.units[start:end])
            start = end
        return tuple(groups)

    def negated(self, unit: Unit) -> bool:
        """Whether any word of the unit stands in the reach of a negation."""
        if unit.words == 1:
            return self.tokens[unit.first].negated
        return any(t.negated for t in self.tokens[unit.first : unit.first + unit.words])

    def written(self, unit: Unit) -> str:
        """The unit as the text has it."""
        return self.text[
            self.tokens[unit.first].start : self.tokens[unit.first + unit.words - 1].end
        ]

    def place(self, first: int, words: int) -> tuple[int, int]:
        """Where these words stand in the source."""
        start, end = self.tokens[first].start, self.tokens[first + words - 1].end
        return self.normalized.source(start, end)

    def sentence_text(self, index: int) -> str:
        start, end = self.spans[index]
        return self.text[start:end]


class Analyzer:
    """Analyses texts. What it remembers of words changes no result; share one for a whole bank.

    Args:
        terms: equivalents beside the bundled ones; they come first.
        bundled: whether the bundled lexicon is used.
    """

    def __init__(self, terms: Iterable[Sequence[str]] = (), *, bundled: bool = True) -> None:
        groups = [tuple(group) for group in terms]
        if bundled:
            groups += bundled_terms()
        self._lexicon = TermLexicon(groups, lambda term: _keys(normalize(term).text, "ru"))

    def analyse(self, text: str, language_code: str, spelling: Spelling | None = None) -> Text:
        """Analyse ``text``, taken to be in that language where a word's script leaves it open.

        Args:
            spelling: the words expected in this text; misspelt words are taken for them.
        """
        normalized = normalize(text)
        tokens = _tokens(normalized.text, language_code, spelling)
        spans = split_sentences(normalized.text)
        sentences = _token_ranges(tokens, spans)
        tokens = mark_negated(tokens, sentences, normalized.text)
        keys = tuple([token.key for token in tokens])
        content = [token.content for token in tokens]
        units: list[Unit] = []
        for first, last in sentences:
            units += self._lexicon.units(keys, content, first, last)
        return Text(
            text,
            normalized,
            tuple(tokens),
            tuple(sentences),
            tuple(spans),
            tuple(units),
            language(language_code),
        )

    def phrase(self, phrase: str, language_code: str) -> tuple[tuple[str, bool], ...]:
        """A keyword phrase as (key or prefix, is it a prefix), terms merged, stopwords kept."""
        words = [w for w in re.split(r"[\s\-_/]+", normalize(phrase).text) if w]
        parts: list[tuple[str, bool]] = []
        for word in words:
            if word.endswith("*"):
                parts.append((fold(word[:-1]), True))
            else:
                parts += [(key, False) for key in _keys(word, language_code)]
        if any(prefix for _, prefix in parts):
            return tuple(parts)
        keys = tuple(key for key, _ in parts)
        units = self._lexicon.units(keys, [True] * len(keys), 0, len(keys))
        return tuple((unit.key, False) for unit in units)

    def spelling(self, texts: Iterable[tuple[str, str]]) -> Spelling:
        """The expected words: those of the (text, language) pairs."""
        words: dict[str, str] = {}
        for text, code in texts:
            for token in _tokens(normalize(text).text, code):
                if token.content and token.folded.isalpha():
                    words.setdefault(token.folded, token.key)
                    lemma = language(language_of_word(token.folded, code)).analyse(token.folded)
                    words.setdefault(lemma.lemma, token.key)
        return Spelling(words)


class _Form(NamedTuple):
    """What is known of a word form: what a token has, and the word if it may be misspelt."""

    folded: str
    key: str
    content: bool
    predicate: bool
    doubtful: Word | None = None


class _Forms(dict[str, _Form]):
    """The word forms met in texts of one language, by what was written."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __missing__(self, written: str) -> _Form:
        if len(self) >= _REMEMBERED:
            self.clear()
        form = self[written] = _form(fold(written), self._code)
        return form


_forms = lru_cache(maxsize=64)(_Forms)


def _form(folded: str, code: str) -> _Form:
    if folded[0].isdigit() and not any(c.isalpha() for c in folded):
        return _Form(folded, folded.rstrip("%").replace(",", "."), True, False)
    own = language(language_of_word(folded, code))
    word = own.analyse(folded)
    content = folded not in own.stopwords and word.lemma not in own.stopwords
    if len(folded) == 1 and "\u0400" <= folded <= "\u052f":
        content = False
    doubtful = word if content and not word.known and folded.isalpha() else None
    return _Form(folded, word.key, content, word.predicate, doubtful)


def _tokens(text: str, code: str, spelling: Spelling | None = None) -> list[Token]:
    """The words of a text, misspelt ones with the key of what they were meant to be."""
    forms = _forms(code)
    tokens = []
    end = 0
    pieces = iter(_TOKEN.split(text))
    for between, written in zip(pieces, pieces, strict=False):
        start = end + len(between)
        end = start + len(written)
        folded, key, content, predicate, doubtful = forms[written]
        corrected = None
        if doubtful and spelling is not None:
            meant = spelling.nearest(doubtful, folded)
            if meant is not None:
                corrected, key = meant
        tokens.append(Token(start, end, folded, key, content, predicate, False, corrected))
    return tokens


def _keys(text: str, code: str) -> tuple[str, ...]:
    """The keys of the words of a text."""
    forms = _forms(code)
    return tuple([forms[written].key for written in _TOKEN.findall(text)])


def _token_ranges(
    tokens: Sequence[Token], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The tokens of each statement, as first and last+1."""
    ranges = []
    last = 0
    for start, end in spans:
        first = bisect_left(tokens, start, last, key=attrgetter("start"))
        last = bisect_left(tokens, end, first, key=attrgetter("start"))
        ranges.append((first, last))
    return ranges
