"""Answers that are no answers: what no similarity should be allowed to reward.

Every rule states what it measures and what it costs; the factor multiplies the score. Rules that
need other answers (copies) look at the answers graded together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from grader.model import Flag
from grader.signals.measured import Measured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, Unit, language

__all__ = ["IntegritySignal"]

# Nothing but repeated and generic words is left of an echo; above this share something is new.
_ECHO = 0.34
_ADDED = 0.15
# So many expected words beside an admission of ignorance are an answer after all.
_SUBSTANCE = 3
_LIST_WORDS = 3.2
# Share of neighbouring terms that belong together: honest answers stay above the first.
_JOINED, _SCATTERED = 0.45, 0.2
_PAIRS = 8
_TOO_LONG = 8.0
_MANY_HIDDEN = 3
_SEPARATOR = re.compile(r"[,;\n\r|/•·]|\s[-–—]\s|\.\s")
# What every separator has one of.
_SEPARATING = re.compile(r"[,;\n\r|/•·\-–—.]")
_RELATION = re.compile(r"[(=≈<>→←⇒≤≥]|->|=>|\s[-–—]\s")
_CLAUSE = re.compile(r"[,;:.!?\n()]|\s[-–—]\s")
# A letter that may be neither Latin nor Cyrillic.
_FOREIGN = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u0400-\u052f]")
_CLASS = re.compile(r"\\[ws]")
_VOWELS = re.compile(r"[aeiouyаеёиоуыэюя]")


class _Asked:
    """What the rules need of a question, found once.

    Attributes:
        expected, asked: the keys of references and points, and of the question itself.
        words: the keys of the question's words one by one.
        added: for each reference and point, the keys that it adds to the question.
        lists: whether a reference is a mere list of terms, so that the question asks for one.
        scripts: the scripts of the letters that need no reason.
        length: tokens of the longest reference, or of all points together.
    """

    def __init__(self, question: PreparedQuestion) -> None:
        self.question = question
        self.expected, self.asked = question.expected_keys, question.asked_keys
        self.words = question.asked_words
        texts = (*question.references, *(t for point in question.points for t in point.texts))
        self.added = [frozenset(text.keys) - self.asked for text in texts]
        self.lists = any(_strung_together(text) for text in question.references)
        letters = {c for text in (*question.asked, *question.references) for c in text.text}
        self.scripts = frozenset({"latin", "cyrillic", *map(_script, letters)})
        lengths = [len(text.tokens) for text in question.references]
        self.length = max(*lengths, sum(len(p.texts[0].tokens) for p in question.points), 0)


class IntegritySignal:
    """Empty, echo, keyword list, admitted ignorance, gibberish, too long, hidden characters."""

    name = "integrity"

    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        asked = self._asked.get(question.question.id)
        if asked is None or asked.question is not question:
            asked = self._asked[question.question.id] = _Asked(question)
        return [Measured(flags=tuple(_flags(asked, answer))) for answer in answers]


def _flags(asked: _Asked, answer: Text) -> list[Flag]:
    if not any(token.folded for token in answer.tokens):
        return [Flag("empty", 0.0)]
    return [flag for rule in _RULES if (flag := rule(asked, answer)) is not None]


def _dont_know(asked: _Asked, answer: Text) -> Flag | None:
    """Admitted ignorance, unless the rest of the answer says enough to be judged."""
    text = answer.text.replace("’", "'")
    admitted = [
        _clause(text, *found.span())
        for pattern in _may_admit(text)
        for found in pattern.finditer(text)
    ]
    if not admitted:
        return None
    substance = [
        unit
        for unit in answer.units
        if unit.key in asked.expected
        and unit.key not in asked.asked
        and not any(a <= answer.tokens[unit.first].start < b for a, b in admitted)
    ]
    start, end = admitted[0]
    factor = 1.0 if len(substance) >= _SUBSTANCE else 0.1
    return Flag("dont_know", factor, answer.text[start:end].strip())


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a stretch of text."""
    before = [found.end() for found in _CLAUSE.finditer(text, 0, start)]
    after = _CLAUSE.search(text, end)
    return (before[-1] if before else 0), (after.start() if after else len(text))


@lru_cache(maxsize=1 << 16)
def _odd(word: str) -> bool:
    """Whether next to none or nearly all of a word's letters are vowels."""
    vowels = len(_VOWELS.findall(word)) / len(word)
    return (word.isascii() or "а" <= word[0] <= "я") and not 0.12 <= vowels <= 0.8


def _may_admit(text: str) -> list[re.Pattern[str]]:
    """The patterns of admitted ignorance that may occur in a text, found by one pass over it."""
    patterns, wider = _dont_know_patterns()
    # RE2 reads UTF-8, which has no halves of surrogate pairs.
    found = wider.Match(text.encode("utf-8", "replace"))
    return [patterns[number] for number in sorted(found or ())]


