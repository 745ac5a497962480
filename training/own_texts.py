"""The project's own texts, and what is made of them to fit the embedded encoder on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["OwnTexts", "misspelt", "own_texts", "sentences", "term_phrases", "windows"]

_JOINS = (
    *((" и ", " and "), (", ", ", "), (" для ", " for "), (" в ", " in ")),
    *((" через ", " through "), (" — это ", " is "), (" and ", " and "), (" или ", " or ")),
)
# Keys beside each other on the Russian keyboard.
_BESIDE = {
    "а": "пвк",
    "о": "рлщ",
    "е": "кнр",
    "и": "мтп",
    "т": "иьо",
    "н": "егр",
    "с": "чмы",
    "р": "оеп",
    "в": "аыу",
    "л": "одш",
    "м": "сип",
    "д": "лжю",
    "п": "арк",
    "к": "уен",
    "у": "цк",
    "я": "фч",
    "ы": "цв",
    "ь": "тб",
    "г": "нш",
    "з": "щх",
    "б": "ью",
    "ч": "яс",
    "й": "цф",
    "х": "зъ",
    "ж": "дэ",
    "ш": "гщ",
    "ю": "бэ",
    "ц": "йу",
    "щ": "шз",
    "э": "жю",
    "ф": "яы",
}


@dataclass(frozen=True)
class OwnTexts:
    """Texts without a translation, (text, English translation) pairs, and lines of equal terms."""

    texts: list[str]
    pairs: list[tuple[str, str]]
    terms: list[list[str]]


def own_texts(root: Path, without: str = "") -> OwnTexts:
    """Bank, rubrics, sample answers, written training answers and the lexicon of terms.

    Args:
        root: the project's folder.
        without: leave out the files whose path below ``root`` this regular expression finds.
    """
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")

    def files(pattern: str) -> Iterator[Path]:
        for path in sorted(root.glob(pattern)):
            if not (without and re.search(without, str(path.relative_to(root)))):
                yield path

    texts: list[str] = []
    pairs: list[tuple[str, str]] = []
    for path in files("datasets/ds-interview/*.yaml"):
        for question in (yaml.load(path) or {}).get("questions", []):
            english = question.get("translations", {}).get("en", {})
            ours = [question["question"], *question["references"]]
            theirs = [english.get("question"), *english.get("references", [])]
            pairs += zip(ours, theirs, strict=False)
    for path in files("rubrics/*.yaml"):
        for rubric in yaml.load(path)["rubrics"]:
            points = rubric.get("key_points", []) + rubric.get("misconceptions", [])
            pairs += [(p["text"], p.get("translations", {}).get("en")) for p in points]
    for path in files("datasets/samples/*.jsonl"):
        texts += [row["answer"] for row in _rows(path)]
    for path in files("datasets/training/*.jsonl"):
        for row in _rows(path):
            texts += [row["question"], row["reference"]]
            texts += [part["text"] for part in row["points"] + row["answers"]]
    terms = yaml.load(root / "grader" / "text" / "data" / "terms.yaml")
    texts += [first for first, second in pairs if not second]
    return OwnTexts(
        sorted({text.strip() for text in texts if text.strip()}),
        sorted({(first.strip(), second.strip()) for first, second in pairs if second}),
        [[str(term) for term in line] for line in terms],
    )


def _rows(path: Path) -> list[Any]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def sentences(text: str) -> list[str]:
    """Its sentences of more than a dozen letters."""
    parts = re.split(r"(?<=[.!?;:])\s+|\n+", text)
    return [part.strip() for part in parts if len(part.strip()) > 12]


def windows(texts: Iterable[str], random: np.random.Generator) -> list[str]:
    """Random stretches of three to nine words, one for every four words."""
    found = []
    for text in texts:
        words = text.split()
        for _ in range(max(1, len(words) // 4)):
            length = int(random.integers(3, 10))
            if len(words) > length:
                start = int(random.integers(0, len(words) - length + 1))
                found.append(" ".join(words[start : start + length]))
    return found


def misspelt(text: str, random: np.random.Generator, share: float = 0.2) -> str:
    """The text with a slip of the keyboard in this share of its longer words."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 3 and random.random() < share:
            at = int(random.integers(1, len(word) - 1))
            words[place] = _slip(word, at, random)
    return " ".join(words)


def _slip(word: str, at: int, random: np.random.Generator) -> str:
    kind = random.random()
    if kind < 0.3:
        return word[:at] + word[at + 1 :]
    if kind < 0.55:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.8 and (keys := _BESIDE.get(word[at].lower())):
        return word[:at] + keys[int(random.integers(len(keys)))] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def term_phrases(
    terms: Sequence[Sequence[str]], count: int, random: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Each term, then two or three joined by a little word.

    Returns:
        Phrases with the terms in any language, and the same with the first of each line, which is
        the English name and the one that a teacher trained mostly on English knows best.
    """
    mixed = [term for line in terms for term in line]
    plain = [line[0] for line in terms for _ in line]
    while len(mixed) < count:
        lines = [terms[int(i)] for i in random.integers(0, len(terms), int(random.integers(2, 4)))]
        ours, theirs = _JOINS[int(random.integers(len(_JOINS)))]
        mixed.append(ours.join(line[int(random.integers(len(line)))] for line in lines))
        plain.append(theirs.join(line[0] for line in lines))
    return mixed, plain
