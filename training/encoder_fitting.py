"""The vectors of the embedded encoder: what they start from, and how the teacher turns them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from encoder_pieces import Floats, Teacher, Vocabulary
from encoder_settings import Settings
from numpy.typing import NDArray

__all__ = ["first_vectors", "fit", "principal", "unit"]


def unit(vectors: NDArray[Any]) -> Floats:
    """The rows divided by their lengths; zero rows stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def principal(vectors: Floats, dimension: int) -> tuple[Floats, Floats]:
    """The mean, and the first principal axes as columns."""
    mean = vectors.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((vectors - mean).T))
    axes = axes[:, ::-1][:, :dimension]
    # An axis has no direction of its own; fix one, or two machines may build mirror images.
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dimension)])
    return mean, np.asarray(axes * signs, np.float32)


def first_vectors(words: Vocabulary, teacher: Teacher, axes: Floats, settings: Settings) -> Floats:
    """The table before fitting, a zero row for the unknown piece first."""
    counts = np.array([len(spelling) for spelling in words.spellings])
    flat = [s.replace("▁", " ").strip() or " " for one in words.spellings for s in one]
    starts = np.cumsum(counts) - counts
    vectors = np.add.reduceat(teacher.encode(flat), starts, axis=0) / counts[:, None]
    share = np.exp(words.scores)
    share /= share.sum()
    weights = settings.sif / (settings.sif + share)
    weights[words.is_stem] *= settings.stem_weight
    table = (vectors - vectors.mean(axis=0)) @ axes * weights[:, None]
    return np.concatenate([np.zeros((1, axes.shape[1])), table]).astype(np.float32)


def fit(table: Floats, ids: Sequence[Sequence[int]], targets: Floats, settings: Settings) -> Floats:
    """Turns the mean of each text's rows towards its target by Adam on 1 - cosine.

    Only the rows that a batch touches move, and only their moments decay (Adam's "lazy" variant).

    Args:
        table: a row for each piece.
        ids: pieces of each text, at least one.
        targets: unit vectors, one for each text.
    """
    table = table.copy()
    first, second = np.zeros_like(table), np.zeros_like(table)
    lengths = np.array([len(text) for text in ids])
    flat = np.fromiter((piece for text in ids for piece in text), np.int64, int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    random = np.random.default_rng(settings.seed)
    steps = settings.epochs * -(-len(ids) // settings.batch)
    step = 0
    for epoch in range(settings.epochs):
        loss = 0.0
        order = random.permutation(len(ids))
        for begin in range(0, len(ids), settings.batch):
            chosen = order[begin : begin + settings.batch]
            sizes = lengths[chosen]
            offsets = np.cumsum(sizes) - sizes
            pieces = flat[np.repeat(starts[chosen] - offsets, sizes) + np.arange(sizes.sum())]
            means = np.add.reduceat(table[pieces], offsets, axis=0) / sizes[:, None]
            norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
            directions = means / norms
            cosines = (directions * targets[chosen]).sum(axis=1, keepdims=True)
            loss += float((1 - cosines).sum())
            slope = (cosines * directions - targets[chosen]) / norms / sizes[:, None] / len(chosen)
            rows, gradient = _by_piece(pieces, np.repeat(np.arange(len(chosen)), sizes), slope)
            step += 1
            first[rows] = 0.9 * first[rows] + 0.1 * gradient
            second[rows] = 0.999 * second[rows] + 0.001 * gradient**2
            rate = settings.rate * (1 - (step - 1) / steps)
            rate *= np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            table[rows] -= (rate * first[rows] / (np.sqrt(second[rows]) + 1e-8)).astype(np.float32)
        print(f"epoch {epoch + 1}: mean 1 - cosine {loss / len(ids):.4f}", flush=True)
    return table


def _by_piece(
    pieces: NDArray[np.int64], texts: NDArray[np.int64], slope: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """The different pieces, and for each the sum of ``slope`` over the texts it stands in."""
    order = np.argsort(pieces, kind="stable")
    rows, begins = np.unique(pieces[order], return_index=True)
    return rows, np.add.reduceat(slope[texts[order]], begins, axis=0)