@lru_cache(maxsize=1)
def _dont_know_patterns() -> tuple[tuple[re.Pattern[str], ...], Any]:
    """The patterns, and an RE2 set of the same made wider, as RE2 knows ASCII words only."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    wider = re2.Set.SearchSet(options)
    patterns = [pattern for code in ("ru", "en") for pattern in language(code).dont_know]
    for pattern in patterns:
        wider.Add(_CLASS.sub("(?s:.)", pattern.replace(r"\b", "")))
    wider.Compile()
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns), wider


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    return language("ru").generic | language("en").generic


def _echo(asked: _Asked, answer: Text) -> Flag | None:
    """The question said again: next to nothing in the answer is new."""
    generic, tokens = _generic(), answer.tokens
    units = [unit for unit in answer.units if tokens[unit.first].folded not in generic]
    if len(units) < 3:
        return None
    new = [
        unit
        for unit in units
        if unit.key not in asked.asked
        and (tokens[unit.first].key not in asked.words or not _by_words(asked, answer, unit))
    ]
    share = len(new) / len(units)
    if share <= _ECHO and _added({unit.key for unit in new}, asked) < _ADDED:
        return Flag("question_echo", 0.1, f"{1 - share:.0%}")
    return None


def _added(new: set[str], asked: _Asked) -> float:
    """Of what a reference adds to the question, the share that the answer adds too; the best."""
    shares = [1.0] if any(key[:1].isdigit() for key in new & asked.expected) else [0.0]
    shares += [len(added & new) / len(added) if added else 1.0 for added in asked.added]
    return max(shares)


def _by_words(asked: _Asked, answer: Text, unit: Unit) -> bool:
    """Whether the question says all words of the unit, one by one."""
    words = answer.tokens[unit.first : unit.first + unit.words]
    return all(word.key in asked.words for word in words)


def _keyword_list(asked: _Asked, answer: Text) -> Flag | None:
    """Terms strung together without a statement that relates them.

    A question whose reference is itself such a list asks for one.
    """
    found = _strung_together(answer)
    return None if found is None or asked.lists else Flag("keyword_list", 0.15, found)


def _strung_together(text: Text) -> str | None:
    """The measurement that makes a text a mere list; None if it is none."""
    tokens = text.tokens
    if len(tokens) < 4:
        return None
    predicates = sum([token.predicate for token in tokens])
    unrelated = len(tokens) // 15
    # At most so many pieces; few statements are short enough to need a closer look.
    most = 1 + len(_SEPARATING.findall(text.text))
    if predicates > max(unrelated, most // 5):
        return None
    pieces = [p for p in _SEPARATOR.split(text.text) if any(c.isalnum() for c in p)]
    words = len(tokens) / max(1, len(pieces))
    related = predicates + len(_RELATION.findall(text.text))
    function_words = sum(not token.content for token in tokens) / len(tokens)
    fragments = words <= _LIST_WORDS and related <= len(pieces) // 5
    if fragments and len(pieces) >= 4 and function_words < (0.2 if len(pieces) < 6 else 0.35):
        return f"{len(pieces)}×{words:.1f}"
    if not text.language.stopwords:
        return None  # of the language only stems are known: it cannot be told what relates words
    if len(tokens) >= 6 and related <= unrelated and function_words < 0.12:
        return f"{function_words:.0%}"
    return None


def _incoherent(asked: _Asked, answer: Text) -> Flag | None:
    """Right terms joined as no reference joins them: shuffled words, fluent nonsense.

    Of the neighbouring expected terms in the answer's statements, how many pairs stand together
    in some statement of the references or key points.
    """
    joined, expected = asked.question.joined_keys, asked.expected
    pairs = together = 0
    for units in answer.unit_sentences:
        keys = [unit.key for unit in units if unit.key in expected]
        for left, right in itertools.pairwise(keys):
            if left != right:
                pairs += 1
                together += right in joined.get(left, ())
    if pairs < _PAIRS:
        return None
    share = (together + 1) / (pairs + 1)
    if share >= _JOINED:
        return None
    factor = max(0.25, 0.25 + 0.75 * (share - _SCATTERED) / (_JOINED - _SCATTERED))
    return Flag("incoherent", round(factor, 3), f"{together}/{pairs}")


def _gibberish(asked: _Asked, answer: Text) -> Flag | None:
    """Strings that are no words of any language known here."""
    known = asked.question.words
    tokens = [t for t in answer.tokens if len(t.folded) > 3 and t.folded.isalpha()]
    if not tokens:
        return None
    words = [token.folded for token in tokens]
    odd = sum([_odd(token.folded) for token in tokens if token.key not in known])
    if odd / len(words) > 0.5 and len(words) >= 2:
        return Flag("gibberish", 0.0, f"{odd}/{len(words)}")
    repeated = 1 - len(set(words)) / len(words)
    if len(words) >= 12 and repeated > 0.8:
        return Flag("gibberish", 0.1, f"{repeated:.0%}")
    return None


def _wrong_language(asked: _Asked, answer: Text) -> Flag | None:
    """Letters of a script that neither the question nor its references use."""
    if _FOREIGN.search(answer.text) is None:
        return None
    letters = [c for c in answer.text if c.isalpha()]
    if len(letters) < 10:
        return None
    foreign = sum(_script(c) not in asked.scripts for c in letters) / len(letters)
    if foreign > 0.5:
        return Flag("wrong_language", 0.1, f"{foreign:.0%}")
    return None


@lru_cache(maxsize=1 << 12)
def _script(character: str) -> str:
    import unicodedata

    return unicodedata.name(character, "?").split()[0].lower() if character.isalpha() else ""


def _too_long(asked: _Asked, answer: Text) -> Flag | None:
    """Far longer than any reference: everything said, nothing answered. Only informs."""
    if asked.length and len(answer.tokens) > max(_TOO_LONG * asked.length, 400):
        return Flag("too_long", 0.8, f"{len(answer.tokens)}/{asked.length}")
    return None


def _hidden(asked: _Asked, answer: Text) -> Flag | None:
    """Invisible characters and look-alike letters: read through, and shown."""
    count = answer.normalized.hidden + answer.normalized.folded
    if count >= _MANY_HIDDEN:
        return Flag("hidden_characters", 1.0, str(count))
    return None


_RULES: tuple[Callable[[_Asked, Text], Flag | None], ...] = (
    _dont_know,
    _echo,
    _keyword_list,
    _incoherent,
    _gibberish,
    _wrong_language,
    _too_long,
    _hidden,
)
