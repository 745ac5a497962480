"""Grades kept in files without any text, so that a run that was cut off can go on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from grader.engine import Grader
from grader.errors import RunError
from grader.model import Answer, Evidence, Flag, Grade, Step
from grader.run import decode_grade, encode_grade, rounded
from grader.scoring import uncalibrated

_CHUNK = 256


def grade_split(
    grader: Grader, answers: Sequence[Answer], label: str, file: Path | None
) -> list[Grade]:
    """Grades without texts and calibration; those that the file has are read, the rest appended.

    Args:
        label: names the answers in messages on progress.
    """
    grades = _kept(file, answers) if file else []
    if file:
        file.write_bytes(b"".join(encode_grade(grade) for grade in grades))
    click.echo(f"{label}: {len(answers)} answers, {len(grades)} already graded", err=True)
    started, before = time.perf_counter(), len(grades)
    while len(grades) < len(answers):
        chunk = answers[len(grades) : len(grades) + _CHUNK]
        new = [bare(grade) for grade in grader.grade_all(chunk)]
        if file:
            with file.open("ab") as stream:
                stream.write(b"".join(encode_grade(grade) for grade in new))
        grades += new
        speed = (len(grades) - before) / (time.perf_counter() - started)
        click.echo(f"{label}: {len(grades)} of {len(answers)}, {speed:.0f} a second", err=True)
    return grades


def bare(grade: Grade) -> Grade:
    """What calibration needs of a grade, rounded as files hold it: no text of anyone's."""
    grade = rounded(uncalibrated(grade))
    return msgspec.structs.replace(
        grade,
        flags=tuple(Flag(flag.name, flag.factor) for flag in grade.flags),
        evidence=tuple(
            Evidence(e.point_id, e.coverage, signals=e.signals, verdict=e.verdict)
            for e in grade.evidence
        ),
        misconceptions=(),
        steps=tuple(Step(step.name, step.score) for step in grade.steps),
        text="",
    )


def _kept(file: Path, answers: Sequence[Answer]) -> list[Grade]:
    """The grades of the file, up to the first that is not the next answer's."""
    found: list[Grade] = []
    lines = file.read_bytes().splitlines() if file.exists() else []
    for line, answer in zip(lines, answers, strict=False):
        try:
            grade = decode_grade(line)
        except RunError:
            break
        if (grade.answer_id, grade.question_id) != (answer.id, answer.question_id):
            break
        found.append(grade)
    return found
