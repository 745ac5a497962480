"""What tests of several parts share: the bundled bank, graders, and an encoder that is real."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

import grader
from grader import Answer, Bank, Grade, Grader, Question, load_encoder, read_answers
from grader.bank import samples
from grader.encoders import Encoder
from grader.text import Analyzer, fold

# Shared machines are slow at times, and a red build should be red the next time too.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

EMBEDDED = Path(grader.__file__).parent / "encoders" / "data" / "static-multi-128"


class HashingEncoder:
    """Sums of signed hashes of letter trigrams: small, deterministic, and good enough to rank."""

    name = "hashing"
    version = "1"
    dimension = 256

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in fold(text).split():
                letters = "".join(c for c in word if c.isalnum())
                for start in range(max(0, len(letters) - 2)):
                    digest = hashlib.blake2b(letters[start : start + 3].encode()).digest()
                    vector[digest[0]] += 1.0 if digest[1] & 1 else -1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-9), np.float32)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither use nor fill the user's cache."""
    os.environ["GRADER_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def hashing() -> Encoder:
    return HashingEncoder()


@pytest.fixture(scope="session")
def encoder(hashing: Encoder) -> Encoder:
    """The embedded encoder where the package has it."""
    if not (EMBEDDED / "model.safetensors").exists():
        return hashing
    loaded = load_encoder("embedded")
    assert loaded is not None
    return loaded


@pytest.fixture(scope="session")
def embedded() -> Path:
    """The folder of the embedded encoder; a test that needs it is skipped where it is not."""
    if not (EMBEDDED / "model.safetensors").exists():
        pytest.skip("the package has no embedded encoder")
    return EMBEDDED


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture(scope="session")
def bundled() -> Bank:
    return Bank.load("ds-interview")


@pytest.fixture(scope="session")
def plain(bundled: Bank) -> Grader:
    """Grades by words alone."""
    return Grader(bundled, encoder=None, tier="fast")


@pytest.fixture(scope="session")
def full(bundled: Bank, encoder: Encoder) -> Grader:
    return Grader(bundled, encoder=encoder, tier="fast")


@pytest.fixture(scope="session")
def sampled(bundled: Bank) -> list[Answer]:
    """The sample answers to the bundled bank: strong, middling, weak, dishonest."""
    return list(read_answers(samples("ds-interview"), known_questions=bundled.questions).answers)


@pytest.fixture(scope="session")
def sample_grades(plain: Grader, sampled: list[Answer]) -> list[Grade]:
    return plain.grade_all(sampled)


def _bank_of(*questions: Question, terms: Sequence[Sequence[str]] = ()) -> Bank:
    return Bank(
        name="small",
        title={},
        language=questions[0].language,
        scale=1.0,
        topics={},
        questions={question.id: question for question in questions},
        terms=tuple(tuple(group) for group in terms),
        sha256="0" * 64,
    )


@pytest.fixture(scope="session")
def bank_of() -> Callable[..., Bank]:
    """A bank of these questions."""
    return _bank_of
