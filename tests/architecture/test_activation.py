"""Activations and dropout."""

from __future__ import annotations

import pytest

from evonas.architecture import CATALOGUE, Cost
from evonas.architecture.activation import ACTIVATIONS
from evonas.errors import ArchitectureError

ACTIVATION, DROPOUT = CATALOGUE["activation"], CATALOGUE["dropout"]


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_an_activation_keeps_shape_and_exactly_one_tensor(function: str) -> None:
    """Either its input or its output; it learns nothing."""
    params = ACTIVATION.check({"function": function})
    assert ACTIVATION.output_shape(params, [(3, 4)]) == (3, 4)
    assert ACTIVATION.cost(params, [(3, 4)]) == Cost()
    kept = bool(ACTIVATION.keeps_inputs(params, [(3, 4)]))
    assert kept != ACTIVATION.keeps_output(params)


def test_an_unknown_function_is_refused_with_all_that_are_known() -> None:
    """The names are few enough to list."""
    with pytest.raises(ArchitectureError, match=r"one of relu, .*, mish, got 'sine'"):
        ACTIVATION.check({"function": "sine"})


def test_dropout_keeps_a_factor_an_element_or_a_channel() -> None:
    """Whole channels of maps are dropped."""
    params = DROPOUT.check({})
    assert DROPOUT.cost(params, [(6,)]).activation_bytes == 24
    assert DROPOUT.cost(params, [(6, 9, 9)]).activation_bytes == 24
    assert DROPOUT.output_shape(params, [(6, 9, 9)]) == (6, 9, 9)


def test_dropping_everything_is_refused() -> None:
    """A rate of 1 leaves no signal."""
    with pytest.raises(ArchitectureError, match=r"from 0 to 0\.95, got 1\.0"):
        DROPOUT.check({"rate": 1.0})
