"""From a text to what the signals compare: words with keys, statements, negation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.text.language import Language, fold, language, language_of_word
from grader.text.negation import mark_negated
from grader.text.normalize import Normalized, normalize
from grader.text.sentences import split_sentences
from grader.text.spelling import Spelling
from grader.text.terms import TermLexicon, bundled_terms

__all__ = ["Analyzer", "Text", "Token", "Unit"]

# Chinese and Japanese write without spaces: every character is compared by itself.
_UNSPACED = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Vowel signs and points that stand inside words but are no letters to ``\w``.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0963\u0971-\u0dff\u0e31-\u0e4e"
)
_TOKEN = re.compile(
    rf"\d+(?:[.,]\d+)*%?|[{_UNSPACED}]|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*"
    rf"(?:['’][^\W\d_{_UNSPACED}]+)*(?:\+\+|#)?"
)


@dataclass(frozen=True, slots=True)
class Token:
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


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of words compared as one: a term of the lexicon or a single word."""

    first: int
    words: int
    key: str


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
        return tuple(unit.key for unit in self.units)

    @cached_property
    def unit_sentences(self) -> tuple[tuple[Unit, ...], ...]:
        """The units of every statement."""
        return tuple(
            tuple(u for u in self.units if first <= u.first < last)
            for first, last in self.sentences
        )

    def negated(self, unit: Unit) -> bool:
        """Whether any word of the unit stands in the reach of a negation."""
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
    """Analyses texts. Holds no state that a call changes; share one for a whole bank.

    Args:
        terms: equivalents beside the bundled ones; they come first.
        bundled: whether the bundled lexicon is used.
    """

    def __init__(self, terms: Iterable[Sequence[str]] = (), *, bundled: bool = True) -> None:
        groups = [tuple(group) for group in terms]
        if bundled:
            groups += bundled_terms()
        self._lexicon = TermLexicon(groups, self._term_keys)

    def analyse(self, text: str, language_code: str, spelling: Spelling | None = None) -> Text:
        """Analyse ``text``, taken to be in that language where a word's script leaves it open.

        Args:
            spelling: the words expected in this text; misspelt words are taken for them.
        """
        normalized = normalize(text)
        main = language(language_code)
        tokens = self._tokens(normalized.text, language_code)
        if spelling is not None:
            tokens = [self._correct(token, spelling, language_code) for token in tokens]
        spans = split_sentences(normalized.text)
        sentences = _token_ranges(tokens, spans)
        tokens = mark_negated(tokens, sentences, normalized.text)
        keys = [token.key for token in tokens]
        units: list[Unit] = []
        for first, last in sentences:
            terms = {start: (n, key) for start, n, key in self._lexicon.find(keys[first:last])}
            index = first
            while index < last:
                words, key = terms.get(index - first, (1, tokens[index].key))
                if words > 1 or key[:1] == "=" or tokens[index].content:
                    units.append(Unit(index, words, key))
                index += words
        return Text(
            text, normalized, tuple(tokens), tuple(sentences), tuple(spans), tuple(units), main
        )

    def phrase(self, phrase: str, language_code: str) -> tuple[tuple[str, bool], ...]:
        """A keyword phrase as (key or prefix, is it a prefix), terms merged, stopwords kept."""
        words = [w for w in re.split(r"[\s\-_/]+", normalize(phrase).text) if w]
        parts: list[tuple[str, bool]] = []
        for word in words:
            if word.endswith("*"):
                parts.append((fold(word[:-1]), True))
            else:
                parts += [(t.key, False) for t in self._tokens(word, language_code)]
        if any(prefix for _, prefix in parts):
            return tuple(parts)
        keys = [key for key, _ in parts]
        merged: list[tuple[str, bool]] = []
        terms = {start: (n, key) for start, n, key in self._lexicon.find(keys)}
        index = 0
        while index < len(keys):
            count, key = terms.get(index, (1, keys[index]))
            merged.append((key, False))
            index += count
        return tuple(merged)

    def spelling(self, texts: Iterable[tuple[str, str]]) -> Spelling:
        """The expected words: those of the (text, language) pairs."""
        words: dict[str, str] = {}
        for text, code in texts:
            for token in self._tokens(normalize(text).text, code):
                if token.content and token.folded.isalpha():
                    words.setdefault(token.folded, token.key)
                    lemma = language(language_of_word(token.folded, code)).analyse(token.folded)
                    words.setdefault(lemma.lemma, token.key)
        return Spelling(words)

    def _term_keys(self, term: str) -> tuple[str, ...]:
        return tuple(t.key for t in self._tokens(normalize(term).text, "ru"))

    def _tokens(self, text: str, code: str) -> list[Token]:
        tokens = []
        for match in _TOKEN.finditer(text):
            folded = fold(match.group())
            if folded[0].isdigit() and not any(c.isalpha() for c in folded):
                number = folded.rstrip("%").replace(",", ".")
                tokens.append(Token(match.start(), match.end(), folded, number, True, False))
                continue
            own = language(language_of_word(folded, code))
            word = own.analyse(folded)
            content = folded not in own.stopwords and word.lemma not in own.stopwords
            if len(folded) == 1 and "\u0400" <= folded <= "\u052f":
                content = False
            tokens.append(
                Token(match.start(), match.end(), folded, word.key, content, word.predicate)
            )
        return tokens

    def _correct(self, token: Token, spelling: Spelling, code: str) -> Token:
        if not token.content or not token.folded.isalpha():
            return token
        word = language(language_of_word(token.folded, code)).analyse(token.folded)
        found = spelling.nearest(word, token.folded)
        if found is None:
            return token
        expected, key = found
        return replace(token, key=key, corrected=expected)


def _token_ranges(
    tokens: Sequence[Token], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The tokens of each statement, as first and last+1."""
    ranges = []
    index = 0
    for start, end in spans:
        while index < len(tokens) and tokens[index].start < start:
            index += 1
        first = index
        while index < len(tokens) and tokens[index].start < end:
            index += 1
        ranges.append((first, index))
    return ranges
