"""Texts of architectures and records, compressed as the database keeps them.

Each is a small JSON text, so that zlib alone finds little to save: it is given the
words that all of them have as a dictionary. The dictionaries are part of the format;
another one needs another number before the data, and no migration.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from evonas.errors import DatabaseError
from minibench.canonical import canonical

_ARCHITECTURE_WORDS = (
    b'"embedding",{"dimension":64,"vocabulary":"gru",{"units":"lstm",{"bidirectional":'
    b'true,"sequence":"layer_norm",{},"separable_conv",{"dilation":2,"factorised_conv",'
    b'"transposed_conv","mbconv",{"expansion":6,"squeeze_ratio":0.25,"gated_sum",{},'
    b'"attention_pool",{}],["zero",{},"truncate",{"filters":"squeeze_excitation",{'
    b'"ratio":"dense_block",{"growth":12,"layers":["flatten",{}],["dropout",{"rate":0.3'
    b'},["dropout",{"rate":0.5},["average_pool",{"kernel":3,"padding":"same","stride":1'
    b'},["max_pool",{"kernel":3,"stride":2},["identity",{}],["concat",{}],["sum",{}],'
    b'["dense",{"units":128},["dense",{"units":64},["activation",{"function":"tanh"},'
    b'["activation",{"function":"relu"},["global_pool",{}],["dense",{"units":10},'
    b'["conv",{"bias":false,"filters":32},["conv",{"filters":16,"kernel":1},["conv",{'
    b'"bias":false,"filters":128,"kernel":1,["conv",{"bias":false,"filters":64},'
    b'["batch_norm",{},"activation",{},[0,1,0],[1,2,0],[2,3,0],[3,4,0],[4,5,0],[5,6,0],'
    b"[6,7,0],[7,8,0],[8,9,0],[9,10,0],[10,11,0],[11,12,0],[12,13,0],[13,14,0],[14,15,"
    b'0],[15,16,0],[16,17,0],[17,18,0],[18,19,1],[19,20,0]],"format":1,"layers":[["input'
    b'",{}],["output",{}]]}{"edges":[[0,1,0],'
)
_RECORD_WORDS = (
    b'"saturation_value_scale":0.3,"adamw","rmsprop","constant","one_cycle","evaluate_'
    b'only","weight_average":0.999,"erasing":0.25,"crop":0.8,"CC-BY-4.0","Apache-2.0",'
    b'"MIT","unknown","strategy":"aging_evolution","petridish","published","table",'
    b'"test_accuracy":0.,"validation_rmse":0.,"validation_loss":0.,"training_loss":0.,'
    b'{"epoch":1.0,"training_loss":0.,"validation_accuracy":0.,"validation_loss":0.},{'
    b'"epoch":2.0,"training_loss":0.{"architecture":"","cost":{"multiply_adds":,"paramet'
    b'ers":,"seconds":null},"curve":[{"epoch":],"fidelity":{"data_share":1.0,"epochs":1'
    b'0.0,"resolution":1.0,"width":1.0},"format":1,"id":"","input_shape":[3,32,32],"met'
    b'rics":{"validation_accuracy":0.},"problem":"fashion-mnist@","provenance":{"licenc'
    b'e":"CC0-1.0","source":"","when":"2026-","who":""},"recipe":{"batch_size":64,"cuto'
    b'ut":0.0,"horizontal_flip":0.0,"hue_shift":0.0,"label_smoothing":0.0,"learning_rat'
    b'e":0.05,"momentum":0.9,"nesterov":true,"optimizer":"sgd","procedure":"supervised"'
    b',"saturation_value_scale":0.0,"saturation_value_shift":0.0,"scaling":0.0,"schedul'
    b'e":"cosine","shift":0.0,"warmup_epochs":0.0,"weight_decay":0.0005},"run":"","seed'
    b'":,"strategy":"codeepneat"}'
)
#: first byte of the data → dictionary
_DICTIONARIES = {1: _ARCHITECTURE_WORDS, 2: _RECORD_WORDS}


def pack_architecture(data: Mapping[str, Any]) -> bytes:
    """An architecture, compressed.

    Networks repeat their blocks. So that zlib sees it, edges are told by how far they
    reach, and from the one before: [source - last source, target - source, slot].

    Args:
        data: its JSON form; left as it is.
    """
    edges, last = [], 0
    for source, target, slot in data["edges"]:
        edges += [source - last, target - source, slot]
        last = source
    return _packed(canonical({**data, "edges": edges}), 1)


def unpack_architecture(data: bytes) -> dict[str, Any]:
    """The inverse of `pack_architecture`.

    Raises:
        DatabaseError: the data are damaged.
    """
    found: dict[str, Any] = json.loads(_unpacked(data, 1))
    edges, last, steps = [], 0, found["edges"]
    for at in range(0, len(steps), 3):
        last += steps[at]
        edges.append([last, last + steps[at + 1], steps[at + 2]])
    return {**found, "edges": edges}


def pack_record(text: str) -> bytes:
    """A record's text, compressed.

    Args:
        text: canonical JSON.
    """
    return _packed(text, 2)


def unpack_record(data: bytes) -> str:
    """The inverse of `pack_record`.

    Raises:
        DatabaseError: the data are damaged.
    """
    return _unpacked(data, 2)


def _packed(text: str, number: int) -> bytes:
    packer = zlib.compressobj(6, zdict=_DICTIONARIES[number])
    return bytes([number]) + packer.compress(text.encode()) + packer.flush()


def _unpacked(data: bytes, number: int) -> str:
    try:
        if data[0] != number:
            raise zlib.error(f"format {data[0]}, expected {number}")
        packer = zlib.decompressobj(zdict=_DICTIONARIES[number])
        text = packer.decompress(data[1:])
        if not packer.eof:
            raise zlib.error("incomplete")
        return text.decode()
    except (IndexError, zlib.error, UnicodeDecodeError) as error:
        raise DatabaseError(
            f"expected what minibench has packed, got damaged data ({error})"
        ) from error
