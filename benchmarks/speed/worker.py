"""One row of the comparison, measured once, in a process of its own.

    python -m speed.worker ROW FOLDER MODELS THREADS ANSWERS

FOLDER holds ``questions.json`` and ``answers.jsonl``. The first answers, one to each question, warm
up and are not timed; the next ANSWERS are, or, if that is 0, three times as many as before until
they take long enough. The last line printed is a JSON object.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from speed.material import Row, read_questions
from speed.ours import OURS
from speed.peers import PEERS, Score, Setting, Texts

__all__ = ["measured"]

_LONG_ENOUGH = 2.0  # seconds
_STEP = 3


def measured(
    name: str, folder: Path, models: Path, threads: int, answers: int, scratch: Path
) -> dict[str, Any]:
    """Load seconds, then seconds and processor seconds of so many answers."""
    setting = Setting(read_questions(folder / "questions.json"), models, threads)
    with (folder / "answers.jsonl").open(encoding="utf-8") as file:

        def following(number: int) -> Texts:
            lines = list(islice(file, number))
            path = scratch / "answers.jsonl"
            path.write_text("".join(lines), encoding="utf-8")
            return Texts([Row(**json.loads(line)) for line in lines], path)

        first, others = following(1), len(setting.questions) - 1
        started = time.perf_counter()
        try:
            score = {**OURS, **PEERS}[name](setting)
        except ModuleNotFoundError as error:
            return {"skipped": f"not installed: {error.name}"}
        score(first)
        load = time.perf_counter() - started
        score(following(others))
        found = _timed(score, following(answers or others + 1))
        while not answers and found["seconds"] < _LONG_ENOUGH:
            texts = following(found["answers"] * _STEP)
            if len(texts.rows) < found["answers"] * _STEP:
                break
            found = _timed(score, texts)
    return {"load": load, **found}


def _timed(score: Score, texts: Texts) -> dict[str, Any]:
    before, started = _cpu(), time.perf_counter()
    scores = score(texts)
    seconds = time.perf_counter() - started
    return {
        "answers": len(texts.rows),
        "seconds": seconds,
        "cpu": _cpu() - before,
        # By which one sees that it did compare something.
        "mean_score": statistics.fmean(scores) if scores else None,
    }


def _cpu() -> float:
    """Seconds of processor time of this process and of those it started that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    row, place, weights, threads, answers = sys.argv[1:]
    with TemporaryDirectory() as name:
        found = measured(row, Path(place), Path(weights), int(threads), int(answers), Path(name))
    print("\n" + json.dumps(found))
