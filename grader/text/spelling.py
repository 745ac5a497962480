"""Taking a misspelt word for the expected word it is nearest to."""

from __future__ import annotations

from collections.abc import Mapping

from grader.text.language import Word

__all__ = ["Spelling", "allowed_edits"]

# How many words are remembered with what they were taken for.
_REMEMBERED = 1 << 10


def allowed_edits(length: int) -> int:
    """How many edits a word of that length may be away: short words must be exact."""
    if length < 5:
        return 0
    return 1 if length < 8 else 2 if length < 12 else 3


class Spelling:
    """The words expected in an answer, and which of them a misspelt word means.

    Args:
        words: from a folded word form to its key.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)
        self._keys = frozenset(words.values())
        self._forms = list(self._words)
        self._nearest: dict[tuple[Word, str], tuple[str, str] | None] = {}

    def nearest(self, word: Word, folded: str) -> tuple[str, str] | None:
        """The expected form and its key, or None if the word is right or nothing is near.

        Words of the dictionary are never corrected; the first letter must agree, since that is
        the letter that writers get right and that tells short words apart.
        """
        try:
            return self._nearest[word, folded]
        except KeyError:
            if len(self._nearest) >= _REMEMBERED:
                self._nearest.clear()
            found = self._nearest[word, folded] = self._find(word, folded)
            return found

    def _find(self, word: Word, folded: str) -> tuple[str, str] | None:
        if word.known or word.key in self._keys or folded in self._words:
            return None
        limit = allowed_edits(len(folded))
        if not limit:
            return None
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        best: tuple[int, str] | None = None
        for form in {folded, word.lemma}:
            found = process.extractOne(
                form, self._forms, scorer=OSA.distance, score_cutoff=min(limit, 2)
            )
            if found is not None and found[0][:1] == folded[:1] and len(found[0]) >= 4:
                candidate = (int(found[1]), found[0])
                best = candidate if best is None else min(best, candidate)
        if best is None:
            return None
        return best[1], self._words[best[1]]
