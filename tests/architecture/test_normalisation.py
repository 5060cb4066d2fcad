"""Batch norm and layer norm."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Shape


@pytest.mark.parametrize("op", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("shape", [(6,), (6, 9), (6, 9, 3), (6, 2, 2, 2)])
def test_a_norm_learns_scale_and_offset_a_channel(op: str, shape: Shape) -> None:
    """In every rank; the running statistics are not counted."""
    kind = CATALOGUE[op]
    assert kind.output_shape({}, [shape]) == shape
    cost = kind.cost({}, [shape])
    assert (cost.parameters, cost.multiply_adds) == (12, 0)


def test_layer_norm_keeps_two_numbers_a_position() -> None:
    """Mean and deviation of the channels there."""
    assert CATALOGUE["layer_norm"].cost({}, [(6, 9, 3)]).activation_bytes == 27 * 2 * 4
