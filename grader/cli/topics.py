"""The questions of a bank that are on certain topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.bank import Bank
    from grader.model import Question

__all__ = ["on_topics"]

_NONE = {
    "ru": "нет вопросов по теме «{topic}»; темы: {topics}",
    "en": "no questions on the topic '{topic}'; topics: {topics}",
}


def on_topics(bank: Bank, topics: Sequence[str], language: str) -> list[Question]:
    """Questions on any of the topics, in the bank's order; all if no topic is named.

    Args:
        topics: ids or titles, with or without "#".
        language: of the message.

    Raises:
        BankError: there is none on one of them.
    """
    questions = list(bank.questions.values())
    if not topics:
        return questions
    found: set[str] = set()
    for topic in topics:
        own = {question.id for question in questions if _is_on(bank, question, topic)}
        if not own:
            raise _unknown(topic, questions, language)
        found |= own
    return [question for question in questions if question.id in found]


def _is_on(bank: Bank, question: Question, topic: str) -> bool:
    wanted = topic.lstrip("#").casefold()
    return any(
        wanted in {own.casefold(), *(t.casefold() for t in bank.topics.get(own, {}).values())}
        for own in question.topics
    )


def _unknown(topic: str, questions: Sequence[Question], language: str) -> Exception:
    from grader.errors import BankError

    known = ", ".join(dict.fromkeys(own for question in questions for own in question.topics))
    return BankError(_NONE[language].format(topic=topic, topics=known), field="topic")
