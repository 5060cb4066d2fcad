"""Input, output, and what hands on all, a part or nothing."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Architecture, Cost, Layer


@pytest.mark.parametrize("op", ["input", "output", "identity", "zero"])
def test_the_ends_and_identity_cost_nothing(op: str) -> None:
    """Their output has the shape of what they read."""
    kind = CATALOGUE[op]
    assert kind.output_shape({}, [(3, 4)]) == (3, 4)
    assert kind.cost({}, [(3, 4)]) == Cost()
    assert kind.keeps_inputs({}, [(3, 4)]) == ()


def test_the_smallest_architecture_is_an_input_and_an_output() -> None:
    """It is a network, if a dull one."""
    empty = Architecture.chain([])
    assert empty.shapes((3, 4)) == ((3, 4), (3, 4))
    assert empty.cost((3, 4)) == Cost()
    wide = Architecture.chain([Layer("identity")] * 3)
    assert wide.cost((3, 4)) == Cost()


@pytest.mark.parametrize(("filters", "left"), [(2, 2), (3, 3), (9, 3)])
def test_truncation_leaves_the_first_channels(filters: int, left: int) -> None:
    """All of them where there are fewer, so that it fits narrower networks too."""
    kind, params = CATALOGUE["truncate"], {"filters": filters}
    assert kind.output_shape(params, [(3, 4, 5)]) == (left, 4, 5)
    assert kind.cost(params, [(3, 4, 5)]) == Cost()
    assert kind.keeps_inputs(params, [(3, 4, 5)]) == ()
