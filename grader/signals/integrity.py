"""Answers that are no answers: what no similarity should be allowed to reward.

Every rule states what it measures and what it costs; the factor multiplies the score. Rules that
need other answers (copies) look at the answers graded together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

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
_RELATION = re.compile(r"[(=≈<>→←⇒≤≥]|->|=>|\s[-–—]\s")
_CLAUSE = re.compile(r"[,;:.!?\n()]|\s[-–—]\s")
_VOWELS = re.compile(r"[aeiouyаеёиоуыэюя]")


class IntegritySignal:
    """Empty, echo, keyword list, admitted ignorance, gibberish, too long, hidden characters."""

    name = "integrity"

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        return [Measured(flags=tuple(self._flags(question, answer))) for answer in answers]

    def _flags(self, question: PreparedQuestion, answer: Text) -> list[Flag]:
        if not any(token.folded for token in answer.tokens):
            return [Flag("empty", 0.0)]
        rules = (
            _dont_know,
            _echo,
            _keyword_list,
            _incoherent,
            _gibberish,
            _wrong_language,
            _too_long,
            _hidden,
        )
        return [flag for rule in rules if (flag := rule(question, answer)) is not None]


def _dont_know(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Admitted ignorance, unless the rest of the answer says enough to be judged."""
    admitted = [
        _clause(answer.text, *found.span())
        for pattern in _dont_know_patterns()
        for found in pattern.finditer(answer.text.replace("’", "'"))
    ]
    if not admitted:
        return None
    substance = [
        unit
        for unit in answer.units
        if unit.key in question.expected_keys
        and unit.key not in question.asked_keys
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


def _odd(word: str) -> bool:
    """Whether next to none or nearly all of a word's letters are vowels."""
    vowels = len(_VOWELS.findall(word)) / len(word)
    return (word.isascii() or "а" <= word[0] <= "я") and not 0.12 <= vowels <= 0.8


@lru_cache(maxsize=1)
def _dont_know_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for code in ("ru", "en")
        for pattern in language(code).dont_know
    )


def _echo(question: PreparedQuestion, answer: Text) -> Flag | None:
    """The question said again: next to nothing in the answer is new."""
    generic = language("ru").generic | language("en").generic
    units = [u for u in answer.units if answer.tokens[u.first].folded not in generic]
    if len(units) < 3:
        return None
    new = [unit for unit in units if not _asked(question, answer, unit)]
    share = len(new) / len(units)
    if share <= _ECHO and _added({unit.key for unit in new}, question) < _ADDED:
        return Flag("question_echo", 0.1, f"{1 - share:.0%}")
    return None


def _added(new: set[str], question: PreparedQuestion) -> float:
    """Of what a reference adds to the question, the share that the answer adds too; the best."""
    shares = [1.0] if any(key[:1].isdigit() for key in new & question.expected_keys) else [0.0]
    for text in (*question.references, *(t for point in question.points for t in point.texts)):
        adds = set(text.keys) - question.asked_keys
        shares.append(len(adds & new) / len(adds) if adds else 1.0)
    return max(shares)


def _asked(question: PreparedQuestion, answer: Text, unit: Unit) -> bool:
    """Whether the question says the unit, as a whole or by its words."""
    words = answer.tokens[unit.first : unit.first + unit.words]
    return unit.key in question.asked_keys or all(w.key in question.asked_words for w in words)


def _keyword_list(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Terms strung together without a statement that relates them.

    A question whose reference is itself such a list asks for one.
    """
    found = _strung_together(answer)
    if found is None or any(_strung_together(text) for text in question.references):
        return None
    return Flag("keyword_list", 0.15, found)


def _strung_together(text: Text) -> str | None:
    """The measurement that makes a text a mere list; None if it is none."""
    tokens = text.tokens
    if len(tokens) < 4:
        return None
    pieces = [p for p in _SEPARATOR.split(text.text) if any(c.isalnum() for c in p)]
    words = len(tokens) / max(1, len(pieces))
    related = sum(token.predicate for token in tokens) + len(_RELATION.findall(text.text))
    function_words = sum(not token.content for token in tokens) / len(tokens)
    fragments = words <= _LIST_WORDS and related <= len(pieces) // 5
    if fragments and len(pieces) >= 4 and function_words < (0.2 if len(pieces) < 6 else 0.35):
        return f"{len(pieces)}×{words:.1f}"
    if not text.language.stopwords:
        return None  # of the language only stems are known: it cannot be told what relates words
    if len(tokens) >= 6 and related <= len(tokens) // 15 and function_words < 0.12:
        return f"{function_words:.0%}"
    return None


def _incoherent(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Right terms joined as no reference joins them: shuffled words, fluent nonsense.

    Of the neighbouring expected terms in the answer's statements, how many pairs stand together
    in some statement of the references or key points.
    """
    joined = question.joined_keys
    pairs = together = 0
    for units in answer.unit_sentences:
        keys = [unit.key for unit in units if unit.key in question.expected_keys]
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


def _gibberish(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Strings that are no words of any language known here."""
    tokens = [t for t in answer.tokens if t.folded.isalpha() and len(t.folded) > 3]
    if not tokens:
        return None
    words = [token.folded for token in tokens]
    odd = sum(_odd(token.folded) for token in tokens if token.key not in question.words)
    repeated = 1 - len(set(words)) / len(words)
    if odd / len(words) > 0.5 and len(words) >= 2:
        return Flag("gibberish", 0.0, f"{odd}/{len(words)}")
    if len(words) >= 12 and repeated > 0.8:
        return Flag("gibberish", 0.1, f"{repeated:.0%}")
    return None


def _wrong_language(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Letters of a script that neither the question nor its references use."""
    letters = [c for c in answer.text if c.isalpha()]
    if len(letters) < 10:
        return None
    known = {"latin", "cyrillic"} | {
        _script(c) for text in (*question.asked, *question.references) for c in text.text
    }
    foreign = sum(_script(c) not in known for c in letters) / len(letters)
    if foreign > 0.5:
        return Flag("wrong_language", 0.1, f"{foreign:.0%}")
    return None


@lru_cache(maxsize=1 << 12)
def _script(character: str) -> str:
    import unicodedata

    return unicodedata.name(character, "?").split()[0].lower() if character.isalpha() else ""


def _too_long(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Far longer than any reference: everything said, nothing answered. Only informs."""
    expected = max((len(text.tokens) for text in question.references), default=0)
    expected = max(expected, sum(len(p.texts[0].tokens) for p in question.points))
    if expected and len(answer.tokens) > max(_TOO_LONG * expected, 400):
        return Flag("too_long", 0.8, f"{len(answer.tokens)}/{expected}")
    return None


def _hidden(question: PreparedQuestion, answer: Text) -> Flag | None:
    """Invisible characters and look-alike letters: read through, and shown."""
    count = answer.normalized.hidden + answer.normalized.folded
    if count >= _MANY_HIDDEN:
        return Flag("hidden_characters", 1.0, str(count))
    return None
