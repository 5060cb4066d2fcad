"""Facts of an export."""

from __future__ import annotations

import pytest
import torch

from evonas.network.info import ExportInfo
from evonas.network.preprocess import Preprocess


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        ("image_hwc", (3, 4, 5)),
        ("image_hw", (1, 4, 5)),
        ("channels_first", (3, 4)),
        ("vector", (7,)),
        ("tokens", (7,)),
    ],
)
def test_an_example_is_a_raw_batch_that_becomes_the_networks_input(
    layout: str, shape: tuple[int, ...]
) -> None:
    """The raw shape is what the layout turns into the given one."""
    info = ExportInfo("t", "regression", layout, "uint8", (3, 16))
    example = info.example(shape, 2)
    assert example.dtype is torch.uint8
    assert example.min() >= 3
    assert example.max() <= 16
    assert Preprocess(layout)(example).shape == (2, *shape)
    assert torch.equal(example, info.example(shape, 2))
