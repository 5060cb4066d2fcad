"""Pooling windows and global pooling."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from evonas.architecture import CATALOGUE, Cost, Shape
from evonas.errors import ArchitectureError


@pytest.mark.parametrize("op", ["max_pool", "average_pool"])
@pytest.mark.parametrize(
    ("shape", "params", "result"),
    [
        ((3, 8), {}, (3, 4)),
        ((3, 9, 7), {}, (3, 4, 3)),
        ((3, 9, 7, 5), {}, (3, 4, 3, 2)),
        ((3, 9, 7), {"kernel": 3, "stride": 1}, (3, 7, 5)),
        ((3, 9, 8), {"kernel": 3, "stride": 2, "padding": "same"}, (3, 5, 4)),
        ((3, 1, 1), {"kernel": 3, "padding": "same"}, (3, 1, 1)),
        ((3, 1, 1), {"kernel": 1}, (3, 1, 1)),
    ],
)
def test_windows_shorten_the_sides(
    op: str, shape: Shape, params: dict[str, Any], result: Shape
) -> None:
    """Stride 0 is the window's side; `same` pads half a window."""
    kind = CATALOGUE[op]
    assert kind.output_shape(kind.check(params), [shape]) == result


@pytest.mark.parametrize("op", ["max_pool", "average_pool"])
def test_a_window_larger_than_the_map_is_refused(op: str) -> None:
    """Evolved networks must not pool their map away unnoticed."""
    kind = CATALOGUE[op]
    with pytest.raises(ArchitectureError, match="at least 2 for kernel 2, got 1"):
        kind.output_shape(kind.check({}), [(3, 4, 1)])
    with pytest.raises(
        ArchitectureError, match=f"{op}: kernel: expected an odd number"
    ):
        kind.check({"padding": "same"})


def test_maximum_pooling_remembers_places() -> None:
    """An int64 index for every output element."""
    kind = CATALOGUE["max_pool"]
    assert kind.cost(kind.check({}), [(3, 4, 4)]).activation_bytes == 3 * 4 * 8


def test_global_pooling_leaves_a_vector() -> None:
    """One element a channel; a vector itself has nothing to pool."""
    kind = CATALOGUE["global_pool"]
    for shape in ((5, 9), (5, 9, 9), (5, 2, 2, 2)):
        assert kind.output_shape(kind.check({}), [shape]) == (5,)
    with pytest.raises(ArchitectureError, match=r"got \(5,\)"):
        kind.output_shape(kind.check({}), [(5,)])


def test_only_the_maximum_keeps_tensors_of_global_pooling() -> None:
    """The slope of a mean is the same everywhere."""
    kind = CATALOGUE["global_pool"]
    mean, largest = kind.check({}), kind.check({"function": "max"})
    assert (kind.keeps_inputs(mean, [(5, 9)]), kind.keeps_output(mean)) == ((), False)
    assert kind.keeps_inputs(largest, [(5, 9)]) == (0,)
    assert kind.keeps_output(largest)


@pytest.mark.parametrize("shape", [(6, 9), (6, 4, 5), (6, 2, 3, 4)])
def test_attention_pooling_leaves_a_vector_and_learns_a_score(shape: Shape) -> None:
    """A weight a channel; a weight a position is kept beside the map."""
    kind = CATALOGUE["attention_pool"]
    assert kind.output_shape({}, [shape]) == (6,)
    positions = prod(shape[1:])
    assert kind.cost({}, [shape]) == Cost(6, 2 * 6 * positions, 4 * positions)
    assert kind.keeps_inputs({}, [shape]) == (0,)
    with pytest.raises(ArchitectureError, match=r"an input of shape .*, got \(6,\)"):
        kind.output_shape({}, [(6,)])
