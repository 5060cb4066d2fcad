"""Input, output and identity."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Architecture, Cost, Layer


@pytest.mark.parametrize("op", ["input", "output", "identity"])
def test_the_ends_and_identity_cost_nothing(op: str) -> None:
    """They hand their sample on."""
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
