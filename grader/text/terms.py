"""A lexicon of equivalent terms: батч, batch, пакет and the like count as the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import resources

__all__ = ["TermLexicon", "bundled_terms"]


class TermLexicon:
    """Finds terms in a sequence of word keys and gives each its canonical name.

    Args:
        groups: equivalents; the first of a group is its canonical name.
        keys_of: from a term as written to the keys of its words.
    """

    def __init__(
        self, groups: Iterable[Sequence[str]], keys_of: Callable[[str], tuple[str, ...]]
    ) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        seen: set[tuple[str, ...]] = set()
        for group in groups:
            if not group:
                continue
            canonical = "=" + group[0].casefold()
            for term in group:
                keys = keys_of(term)
                if keys and keys not in seen:
                    seen.add(keys)
                    self._by_first.setdefault(keys[0], []).append((keys, canonical))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._by_first.values())

    def find(self, keys: Sequence[str]) -> list[tuple[int, int, str]]:
        """Terms in ``keys``, longest first from the left: (first word, words, canonical name)."""
        found: list[tuple[int, int, str]] = []
        index = 0
        while index < len(keys):
            for term, canonical in self._by_first.get(keys[index], ()):
                if len(term) == 1 or tuple(keys[index : index + len(term)]) == term:
                    found.append((index, len(term), canonical))
                    index += len(term)
                    break
            else:
                index += 1
        return found


@lru_cache(maxsize=1)
def bundled_terms() -> tuple[tuple[str, ...], ...]:
    """The lexicon that comes with the package: data science in Russian and English."""
    from ruamel.yaml import YAML

    text = resources.files("grader.text").joinpath("data/terms.yaml").read_text(encoding="utf-8")
    groups = YAML(typ="safe", pure=True).load(text)
    return tuple(tuple(str(term) for term in group) for group in groups)
