"""The reader of weights that every export carries."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from evonas.network.standalone import DTYPES, read_weights
from evonas.network.weights import save


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES.keys())
def test_it_reads_what_safetensors_writes(tmp_path: Path, dtype: torch.dtype) -> None:
    """Every element of every type, scalars and odd sizes too."""
    tensors = {
        "scalar": torch.ones((), dtype=dtype),
        "odd": torch.arange(7).to(dtype),
        "cube": torch.arange(24).reshape(2, 3, 4).to(dtype),
        "other": torch.arange(5, dtype=torch.int64),
    }
    save(tensors, tmp_path / "w", {"note": "metadata is no tensor"})
    read = read_weights(tmp_path / "w")
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        assert read[name].dtype is tensor.dtype
        assert torch.equal(read[name], tensor)
