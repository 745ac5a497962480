"""Which words of a statement stand under a negation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.text.language import language

if TYPE_CHECKING:
    from grader.text.analysis import Token

__all__ = ["mark_negated"]

_CLAUSE_ENDS = frozenset(",;:.!?—–()→>")


def mark_negated(
    tokens: Sequence[Token], sentences: Sequence[tuple[int, int]], text: str
) -> list[Token]:
    """The tokens, with ``negated`` set on those in the reach of a negation.

    A negation reaches the next content words of its clause, as many as its language says; "not
    only" and its like are no negation. A second negation over the same word lifts the first.
    """
    ru, en = language("ru"), language("en")
    negators = {**en.negators, **ru.negators}
    exempt = ru.not_negating | en.not_negating
    breaks = ru.clause_breaks | en.clause_breaks
    marked = list(tokens)
    for first, last in sentences:
        for index in range(first, last):
            reach = negators.get(tokens[index].folded)
            if reach is None:
                continue
            following = tokens[index + 1].folded if index + 1 < last else ""
            if (tokens[index].folded, following) in exempt:
                continue
            for position in range(index + 1, last):
                between = text[tokens[position - 1].end : tokens[position].start]
                if not reach or _CLAUSE_ENDS.intersection(between):
                    break
                token = marked[position]
                if token.folded in breaks:
                    break
                if token.content:
                    marked[position] = replace(token, negated=not token.negated)
                    reach -= 1
    return marked
