"""The same answer handed in by several respondents."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model import Answer, Flag
from grader.text import fold

__all__ = ["copied"]

# Two people may well write the same few words.
_SHORTEST_COPY = 60  # letters and digits


def copied(answers: Sequence[Answer]) -> dict[str, tuple[Flag, ...]]:
    """A flag for every answer whose words another respondent handed in to the same question.

    Case, punctuation and white space do not make a difference. The flag informs and costs
    nothing: who copied from whom, the texts do not say.
    """
    groups: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        letters = "".join(c for c in fold(answer.text) if c.isalnum())
        if len(letters) >= _SHORTEST_COPY:
            groups.setdefault((answer.question_id, letters), []).append(answer)
    flags: dict[str, tuple[Flag, ...]] = {}
    for group in groups.values():
        if len({answer.respondent for answer in group}) > 1:
            for answer in group:
                others = [a.id for a in group if a.respondent != answer.respondent]
                flags[answer.id] = (Flag("copy", 1.0, ", ".join(others[:5])),)
    return flags
