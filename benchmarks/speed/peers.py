"""What is timed beside the grader, each as a short script of its package would do it.

Texts are whole answers and whole references in the question's language; of several references the
nearest counts. References are prepared once where the package allows it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speed.material import Asked, Row

__all__ = ["PEERS", "Load", "Score", "Setting", "Texts", "weights"]

_PARTLY = 0.5


@dataclass(frozen=True)
class Texts:
    """Answers, and the file that holds them, a JSON object a line."""

    rows: Sequence[Row]
    path: Path


@dataclass(frozen=True)
class Setting:
    """What there is to load.

    Attributes:
        questions: by id.
        models: a folder with the static encoder in ``static``, and the grading model's weights as
            PyTorch reads them: in ``cross`` as a classifier of pairs, in ``body`` as a plain
            transformer.
        threads: how many may be used.
    """

    questions: Mapping[str, Asked]
    models: Path
    threads: int


Score = Callable[[Texts], Sequence[float]]
Load = Callable[[Setting], Score]
_Judge = Callable[[Sequence[str], Sequence[str]], Sequence[float]]


@contextmanager
def weights() -> Iterator[Path]:
    """The folder ``models`` of a setting; ``static`` only where the package onnx is missing."""
    import grader
    from grader.cross_encoders.embedded import FOLDER

    with TemporaryDirectory() as name:
        models = Path(name)
        package = Path(grader.__file__).parent
        (models / "static").symlink_to(package / "encoders" / "data" / "static-multi-128")
        if find_spec("onnx") is None:
            yield models
            return
        from grader.cross_encoders.dequantized import dequantized

        with dequantized(FOLDER) as cross:
            (models / "cross").symlink_to(cross)
            (models / "body").mkdir()
            for file in cross.iterdir():
                (models / "body" / file.name).symlink_to(file)
            config = json.loads((cross / "config.json").read_text(encoding="utf-8"))
            config["architectures"] = ["BertModel"]
            os.unlink(models / "body" / "config.json")
            (models / "body" / "config.json").write_text(json.dumps(config), encoding="utf-8")
            yield models


def by_pairs(prepare: Callable[[Setting], _Judge]) -> Load:
    """From what judges pairs of answer and reference."""

    def load(setting: Setting) -> Score:
        judge = prepare(setting)

        def score(texts: Texts) -> Sequence[float]:
            references = [setting.questions[row.question_id].references for row in texts.rows]
            answers = [r.answer for r, own in zip(texts.rows, references, strict=True) for _ in own]
            flat = [reference for own in references for reference in own]
            return _best(judge(answers, flat), [len(own) for own in references])

        return score

    return load


def by_cosine(kind: str) -> Load:
    """From a model of sentence-transformers that encodes texts."""

    def load(setting: Setting) -> Score:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(setting.models / kind), device="cpu")

        def encode(texts: Sequence[str]) -> NDArray[np.float32]:
            found: NDArray[np.float32] = model.encode(
                list(texts), normalize_embeddings=True, show_progress_bar=False
            )
            return found

        references = {id: encode(one.references) for id, one in setting.questions.items()}

        def score(texts: Texts) -> Sequence[float]:
            vectors = encode([row.answer for row in texts.rows])
            return [
                float((references[row.question_id] @ vector).max())
                for row, vector in zip(texts.rows, vectors, strict=True)
            ]

        return score

    return load


def every_point(setting: Setting) -> Score:
    """The grading model asked about every key point of every answer, in plain PyTorch."""
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(setting.models / "cross"), device="cpu")

    def score(texts: Texts) -> Sequence[float]:
        questions = [setting.questions[row.question_id] for row in texts.rows]
        pairs = [
            (f"{point} | {question.text}", row.answer)
            for row, question in zip(texts.rows, questions, strict=True)
            for point, _ in question.points
        ]
        found = model.predict(pairs, apply_softmax=True, show_progress_bar=False)
        covered = iter(found[:, 0] + _PARTLY * found[:, 1])
        return [
            sum(weight * float(next(covered)) for _, weight in question.points)
            / sum(weight for _, weight in question.points)
            for question in questions
        ]

    return score


def semantic_answer_similarity(kind: str) -> Callable[[Setting], _Judge]:
    """Haystack takes a classifier for a cross-encoder, any other model for a bi-encoder."""

    def prepare(setting: Setting) -> _Judge:
        from haystack.components.evaluators import SASEvaluator
        from haystack.utils import ComponentDevice

        device = ComponentDevice.from_str("cpu")
        evaluator = SASEvaluator(model=str(setting.models / kind), device=device)
        evaluator.warm_up()

        def judge(answers: Sequence[str], references: Sequence[str]) -> Sequence[float]:
            found = evaluator.run(
                ground_truth_answers=list(references), predicted_answers=list(answers)
            )
            # A number for each of the model's labels, of which the first is "covered".
            return [np.atleast_1d(own)[0] for own in found["individual_scores"]]

        return judge

    return prepare


def bert_score(setting: Setting) -> _Judge:
    from bert_score import BERTScorer

    folder = setting.models / "body"
    layers = json.loads((folder / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    scorer = BERTScorer(model_type=str(folder), num_layers=layers, device="cpu")

    def judge(answers: Sequence[str], references: Sequence[str]) -> Sequence[float]:
        _, _, found = scorer.score(list(answers), list(references))
        return [float(one) for one in found]

    return judge


class _Words:
    """Runs of letters and digits; the tokenizer of rouge-score drops all letters but a to z."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())


def rouge_l(setting: Setting) -> _Judge:
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], tokenizer=_Words())

    def judge(answers: Sequence[str], references: Sequence[str]) -> Sequence[float]:
        pairs = zip(references, answers, strict=True)
        return [scorer.score(*pair)["rougeL"].fmeasure for pair in pairs]

    return judge


def chrf(setting: Setting) -> _Judge:
    from sacrebleu import sentence_chrf

    def judge(answers: Sequence[str], references: Sequence[str]) -> Sequence[float]:
        pairs = zip(answers, references, strict=True)
        return [sentence_chrf(answer, [reference]).score / 100 for answer, reference in pairs]

    return judge


def token_set_ratio(setting: Setting) -> _Judge:
    from rapidfuzz import fuzz, process

    def judge(answers: Sequence[str], references: Sequence[str]) -> Any:
        scorer = fuzz.token_set_ratio
        found = process.cpdist(answers, references, scorer=scorer, workers=setting.threads)
        return found / 100

    return judge


def _best(values: Sequence[float], counts: Sequence[int]) -> Sequence[float]:
    """The greatest of each answer's values, of which it has so many."""
    found: list[float] = np.maximum.reduceat(values, np.cumsum([0, *counts[:-1]])).tolist()
    return found


PEERS: Mapping[str, Load] = {
    "RapidFuzz, token_set_ratio": by_pairs(token_set_ratio),
    "sacrebleu, sentence chrF": by_pairs(chrf),
    "rouge-score, ROUGE-L": by_pairs(rouge_l),
    "sentence-transformers, our static encoder, cosine": by_cosine("static"),
    "sentence-transformers, bi-encoder, cosine": by_cosine("body"),
    "Haystack SASEvaluator, bi-encoder": by_pairs(semantic_answer_similarity("body")),
    "Haystack SASEvaluator, cross-encoder": by_pairs(semantic_answer_similarity("cross")),
    "bert-score": by_pairs(bert_score),
    "sentence-transformers, CrossEncoder, every point": every_point,
}
