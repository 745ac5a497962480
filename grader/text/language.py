"""What the rest of the package needs to know of a language, and where to find it.

A language is one file beside this one, with a ``LANGUAGE``. A language without a file of its own
still works: its words are stemmed if Snowball has a stemmer for it, and compared as they are if
not.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Language", "Word", "fold", "language", "language_of_word"]


class Word(NamedTuple):
    """One word form, analysed.

    Attributes:
        lemma: the dictionary form, case folded, ё as е.
        key: what related forms have in common; words are the same when their keys are.
        predicate: True if the form alone can make a statement (a finite verb and the like).
        known: True if the dictionary has it; None where there is no dictionary.
    """

    lemma: str
    key: str
    predicate: bool
    known: bool | None


@dataclass(frozen=True)
class Language:
    """A language as data.

    Attributes:
        code: ISO 639-1.
        analyse: from a folded word form to a :class:`Word`.
        memory: the words analysed so far, where analysing is slow. Another process may be given
            them to begin with.
        stopwords: folded words that carry no content.
        negators: folded words that negate, with the number of content words they reach.
        not_negating: pairs of folded words that look like a negation and are none.
        opposites: axes of meaning; each has two poles of words (``*`` at the end: a prefix).
        attenuators: words (``*``: prefixes) that nearly negate: hardly, slowly.
        clause_breaks: conjunctions that end the reach of a negation.
        abbreviations: folded, without the final full stop; they do not end a sentence.
        dont_know: regular expressions of admitted ignorance.
        generic: folded word forms that could stand in an answer to any question.
    """

    code: str
    analyse: Callable[[str], Word]
    memory: MutableMapping[str, Word] | None = None
    stopwords: frozenset[str] = frozenset()
    negators: Mapping[str, int] = field(default_factory=dict)
    not_negating: frozenset[tuple[str, str]] = frozenset()
    opposites: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    attenuators: tuple[str, ...] = ()
    clause_breaks: frozenset[str] = frozenset()
    abbreviations: frozenset[str] = frozenset()
    dont_know: tuple[str, ...] = ()
    generic: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[Callable[[str], Language], tuple[str]]:
        """Pickled by its code, since its analyser may be no function of a module."""
        return language, (self.code,)


# The languages with a file of their own, and the script by which a word is given to one of them.
_OWN = {"ru": "grader.text.ru", "en": "grader.text.en"}
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip


def fold(text: str) -> str:
    """Case folded, ё as е, typographic apostrophes as typed ones: how words are compared."""
    return text.casefold().replace("ё", "е").replace("’", "'")


@lru_cache(maxsize=64)
def language(code: str) -> Language:
    """The language of that code; a plain one if it has neither a file nor a stemmer."""
    if code in _OWN:
        found = importlib.import_module(_OWN[code]).LANGUAGE
        assert isinstance(found, Language)
        return found
    return Language(code=code, analyse=snowball(_SNOWBALL[code]) if code in _SNOWBALL else _as_is)


def language_of_word(folded: str, hint: str) -> str:
    """Which language a word belongs to: by its script, then by the language of the text.

    A word that cannot be of the text's language is of none ("und"), and compared as it is.
    """
    first = next((c for c in folded if c.isalpha()), "")
    if "\u0400" <= first <= "\u052f":
        return hint if hint in {"uk", "be", "bg", "sr", "mk", "kk"} else "ru"
    if "a" <= first <= "z" or "\u00c0" <= first <= "\u024f":
        return hint if hint not in {"ru", "uk", "be", "bg", "mk", "kk"} else "en"
    return hint if hint not in _OWN else "und"


def snowball(algorithm: str) -> Callable[[str], Word]:
    """An analyser that only stems."""
    import Stemmer

    stemmer = Stemmer.Stemmer(algorithm)

    @lru_cache(maxsize=1 << 16)
    def analyse(folded: str) -> Word:
        stem = stemmer.stemWord(folded)
        return Word(folded, stem, False, None)

    return analyse


def _as_is(folded: str) -> Word:
    return Word(folded, folded, False, None)
