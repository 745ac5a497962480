"""Attacks and invariances of one graded set, and how its grades take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from agreement import Scores
from data import GradedSet

from attacks.invariances import INVARIANCES
from attacks.kinds import ATTACKS
from attacks.material import Material, code
from attacks.words import IGNORANCE
from grader.model import Answer

UNCHANGED_FULL = "full-mark answers as they are (no attack)"
UNCHANGED_ZERO = "zero answers as they are (no attack)"
# Genuine answers that say the same in other words or another language, where a set has them.
SAID_OTHERWISE = ("full_paraphrase", "paraphrase", "english", "translated")


@dataclass(frozen=True)
class Made:
    """A made text, and the index of the genuine answer it was made from, if any."""

    kind: str
    answer: Answer
    origin: int | None


@dataclass(frozen=True)
class Results:
    """What one set gave: rows of attacks, invariances and genuine paraphrases, by name."""

    name: str
    bars: dict[str, float]
    attacks: dict[str, dict[str, Any]]
    invariances: dict[str, dict[str, Any]]
    otherwise: dict[str, dict[str, Any]]


# ---------------------------------------------------------------------------------------- making


def full_marks(data: GradedSet) -> list[int]:
    """Indices of the answers that people gave full marks, or of the best quarter."""
    full = [n for n, human in enumerate(data.human) if human >= 0.95]
    if len(full) >= 10:
        return full
    order = sorted(range(len(data.human)), key=lambda n: -data.human[n])
    return sorted(order[: max(1, len(order) // 4)])


def zeros(data: GradedSet) -> list[tuple[str, str, int | None]]:
    """Question and text of every zero answer; ignorance where a question has none."""
    found: list[tuple[str, str, int | None]] = [
        (answer.question_id, answer.text, n)
        for n, (answer, human) in enumerate(zip(data.answers, data.human, strict=True))
        if human <= 0.1 and answer.text.strip()
    ]
    have = {question for question, _, _ in found}
    asked = dict.fromkeys(answer.question_id for answer in data.answers)
    for question in asked:
        if question not in have:
            spoken = code(" ".join(data.bank.questions[question].references))
            found.append((question, IGNORANCE[spoken], None))
    return found


def ignorance(data: GradedSet) -> list[Answer]:
    """The zero answers that stand in for genuine ones, as they are."""
    made_up = [(id, text) for id, text, origin in zeros(data) if origin is None]
    return [Answer(id=f"ignorance/{id}", question_id=id, text=text) for id, text in made_up]


def material(data: GradedSet, question_id: str, text: str, seed: str) -> Material:
    question = data.bank.questions[question_id]
    others = (q.references for q in data.bank.questions.values() if q.id != question_id)
    return Material(text, question.text, question.references, sum(others, ()), seed)


def attacks(data: GradedSet) -> list[Made]:
    """Every attack on every source it is made from; what stayed unchanged is left out."""
    best = [(data.answers[n], n) for n in full_marks(data)]
    asked = dict.fromkeys(answer.question_id for answer in data.answers)
    sources: dict[str, Sequence[tuple[str, str, int | None]]] = {
        "full": [(a.question_id, a.text, n) for a, n in best if a.text.strip()],
        "zero": zeros(data),
        "question": [(id, data.bank.questions[id].text, None) for id in asked],
    }
    made: list[Made] = []
    for kind, attack in ATTACKS.items():
        for question_id, text, origin in sources[attack.source]:
            unchanged = text if attack.source != "question" else None
            new = attack.make(material(data, question_id, text, kind))
            made += _made(kind, question_id, new, unchanged, origin, len(made))
    return made


def invariances(data: GradedSet) -> list[Made]:
    """Every invariance on every genuine answer."""
    made: list[Made] = []
    for kind, make in INVARIANCES.items():
        for n, answer in enumerate(data.answers):
            if answer.text.strip():
                new = make(material(data, answer.question_id, answer.text, kind))
                made += _made(kind, answer.question_id, new, answer.text, n, len(made))
    return made


def _made(
    kind: str, question_id: str, text: str | None, old: str | None, origin: int | None, number: int
) -> list[Made]:
    if not text or text == old:
        return []
    return [Made(kind, Answer(id=f"{kind}/{number}", question_id=question_id, text=text), origin)]


def extended(data: GradedSet, made: Sequence[Made]) -> GradedSet:
    """The genuine answers, then the made ones, for whom nought stands as the human grade."""
    more = len(made)
    return replace(
        data,
        answers=data.answers + [m.answer for m in made],
        human=data.human + [0.0] * more,
        kinds=data.kinds + [m.kind for m in made],
    )


# ------------------------------------------------------------------------------------- measuring


def measured(
    data: GradedSet,
    made: Sequence[Made],
    grades: Mapping[str, Scores],
    ignorant: Mapping[str, float | None],
) -> Results:
    """What the genuine answers and then the made ones were graded, by grader, as rows.

    Args:
        ignorant: our grades of ``ignorance(data)``, by question.
    """
    genuine = len(data.answers)
    full = full_marks(data)
    bars = {name: median([scores[n] for n in full]) for name, scores in grades.items()}
    ours = grades["grader"]
    rows: dict[str, dict[str, Any]] = {}
    zero = [n for n, human in enumerate(data.human) if human <= 0.1]
    groups = {UNCHANGED_FULL: full, UNCHANGED_ZERO: zero}
    groups |= {kind: places_of(made, kind, genuine) for kind in ATTACKS}
    for kind, places in groups.items():
        if places:
            passed = {g: share([s[n] for n in places], bars[g]) for g, s in grades.items()}
            rows[kind] = {"n": len(places), "pass": passed, "mean": mean([ours[n] for n in places])}
            rows[kind] |= {"drop": dropped(_before_and_after(made, ours, genuine, kind))["drop"]}
        if places and kind in ATTACKS and ATTACKS[kind].source == "zero":
            sources = [made[n - genuine] for n in places]
            before = [_unchanged(source, ours, ignorant) for source in sources]
            rows[kind] |= controlled(before, [ours[n] for n in places], bars["grader"])
    drops = {
        kind: dropped(pairs)
        for kind in INVARIANCES
        if (pairs := _before_and_after(made, ours, genuine, kind))
    }
    return Results(data.name, bars, rows, drops, otherwise(data, ours))


def _unchanged(made: Made, ours: Scores, ignorant: Mapping[str, float | None]) -> float | None:
    """Our grade of the zero answer that this was made from."""
    return ignorant[made.answer.question_id] if made.origin is None else ours[made.origin]


def controlled(before: Scores, after: Scores, bar: float) -> dict[str, float]:
    """What passes unchanged, and what passes only since it was attacked: shares of all."""
    passed = [[score is not None and score >= bar for score in side] for side in (before, after)]
    won = [now and not then for then, now in zip(*passed, strict=True)]
    return {"control": share(before, bar), "net": float(np.mean(won))}


def places_of(made: Sequence[Made], kind: str, offset: int) -> list[int]:
    return [n + offset for n, m in enumerate(made) if m.kind == kind]


def _before_and_after(
    made: Sequence[Made], ours: Scores, genuine: int, kind: str
) -> list[tuple[float | None, float | None]]:
    """Grades of the genuine answers that a kind was made from, and of what was made."""
    own = [(n, made[n].origin) for n in places_of(made, kind, 0)]
    return [(ours[origin], ours[genuine + n]) for n, origin in own if origin is not None]


def otherwise(data: GradedSet, ours: Scores) -> dict[str, dict[str, Any]]:
    """Mean human minus mean grade of genuine answers that say the same in other words."""
    found = {}
    for kind in SAID_OTHERWISE:
        places = [n for n, own in enumerate(data.kinds) if own == kind]
        if places:
            found[kind] = dropped([(data.human[n], ours[n]) for n in places])
    return found


def dropped(pairs: Sequence[tuple[float | None, float | None]]) -> dict[str, Any]:
    falls = [before - after for before, after in pairs if before is not None and after is not None]
    return {
        "n": len(falls),
        "drop": float(np.mean(falls)) if falls else None,
        "far": float(np.mean([fall > 0.1 for fall in falls])) if falls else None,
    }


def median(scores: Scores) -> float:
    return float(np.median([score for score in scores if score is not None]))


def mean(scores: Scores) -> float | None:
    known = [score for score in scores if score is not None]
    return float(np.mean(known)) if known else None


def share(scores: Scores, bar: float) -> float:
    """Of all: what is not judged has not passed."""
    return float(np.mean([score is not None and score >= bar for score in scores]))
