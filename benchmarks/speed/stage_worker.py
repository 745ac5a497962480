"""Where the time of an answer goes, and how far each stage is from the least it could take.

    python -m speed.stage_worker ANSWERS MODEL_ANSWERS SEED

The last line printed is a JSON object. Times are seconds of processor time of all threads; NumPy
and its like must have been started with one thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader import Bank, Grader, read_answers
from grader.cross_encoders import CrossEncoder, Pair
from grader.cross_encoders.embedded import EmbeddedCrossEncoder
from grader.model import Answer
from grader.run import encode_grade
from grader.text import Text
from speed.floors import bandwidth, int8_peak, model_operations, pair_lengths, peak
from speed.material import BANK, rows, write_answers
from speed.ours import TIERS

__all__ = ["Watched", "stages"]

_TIMES = 5


class Watched:
    """A grading model that keeps what it was asked and how long it took.

    Attributes:
        pairs: all that it was asked.
        cpu: seconds of processor time.
    """

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self.name, self.version = model.name, model.version
        self.pairs: list[Pair] = []
        self.cpu = 0.0

    def judge(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        started = time.process_time()
        found = self._model.judge(pairs)
        self.cpu += time.process_time() - started
        self.pairs += pairs
        return found


def stages(number: int, with_model: int, seed: int) -> dict[str, Any]:
    """Seconds of processor time an answer by stage, with the least it could take.

    Args:
        number: of answers for the tier fast.
        with_model: of answers for the others.
    """
    read = bandwidth()
    bank = Bank.load(BANK)
    with TemporaryDirectory() as name:
        path = Path(name, "answers.jsonl")
        write_answers(rows(seed), number, path)
        size = path.stat().st_size
        asked = {id: question.text for id, question in bank.questions.items()}
        answers = read_answers(path, known_questions=asked).answers
        found = {
            "read the file": {
                "cpu": _quickest(lambda: read_answers(path, known_questions=asked)) / number,
                "floor": size / read / number,
            }
        }
    found |= _fast(Grader(bank, tier="fast"), answers, read)
    peaks = {"float32": peak(), "int8": int8_peak()}
    for tier in TIERS[1:]:
        model = Watched(EmbeddedCrossEncoder())
        some = answers[:with_model]
        grader = Grader(bank, tier=tier, cross_encoder=model)
        grader.grade_all(some[:1])
        model.pairs.clear()
        model.cpu = 0.0
        grader.grade_all(some)
        operations = model_operations(pair_lengths(model.pairs)) / len(some)
        for kind, one in peaks.items():
            found[f"grading model, {tier}; floor of {kind}"] = {
                "cpu": model.cpu / len(some),
                "floor": operations / one,
                "pairs": len(model.pairs) / len(some),
            }
    return {"bandwidth": read, "peaks": peaks, "answers": number, "stages": found}


def _fast(grader: Grader, answers: Sequence[Answer], read: float) -> dict[str, dict[str, float]]:
    """The stages of the tier fast; each reads texts that no other stage has read.

    The floor of a stage is to read the answers' letters once, of the last one to write its lines.
    """
    grades = grader.grade_all(answers)
    own: dict[str, list[Answer]] = {}
    for answer in answers:
        own.setdefault(answer.question_id, []).append(answer)
    texts: dict[str, list[Text]] = {}

    def analyse() -> None:
        for id, some in own.items():
            question = grader._prepare(id)
            code, spelling = question.question.language, question.spelling
            texts[id] = [grader._analyzer.analyse(a.text, code, spelling) for a in some]

    taken = {"analyse": _quickest(analyse)}
    measured = {}
    for signal in grader._signals:

        def measure(signal=signal) -> None:  # type: ignore[no-untyped-def]
            for id, some in texts.items():
                measured[id, signal.name] = signal.measure(grader._prepare(id), some)

        # Texts keep what was computed of them, so they are analysed anew before each run.
        taken[f"signal: {signal.name}"] = _quickest(measure, before=analyse)

    def combine() -> None:
        for id, some in own.items():
            question = grader._prepare(id)
            calibration = grader.calibrations[question.has_rubric]
            weights = {prepared.id: prepared.point.weight for prepared in question.points}
            for n, answer in enumerate(some):
                row = {s.name: measured[id, s.name][n] for s in grader._signals}
                grade = grader.combination.grade(question, answer, texts[id][n], row, ())
                if calibration is not None:
                    calibration.apply(grade, weights)

    taken["combine and calibrate"] = _quickest(combine)
    taken["write the grades"] = _quickest(lambda: [encode_grade(grade) for grade in grades])
    taken["all of `grade_all`"] = _quickest(lambda: grader.grade_all(answers))
    letters = sum(len(answer.text.encode()) for answer in answers)
    lines = sum(len(encode_grade(grade)) for grade in grades)
    return {
        name: {
            "cpu": seconds / len(answers),
            "floor": (lines if name == "write the grades" else letters) / read / len(answers),
        }
        for name, seconds in taken.items()
    }


def _quickest(run: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Seconds of processor time of the quickest of several runs."""
    taken = []
    for _ in range(_TIMES):
        before()
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return min(taken)


if __name__ == "__main__":
    print("\n" + json.dumps(stages(*map(int, sys.argv[1:]))))
