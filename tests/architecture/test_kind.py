"""Checking of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from architecture_strategies import PARAMETERS, parameters_of
from hypothesis import given
from hypothesis import strategies as st

from evonas.architecture import CATALOGUE, REQUIRED, Parameter
from evonas.architecture.kind import window_side
from evonas.errors import ArchitectureError


@pytest.mark.parametrize("op", CATALOGUE)
def test_strategies_know_every_parameter_of_every_kind(op: str) -> None:
    """Random architectures leave no parameter of the catalogue out."""
    assert set(PARAMETERS[op]) == set(CATALOGUE[op].parameters)


@given(st.data())
def test_checking_completes_and_is_idempotent(data: st.DataObject) -> None:
    """What the check returns is complete, of the declared types, and passes again."""
    op = data.draw(st.sampled_from(sorted(CATALOGUE)))
    given_params = data.draw(parameters_of(op))
    kind = CATALOGUE[op]
    try:
        params = kind.check(given_params)
    except ArchitectureError:
        return
    assert list(params) == sorted(kind.parameters)
    assert all(type(params[name]) is kind.parameters[name].type for name in params)
    assert kind.check(params) == params
    assert given_params.items() <= params.items()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "conv: filters is missing; expected a whole number from 1 to 65536"),
        ({"filters": 0}, "conv: filters: expected a whole number from 1.*got 0"),
        ({"filters": 8.0}, "filters: expected a whole number.*got 8.0"),
        ({"filters": True}, "filters: expected a whole number.*got True"),
        ({"filters": "8"}, "filters: expected a whole number.*got '8'"),
        ({"filters": [8]}, r"filters: expected a whole number.*got \[8\]"),
        ({"filters": 8, "bias": 1}, "bias: expected true or false, got 1"),
        ({"filters": 8, "padding": "full"}, "expected one of same, valid, got 'full'"),
        (
            {"filters": 8, "init_scale": float("nan")},
            "init_scale: .*from 0 to 100.*nan",
        ),
        ({"filters": 8, "init_scale": float("inf")}, "init_scale: .*got inf"),
        ({"filters": 8, "init_scale": 10**400}, "init_scale: .*got 1000"),
        ({"filters": 10**400}, "filters: expected a whole number"),
        (
            {"filters": 8, "kernal": 3},
            "unknown parameter 'kernal' .did you mean 'kernel'",
        ),
        ({"filters": 8, "x" * 99: 3}, "its parameters are: bias, dilation, filters"),
        ({"filters": 8, "kernel": 4}, "odd number with padding 'same', got 4"),
        ({"filters": 8, "groups": 3}, "divisor of filters = 8, got 3"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_was_expected(
    params: dict[str, Any], message: str
) -> None:
    """The message names kind and parameter, what is allowed and what was given."""
    with pytest.raises(ArchitectureError, match=message):
        CATALOGUE["conv"].check(params)


def test_numpy_scalars_become_plain_values() -> None:
    """Genes drawn with NumPy may be handed on as they are."""
    params = CATALOGUE["conv"].check(
        {"filters": np.int64(8), "bias": np.bool_(False), "init_scale": np.float32(2)}
    )
    assert (type(params["filters"]), params["filters"]) == (int, 8)
    assert params["bias"] is False
    assert type(params["init_scale"]) is float


def test_a_whole_number_is_a_float_where_one_is_expected() -> None:
    """1 and 1.0 are the same value, so they must give equal layers."""
    rate = CATALOGUE["dropout"].check({"rate": 0})["rate"]
    assert (type(rate), rate) == (float, 0.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_without_bounds_is_still_a_number(value: float) -> None:
    """JSON cannot hold infinity, and nothing equals NaN."""
    with pytest.raises(ArchitectureError, match="expected a number, got"):
        Parameter(float, 1.0).check(value)


def test_a_long_wrong_value_is_cut_in_the_message() -> None:
    """A hostile text does not fill the screen."""
    with pytest.raises(ArchitectureError) as caught:
        CATALOGUE["activation"].check({"function": "x" * 10_000})
    assert len(str(caught.value)) < 400


def test_parameters_say_in_words_what_they_allow() -> None:
    """The words in messages follow from the declaration."""
    assert Parameter(float, REQUIRED, low=0.0, high=1.0).expected() == (
        "a number from 0 to 1"
    )
    assert Parameter(int, 3, low=1, odd=True).expected() == "an odd number from 1"
    assert Parameter(str).expected() == "text"
    assert Parameter(bool, True).expected() == "true or false"


def test_every_parameter_is_documented_and_its_default_is_allowed() -> None:
    """A default that the check refuses would make the kind unusable."""
    for op, kind in CATALOGUE.items():
        for name, parameter in kind.parameters.items():
            assert parameter.doc, f"{op}.{name}"
            if parameter.default is not REQUIRED:
                assert parameter.check(parameter.default) == parameter.default


@pytest.mark.parametrize(
    ("window", "side"),
    [
        ((8, 3, 1, 1, 1), 8),
        ((8, 3, 2, 1, 1), 4),
        ((7, 3, 2, 1, 1), 4),
        ((7, 2, 2, 0, 1), 3),
        ((9, 3, 1, 0, 4), 1),
    ],
)
def test_a_window_shortens_a_side_as_the_formula_says(
    window: tuple[int, int, int, int, int], side: int
) -> None:
    """floor((n + 2p - d(k - 1) - 1) / s) + 1."""
    assert window_side(*window) == side


def test_a_side_shorter_than_the_window_is_refused() -> None:
    """The message gives the shortest side that would do."""
    with pytest.raises(
        ArchitectureError, match="at least 9 for kernel 5 with dilation 2"
    ):
        window_side(8, 5, 1, 0, 2)
