"""A lexicon of equivalent terms: батч, batch, пакет and the like count as the same."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

__all__ = ["TermLexicon", "Unit", "bundled_terms"]


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A stretch of words compared as one: a term of the lexicon or a single word.

    The key of a term is its canonical name with "=" before it, which no word has.
    """

    first: int
    words: int
    key: str


class TermLexicon:
    """Finds terms in a sequence of word keys and gives each its canonical name.

    Args:
        groups: equivalents; the first of a group is its canonical name.
        keys_of: from a term as written to the keys of its words.
    """

    def __init__(
        self, groups: Iterable[Sequence[str]], keys_of: Callable[[str], tuple[str, ...]]
    ) -> None:
        # By the first key of a term: how many keys it has, its keys, its canonical name.
        self._by_first: dict[str, list[tuple[int, tuple[str, ...], str]]] = {}
        seen: set[tuple[str, ...]] = set()
        for group in groups:
            if not group:
                continue
            canonical = "=" + group[0].casefold()
            for term in group:
                keys = keys_of(term)
                if keys and keys not in seen:
                    seen.add(keys)
                    self._by_first.setdefault(keys[0], []).append((len(keys), keys, canonical))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -entry[0])

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._by_first.values())

    def units(
        self, keys: tuple[str, ...], content: Sequence[bool], first: int, last: int
    ) -> list[Unit]:
        """The terms of one statement, longest first from the left, and its words of content.

        Args:
            keys, content: of all words of a text.
            first, last: the statement, as its first and last+1 word.
        """
        units = []
        by_first = self._by_first
        free = first
        for index in range(first, last):
            if index < free:
                continue
            key = keys[index]
            if key in by_first:
                for words, term, canonical in by_first[key]:
                    end = index + words
                    if end <= last and keys[index:end] == term:
                        units.append(Unit(index, words, canonical))
                        free = end
                        break
            if index >= free and content[index]:
                units.append(Unit(index, 1, key))
        return units


@lru_cache(maxsize=1)
def bundled_terms() -> tuple[tuple[str, ...], ...]:
    """The lexicon that comes with the package: data science in Russian and English.

    Its file is YAML of one shape only, a group in brackets a line, and read as such: a hundred
    times quicker than by a parser of YAML.
    """
    lines = Path(__file__).with_name("data").joinpath("terms.yaml").read_text(encoding="utf-8")
    groups = [line[3:-1] for line in lines.splitlines() if line.startswith("- [")]
    return tuple(map(tuple, csv.reader(groups, skipinitialspace=True)))
