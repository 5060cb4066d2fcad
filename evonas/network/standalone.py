"""The reader of weights that every export carries; it needs torch and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import torch

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_weights(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file, by name.

    The file is the length of its header (8 bytes, little endian), the header (JSON:
    type, shape and place of each tensor) and the raw data.
    """
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        count = (end - begin) // dtype.itemsize
        values = torch.frombuffer(data, dtype=dtype, count=count, offset=begin)
        tensors[name] = values.reshape(entry["shape"])
    return tensors
