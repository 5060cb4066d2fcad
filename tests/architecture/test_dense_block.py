"""The dense block."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Cost, Shape
from evonas.errors import ArchitectureError

BLOCK = CATALOGUE["dense_block"]


@pytest.mark.parametrize(
    ("shape", "kernel", "window"), [((4, 10), 5, 5), ((4, 5, 2), 3, 9), ((4,), 1, 1)]
)
def test_each_layer_reads_all_before_it(shape: Shape, kernel: int, window: int) -> None:
    """Three layers that add 6 channels each to 4, over series, maps and vectors."""
    params = BLOCK.check({"layers": 3, "growth": 6, "kernel": kernel})
    assert BLOCK.output_shape(params, [shape]) == (22, *shape[1:])
    positions = 10 if len(shape) > 1 else 1
    read = 4 + 10 + 16
    weights = read * 6 * window
    # the inputs of the second and third layer, and what each convolution reads
    kept = (10 + 16 + read) * positions * 4
    expected = Cost(2 * read + weights, weights * positions, kept)
    assert BLOCK.cost(params, [shape]) == expected


def test_a_window_on_a_vector_is_refused() -> None:
    """A vector has no neighbours to look at."""
    params = BLOCK.check({"layers": 1, "growth": 1})
    with pytest.raises(ArchitectureError, match="kernel: expected 1 for a vector, got"):
        BLOCK.output_shape(params, [(4,)])
