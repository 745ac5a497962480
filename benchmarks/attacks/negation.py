"""The attack that turns predicates round: inserts *not*, or takes it out."""

from __future__ import annotations

import re
from itertools import pairwise

from attacks import words as table
from attacks.material import Edit, Material, Token, code, edited, enough, like, located, parse
from grader.text import fold, split_sentences

_RU_PIECE = re.compile(r"[^,;:()—–→\n]+")
_SUBORDINATES = "that|which|who|when|where|if|unless|while|until|whether|although"
_EDGE = rf"[,;:()\n]|\b(?:{_SUBORDINATES}|because|since|but|so)\b"
_EN_PIECE = re.compile(rf"(?:^|[,;:()\n]|(?={_EDGE}))[^,;:()\n]*?(?=$|{_EDGE})", re.IGNORECASE)
_EN_SUBORDINATE = re.compile(rf"\W*(?:{_SUBORDINATES})\b", re.IGNORECASE)


def negate(material: Material) -> str | None:
    """Turn the predicates of the main clauses round: insert *not*, or take it out.

    Where a sentence has predicates in subordinate clauses only ("a function that calls itself"),
    the first of those is turned.
    """
    turned = _negate_ru if code(material.text) == "ru" else _negate_en
    edits: list[Edit] = []
    for start, end in split_sentences(material.text):
        for a, b, new in turned(material.text[start:end]):
            old = material.text[a + start : b + start]
            edits.append((a + start, b + start, like(old, new)))
    return edited(material.text, edits) if enough(len(edits), material.text) else None


def _negate_ru(sentence: str) -> list[Edit]:
    main: list[Edit] = []
    rest: list[Edit] = []
    for piece in _RU_PIECE.finditer(sentence):
        found = located(piece.group(), piece.start())
        tokens = [(word.lower(), start, end) for word, start, end in found]
        names = [token[0] for token in tokens]
        subordinate = bool(table.RU_SUBORDINATE & set(names[:3]))
        (rest if subordinate else main).extend(_turned_ru(tokens))
    return main or _not_dash(sentence) or rest[:1]


def _turned_ru(tokens: list[Token]) -> list[Edit]:
    names = [token[0] for token in tokens]
    if table.RU_NEGATIVE & set(names) or ("не", "только") in pairwise(names):
        return []
    edits: list[Edit] = []
    for index, (word, start, end) in enumerate(tokens):
        before = names[index - 1] if index else ""
        if word in table.RU_TURNED:
            edits.append((start, end, table.RU_TURNED[word]))
        elif finite(word) and before == "не":
            edits.append((tokens[index - 1][1], end, word))
        elif finite(word) and before not in table.RU_TURNED:
            edits.append((start, end, f"не {word}"))
    return edits


def finite(word: str) -> bool:
    """A Russian form that makes a statement: a verb but no imperative, or a short adjective."""
    found = parse(word)
    if word in table.RU_NO_VERB or not found.is_known or found.score < 0.3:
        return False
    indicative = "VERB" in found.tag and "impr" not in found.tag
    return indicative or bool({"PRTS", "ADJS"} & found.tag.grammemes)


def _not_dash(sentence: str) -> list[Edit]:
    """«Дропаут — это приём» has no verb: the dash takes the negation."""
    found = re.search(
        r"[^\W\d]\)? [—–-] (?:это |то есть )?(?=[^\W\d])(?!это|не |когда|если|что|чтобы|где)",
        sentence,
    )
    return [(found.end(), found.end(), "не ")] if found and found.start() < 60 else []


def _negate_en(sentence: str) -> list[Edit]:
    main: list[Edit] = []
    rest: list[Edit] = []
    for piece in _EN_PIECE.finditer(sentence):
        found = located(piece.group(), piece.start())
        turned = _turned_en([(fold(word), start, end) for word, start, end in found])
        (rest if _EN_SUBORDINATE.match(piece.group()) else main).extend([turned] if turned else [])
    return main or rest[:1]


def _turned_en(tokens: list[Token]) -> Edit | None:
    """The one change that turns an English clause round: its first predicate or negation."""
    found = (_without_not(tokens, n) or _with_not(tokens, n) for n in range(len(tokens)))
    return next((edit for edit in found if edit), None)


def _without_not(tokens: list[Token], index: int) -> Edit | None:
    word, start, end = tokens[index]
    if word.endswith("n't"):
        return start, end, {"can't": "can", "won't": "will"}.get(word, word[:-3])
    if word == "not" and index:
        return tokens[index - 1][2], end, ""
    new = {"no": "some", "never": "always", "cannot": "can"}.get(word)
    return (start, end, new) if new else None


def _with_not(tokens: list[Token], index: int) -> Edit | None:
    word, start, end = tokens[index]
    after, _, after_end = tokens[index + 1] if tokens[index + 1 :] else ("", end, end)
    if after in {"not", "no", "never", "been"}:
        return None
    if word in {"can", "may", "might"}:
        return start, end, "cannot"
    if word in table.EN_AUXILIARY:
        narrowed = after in {"only", "just", "merely", "both"}
        return start, after_end if narrowed else end, f"{word} not"
    plain = _plain_verb(word, tokens[index - 1][0] if index else "")
    return (start, end, plain) if plain else None


def _plain_verb(word: str, before: str) -> str | None:
    base = table.EN_THIRD.get(word)
    if base and (base in table.EN_VERBS or before in table.EN_PRONOUNS):
        return f"does not {base}"
    plural = before in {"they", "you", "we", "these", "i"}
    return f"do not {word}" if plural and word in table.EN_THIRD.values() else None
