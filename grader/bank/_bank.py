"""The bank as the rest of grader sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from grader.errors import BankError
from grader.files import did_you_mean, quoted
from grader.model import Question

__all__ = ["Bank"]


class Bank(msgspec.Struct, frozen=True):
    """Questions with reference answers, rubrics and topics. Does not change once loaded.

    Attributes:
        name: short name, such as "ds-interview".
        title: what reports call the bank, by language code; may be empty.
        language: language code of questions that name none.
        scale: scores 0..1 are shown as 0..scale.
        topics: titles by language code, by topic id; topics without titles are not in it.
        questions: by question id, in the bank's order; at least one.
        terms: lists of words and phrases that mean the same, from the bank's ``terms.yaml``.
        sha256: hash of the contents of all files the bank was made from, as 64 hexadecimal
            digits; moving or renaming files does not change it.
    """

    name: str
    title: Mapping[str, str]
    language: str
    scale: float
    topics: Mapping[str, Mapping[str, str]]
    questions: Mapping[str, Question]
    terms: tuple[tuple[str, ...], ...]
    sha256: str

    @classmethod
    def load(cls, source: str | Path, rubrics: str | Path | None = None) -> Bank:
        """The bank in a file or folder, or one that comes with grader.

        Args:
            source: a bundled bank's name, a folder, or a .yaml, .yml, .json or .jsonl file. Of a
                text that is a bundled name the bundled bank is meant; write ``./name`` for a
                folder that is called the same.
            rubrics: a rubric file or a folder of them, which takes precedence over key points in
                the bank. If not given: the bundled rubrics for a bundled bank, else the folder
                ``rubrics`` inside the bank's folder if there is one.

        Raises:
            BankError: in one line what is wrong, with file, line and field.
        """
        from ._known import load

        return load(source, rubrics)

    @staticmethod
    def bundled() -> list[str]:
        """Names of the banks that come with grader, sorted."""
        from ._find import bundled_banks

        return sorted(bundled_banks())

    def question(self, question_id: str) -> Question:
        """The question of that id.

        Raises:
            BankError: there is none; names the nearest id.
        """
        try:
            return self.questions[question_id]
        except KeyError:
            hint = did_you_mean(question_id, self.questions)
            raise BankError(
                f"no question {quoted(question_id)} in bank {self.name!r}{hint}"
            ) from None

    def topic_title(self, topic: str, language: str) -> str:
        """A topic's title in that language, else in the bank's or any, else its id as words."""
        titles = self.topics.get(topic, {})
        for code in (language, self.language, *titles):
            if code in titles:
                return titles[code]
        return topic.replace("_", " ")
