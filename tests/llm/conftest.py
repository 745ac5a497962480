"""A model server on loopback, and the questions that are put to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import ModelServer

from grader import Question, Translation


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def questions() -> list[Question]:
    return [
        Question(
            f"q{n}",
            f"Вопрос номер {n}?",
            ("ml",),
            ("Ответ.",),
            translations={"en": Translation(f"Question number {n}?")},
        )
        for n in range(8)
    ]
