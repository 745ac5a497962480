"""What the grades of a run depend on: named, hashed, and summed up in one line."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from grader.answers import BadRow
from grader.cross_encoders import CrossEncoder
from grader.encoders import Encoder
from grader.engine.grader import Grader

__all__ = ["identity", "manifest", "now", "signature"]

# What a grade depends on, beside our own code.
_LIBRARIES = (
    *("numpy", "scikit-learn", "rapidfuzz", "pymorphy3", "pystemmer", "tokenizers"),
    "onnxruntime",
)


def now() -> str:
    """The time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def identity(grader: Grader, answers: str) -> dict[str, str]:
    """Everything the grades depend on, each under a name that users know.

    Args:
        answers: hash of the answers' source.
    """
    bank = grader.bank
    rubrics = [question.rubric for question in bank.questions.values()]
    calibrations = [grader.calibrations[rubric] for rubric in (False, True)]
    found = {
        "grader": version("answer-grader"),
        "bank": f"{bank.name}@{bank.sha256[:12]}",
        "rubrics": _short(rubrics),
        "answers": answers[:12],
        "encoder": _named(grader.encoder),
        "tier": grader.tier,
        "cross_encoder": _named(grader.cross_encoder),
        "weights": _short(grader.combination.weights),
        "calibration": _short(calibrations),
    }
    if grader.further:
        found["signals"] = ",".join(one.label for one in grader.further)
    return found


def signature(identity: Mapping[str, str]) -> str:
    """One line that names everything the grades depend on, options of the command left out."""
    named = (item for item in identity.items() if not item[0].startswith("--"))
    return "|".join(f"{name}:{value}" for name, value in named)


def manifest(
    grader: Grader,
    *,
    identity: Mapping[str, str],
    sha256: str,
    graded: int,
    bad: Sequence[BadRow],
    options: Mapping[str, Any],
    started: str,
    spent: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """The manifest of a finished run.

    Args:
        sha256: hash of the answers' source.
        graded: how many answers were graded.
        bad: the rows that were left out.
        options: what the user asked for.
        started: see :func:`now`.
        spent: what further signals have cost, of those that count it.
    """
    bank = grader.bank
    signals = [
        {"name": one.name, "version": one.signal.version, "weight": one.weight}
        for one in grader.further
    ]
    return {
        "signature": signature(identity),
        "identity": dict(identity),
        "versions": {name: version(name) for name in ("answer-grader", *_LIBRARIES)},
        "python": platform.python_version(),
        "bank": {
            "name": bank.name,
            "title": dict(bank.title),
            "scale": bank.scale,
            "topics": {id: dict(titles) for id, titles in bank.topics.items()},
            "sha256": bank.sha256,
            "questions": len(bank.questions),
        },
        "answers": {"sha256": sha256, "graded": graded, "left_out": len(bad)},
        "tier": grader.tier,
        "encoder": _encoder(grader.encoder),
        "cross_encoder": _model(grader.cross_encoder),
        "calibration": _calibration(grader),
        "weights": msgspec.to_builtins(grader.combination.weights),
        **({"signals": signals} if signals else {}),
        **({"spent": spent} if spent else {}),
        "options": dict(options),
        "bad_rows": [_bad_row(msgspec.to_builtins(row)) for row in bad],
        "started": started,
        "finished": now(),
    }


def _short(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:12]


def _calibration(grader: Grader) -> dict[str, Any]:
    """What it is, without the weights of single words, which may fill megabytes."""
    found = msgspec.to_builtins(list(grader.calibrations.values()))
    kept = [one and {n: v for n, v in one.items() if n != "exemplars"} for one in found]
    return dict(zip(("references", "rubric"), kept, strict=True))


def _named(model: Encoder | CrossEncoder | None) -> str:
    return "none" if model is None else f"{model.name}@{model.version}"


def _model(model: CrossEncoder | None) -> dict[str, Any] | None:
    return None if model is None else {"name": model.name, "version": model.version}


def _encoder(encoder: Encoder | None) -> dict[str, Any] | None:
    if encoder is None:
        return None
    return {"name": encoder.name, "version": encoder.version, "dimension": encoder.dimension}


def _bad_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row as reports show it; of the path only the file's name, which is nobody's secret."""
    path = row.get("path")
    return {**row, "path": Path(path).name if path else None}
