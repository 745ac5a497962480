"""The systems that runs hold: each respondent of each run, and its scores by question."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import RunError
from grader.files import did_you_mean, quoted
from grader.run import Outcome, Run

__all__ = [
    "MOST_SYSTEMS",
    "Key",
    "NamedRun",
    "System",
    "differing",
    "find",
    "nearest_answers",
    "run_names",
    "systems",
]

MOST_SYSTEMS = 50
"""More can hardly be read side by side."""

NamedRun = tuple[str, Run]
"""A run and the path or name that the user knows it by."""

_OWN = "answers"  # what differs between runs that are to be compared


class Key(NamedTuple):
    """Which system: the run's place among the runs, and the respondent."""

    run: int
    respondent: str | None


class System:
    """One respondent of one run.

    Attributes:
        key: which.
        label: what it is called, on one line; no two have the same.
        answers: how many, scored or not.
        scores: of each question's answers that have one.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.label = ""
        self.answers = 0
        self.scores: dict[str, array[float]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count an answer."""
        self.answers += 1
        if outcome.score is not None:
            self.scores.setdefault(outcome.question_id, array("d")).append(outcome.score)

    @cached_property
    def means(self) -> dict[str, float]:
        """Mean score of each question with scored answers."""
        return {id: math.fsum(scores) / len(scores) for id, scores in self.scores.items()}


def systems(runs: Sequence[NamedRun]) -> list[System]:
    """Every respondent of every run, in the order in which they occur.

    Raises:
        RunError: there are fewer than 2 or very many, a run has no answers or is named twice, or
            a grade cannot be read.
    """
    found: dict[Key, System] = {}
    for number, (name, run) in enumerate(runs):
        before = len(found)
        for outcome in run.outcomes():
            key = Key(number, outcome.respondent)
            if key not in found:
                if len(found) == MOST_SYSTEMS:
                    what = f"more than {MOST_SYSTEMS} respondents; compare runs of fewer"
                    raise RunError(what, path=name, field="respondent")
                found[key] = System(key)
            found[key].add(outcome)
        if len(found) == before:
            raise RunError("the run has no answers", path=name)
    made = list(found.values())
    _name(made, run_names(runs))
    if len(made) < 2:
        only = quoted(made[0].label)
        raise RunError(f"a comparison needs two runs or respondents; there is only {only}")
    return made


def run_names(runs: Sequence[NamedRun]) -> list[str]:
    """What each run is called: its folder's name, or its path where two folders share one."""
    paths = [name for name, _ in runs]
    folders = [Path(path).resolve().name or path for path in paths]
    return paths if len(set(folders)) < len(folders) else folders


def _name(found: Sequence[System], runs: Sequence[str]) -> None:
    """Label each by its respondent, or its run where that is nobody or tells nothing apart."""
    for system in found:
        run, respondent = runs[system.key.run], system.key.respondent
        system.label = _on_one_line(run if respondent is None else respondent)
    for system in _alike(found):
        parts = (runs[system.key.run], system.key.respondent)
        system.label = _on_one_line(":".join(part for part in parts if part is not None))
    if alike := _alike(found):
        raise RunError(f"{quoted(alike[0].label)} is there twice; name each run once")


def _alike(found: Sequence[System]) -> list[System]:
    times = Counter(system.label for system in found)
    return [system for system in found if times[system.label] > 1]


def _on_one_line(label: str) -> str:
    return " ".join(label.split()) or repr(label)


def find(label: str, among: Sequence[System]) -> System:
    """The system with this label.

    Raises:
        RunError: there is none; suggests the nearest.
    """
    for system in among:
        if system.label == _on_one_line(label):
            return system
    labels = [system.label for system in among]
    near = did_you_mean(label, labels) or f"; there are {', '.join(map(quoted, labels))}"
    raise RunError(f"no {quoted(label)} to compare with{near}")


def differing(runs: Sequence[NamedRun]) -> dict[str, list[str]]:
    """What the grades of the runs depend on and do not share: each run's, by name.

    Answers and what decides how they are read are a run's own.
    """
    known = [_identity(run.manifest) for _, run in runs]
    names = dict.fromkeys(name for identity in known for name in identity)
    found = {name: [identity.get(name, "?") for identity in known] for name in names}
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _identity(manifest: Mapping[str, Any]) -> dict[str, str]:
    found = manifest.get("identity")
    if not isinstance(found, Mapping):
        return {"signature": str(manifest.get("signature") or "?")}
    own = {name: value for name, value in found.items() if not name.startswith("--")}
    return {name: str(value) for name, value in own.items() if name != _OWN}


def nearest_answers(
    runs: Sequence[NamedRun], wanted: Mapping[Key, Collection[str]], among: Sequence[System]
) -> dict[tuple[Key, str], Outcome]:
    """For each wanted question of a system the answer nearest to its mean, the first of equals.

    Raises:
        RunError: a grade cannot be read.
    """
    means = {system.key: system.means for system in among}
    found: dict[tuple[Key, str], tuple[float, Outcome]] = {}
    for number, (_, run) in enumerate(runs):
        for outcome in run.outcomes():
            key = Key(number, outcome.respondent)
            question = outcome.question_id
            if outcome.score is None or question not in wanted.get(key, ()):
                continue
            away = round(abs(outcome.score - means[key][question]), 9)
            before = found.get((key, question))
            if before is None or away < before[0]:
                found[key, question] = away, outcome
    return {place: outcome for place, (_, outcome) in found.items()}
