"""Which words of a statement stand under a negation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from grader.text.language import language

if TYPE_CHECKING:
    from grader.text.analysis import Token

__all__ = ["mark_negated"]

_CLAUSE_ENDS = frozenset(",;:.!?—–()→>")


class _Rules(NamedTuple):
    """See :class:`grader.text.Language`."""

    negators: Mapping[str, int]
    not_negating: frozenset[tuple[str, str]]
    clause_breaks: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """Those of both languages, since a text may mix them."""
    ru, en = language("ru"), language("en")
    return _Rules(
        {**en.negators, **ru.negators},
        ru.not_negating | en.not_negating,
        ru.clause_breaks | en.clause_breaks,
    )


def mark_negated(
    tokens: list[Token], sentences: Sequence[tuple[int, int]], text: str
) -> list[Token]:
    """The tokens, with ``negated`` set on those in the reach of a negation.

    A negation reaches the next content words of its clause, as many as its language says; "not
    only" and its like are no negation. A second negation over the same word lifts the first.
    """
    negators, not_negating, clause_breaks = _rules()
    negating = [index for index, token in enumerate(tokens) if token.folded in negators]
    marked = list(tokens)
    for index in negating:
        negator = tokens[index].folded
        last = next((last for first, last in sentences if first <= index < last), index)
        following = tokens[index + 1].folded if index + 1 < last else ""
        if (negator, following) in not_negating:
            continue
        reach = negators[negator]
        for position in range(index + 1, last):
            between = text[tokens[position - 1].end : tokens[position].start]
            if not reach or _CLAUSE_ENDS.intersection(between):
                break
            token = marked[position]
            if token.folded in clause_breaks:
                break
            if token.content:
                marked[position] = replace(token, negated=not token.negated)
                reach -= 1
    return marked
