"""Unicode normalization that keeps track of where every character came from."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["Normalized", "normalize"]

# Characters that writers do not mean. Control characters; then invisible ones: soft hyphen,
# zero-width and bidirectional controls, variation selectors, tags. Joiners matter to some scripts
# but never to comparing words.
_UNMEANT = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_HIDDEN = re.compile(f"[{_UNMEANT}]")
# Stress marks over Cyrillic vowels ("нейро́н"), which no dictionary has.
_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301]")
_HIDDEN_OR_ACCENT = re.compile(f"[\u0300\u0301{_UNMEANT}]")
# Characters that stay as they are, up to one that the next may change.
_PLAIN = re.compile("[\t\n\r -~А-Яа-яЁё]+(?=[\t\n\r -~А-Яа-яЁё])")
_WORD = re.compile(r"[^\W\d_]+")
# Where Cyrillic meets another script inside a word, and where Greek does. Each begins with one
# set of characters that most texts have few of, which makes the search quick.
_AT_CYRILLIC = re.compile(
    r"[^\x00-@\u0400-\u052f](?:(?=[\u0400-\u052f])|(?<=[\u0400-\u052f].))(?<=[^\W\d_])"
)
_AT_GREEK = re.compile(r"[\u0370-\u03ff](?:(?=[^\W\d_\u0370-\u03ff])|(?<=[^\W\d_\u0370-\u03ff].))")

# Letters that look alike in Latin and Cyrillic (Unicode confusables, the ones that occur in words).
_TO_CYRILLIC = dict(zip("AaBCcEeHKMOoPpTXxyYik", "АаВСсЕеНКМОоРрТХхуУік", strict=True))
_TO_LATIN = dict(zip("АаВСсЕеНКМОоРрТХхуУіѕјԁԛԝһ", "AaBCcEeHKMOoPpTXxyYisjdqwh", strict=True))
_GREEK_LOOKALIKE = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))


class Normalized(NamedTuple):
    """A text made comparable.

    Attributes:
        text: the normalized text.
        offsets: for each of its characters, the index of the source character, and one more entry
            for the end; None when the text did not change.
        hidden: how many invisible or control characters were dropped.
        folded: how many look-alike letters were put back into the script of their word.
    """

    text: str
    offsets: tuple[int, ...] | None
    hidden: int
    folded: int

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that ``text[start:end]`` came from."""
        if self.offsets is None:
            return start, end
        # Up to the next character, so that marks composed into the last one stay with it.
        last = max(self.offsets[end - 1] + 1, self.offsets[end]) if end > start else 0
        return self.offsets[start], last or self.offsets[end]


def normalize(text: str) -> Normalized:
    """NFKC, without invisible characters, every word in one script.

    A word that mixes Cyrillic with look-alike Latin letters ("нeйрон" with a Latin e) is folded
    into the script that most of its letters unmistakably belong to.
    """
    hidden = 0
    composed = unicodedata.is_normalized("NFKC", text)
    if _HIDDEN_OR_ACCENT.search(text):
        hidden = len(_HIDDEN.findall(text))
        composed = composed and not hidden and not _STRESS.search(text)
    if composed and not _mixes_scripts(text):
        return Normalized(text, None, 0, 0)
    characters, offsets = (list(text), None) if composed else _compose(text)
    folded = _fold_scripts(characters)
    if offsets is None and not folded:
        return Normalized(text, None, 0, 0)
    positions = tuple(offsets) if offsets is not None else tuple(range(len(text) + 1))
    return Normalized("".join(characters), positions, hidden, folded)


def _compose(text: str) -> tuple[list[str], list[int]]:
    """NFKC by clusters of a base character and its marks, so that offsets stay known."""
    characters: list[str] = []
    offsets: list[int] = []
    index, length = 0, len(text)
    while index < length:
        plain = _PLAIN.match(text, index)
        if plain:
            characters += plain.group()
            offsets += range(index, plain.end())
            index = plain.end()
        end = index + 1
        while end < length and _continues(text[end]):
            end += 1
        cluster = _HIDDEN.sub("", text[index:end])
        for character in _STRESS.sub("", unicodedata.normalize("NFKC", cluster)):
            characters.append(character)
            offsets.append(index)
        index = end
    offsets.append(length)
    return characters, offsets


def _continues(character: str) -> bool:
    """Whether the character may compose with the one before: a mark, a vowel or final of Hangul."""
    return bool(unicodedata.combining(character)) or "\u1161" <= character <= "\u11ff"


def _mixes_scripts(text: str) -> bool:
    """Whether a word of the text may have letters of two scripts."""
    return not text.isascii() and bool(_AT_CYRILLIC.search(text) or _AT_GREEK.search(text))


def _fold_scripts(characters: list[str]) -> int:
    """Put look-alike letters back into the script of their word; return how many."""
    text = "".join(characters)
    folded = 0
    for word in _WORD.finditer(text):
        letters = word.group()
        if not _mixes_scripts(letters):
            continue
        latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
        cyrillic = sum("\u0400" <= c <= "\u052f" for c in letters)
        greek = sum(c in _GREEK_LOOKALIKE for c in letters)
        if (latin > 0) + (cyrillic > 0) + (greek > 0) < 2:
            continue
        firm_latin = sum(c.isascii() and c not in _TO_CYRILLIC for c in letters)
        firm_cyrillic = sum("\u0400" <= c <= "\u052f" and c not in _TO_LATIN for c in letters)
        if firm_latin and firm_cyrillic:
            continue  # a real mixture such as "SQLзапрос": leave it
        table = _TO_CYRILLIC if firm_cyrillic >= firm_latin and cyrillic >= latin else _TO_LATIN
        if firm_cyrillic and not firm_latin:
            table = _TO_CYRILLIC
        elif firm_latin and not firm_cyrillic:
            table = _TO_LATIN
        for position, letter in enumerate(letters, word.start()):
            plain = _GREEK_LOOKALIKE.get(letter, letter)
            replacement = table.get(plain, plain)
            if replacement != letter:
                characters[position] = replacement
                folded += 1
    return folded
