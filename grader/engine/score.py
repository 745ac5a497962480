"""From a bank and a set of answers to a run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from grader.answers import AnswerSet
from grader.cross_encoders import CrossEncoder
from grader.encoders import Encoder
from grader.engine.grader import Grader
from grader.run import Run, RunQuestion

__all__ = ["score"]

# What a grade depends on, beside our own code.
_LIBRARIES = (
    *("numpy", "scikit-learn", "rapidfuzz", "pymorphy3", "pystemmer", "tokenizers"),
    "onnxruntime",
)


def score(
    grader: Grader,
    answers: AnswerSet,
    *,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Grade the answers and keep with the grades everything they depend on.

    Args:
        options: what the user asked for, recorded in the manifest.
        progress: called with the number of answers graded since the last call.
    """
    started = datetime.now(UTC)
    grades = grader.grade_all(answers.answers, progress=progress)
    asked = {grade.question_id for grade in grades}
    questions = {
        id: RunQuestion.of(question, grader.key_points(id))
        for id, question in grader.bank.questions.items()
        if id in asked
    }
    manifest = {
        "signature": signature(grader, answers),
        "versions": {name: version(name) for name in ("answer-grader", *_LIBRARIES)},
        "python": platform.python_version(),
        "bank": {
            "name": grader.bank.name,
            "title": dict(grader.bank.title),
            "scale": grader.bank.scale,
            "topics": {id: dict(titles) for id, titles in grader.bank.topics.items()},
            "sha256": grader.bank.sha256,
            "questions": len(grader.bank.questions),
        },
        "answers": {
            "sha256": answers.sha256,
            "graded": len(answers.answers),
            "left_out": len(answers.bad),
        },
        "tier": grader.tier,
        "encoder": _encoder(grader),
        "cross_encoder": _model(grader.cross_encoder),
        "calibration": _calibration(grader),
        "weights": msgspec.to_builtins(grader.combination.weights),
        "options": dict(options or {}),
        "bad_rows": [_bad_row(msgspec.to_builtins(row)) for row in answers.bad],
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return Run(grades=tuple(grades), questions=questions, manifest=manifest)


def signature(grader: Grader, answers: AnswerSet) -> str:
    """One line that names everything the grades depend on."""
    weights = msgspec.json.encode(grader.combination.weights)
    calibration = msgspec.json.encode([grader.calibrations[rubric] for rubric in (False, True)])
    encoder = grader.encoder
    parts = {
        "grader": version("answer-grader"),
        "bank": f"{grader.bank.name}@{grader.bank.sha256[:12]}",
        "answers": answers.sha256[:12],
        "encoder": _named(encoder),
        "tier": grader.tier,
        "cross_encoder": _named(grader.cross_encoder),
        "weights": hashlib.sha256(weights).hexdigest()[:12],
        "calibration": hashlib.sha256(calibration).hexdigest()[:12],
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _calibration(grader: Grader) -> dict[str, Any]:
    """What it is, without the weights of single words, which may fill megabytes."""
    found = msgspec.to_builtins(list(grader.calibrations.values()))
    kept = [one and {n: v for n, v in one.items() if n != "exemplars"} for one in found]
    return dict(zip(("references", "rubric"), kept, strict=True))


def _named(model: Encoder | CrossEncoder | None) -> str:
    return "none" if model is None else f"{model.name}@{model.version}"


def _model(model: CrossEncoder | None) -> dict[str, Any] | None:
    return None if model is None else {"name": model.name, "version": model.version}


def _encoder(grader: Grader) -> dict[str, Any] | None:
    encoder = grader.encoder
    if encoder is None:
        return None
    return {"name": encoder.name, "version": encoder.version, "dimension": encoder.dimension}


def _bad_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row as reports show it; of the path only the file's name, which is nobody's secret."""
    path = row.get("path")
    return {**row, "path": Path(path).name if path else None}
