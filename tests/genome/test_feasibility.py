"""Spaces in which nothing can be built are refused with the key to change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from strategies import Setting, settings_of_spaces

from evonas.errors import ConfigError
from evonas.genome import check_space, smallest_networks, within_limits
from evonas.space import default_space, space_from_json

SHAPE = (1, 8, 8)


@given(settings_of_spaces())
def test_spaces_that_hold_something_pass(setting: Setting) -> None:
    """Every default, and every variation of it that the strategies draw."""
    check_space(setting.space, setting.input_shape, 4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"blocks": {"conv": {"activation": ["relu", "rellu"]}}},
            r"space\.blocks\.conv\.activation: .*'rellu'",
        ),
        (
            {"blocks": {"conv": {"kernel": [3, 4]}}},
            r"space\.blocks\.conv\.kernel: .*odd number.*got 4",
        ),
        (
            {"blocks": {"conv": {"filters": {"low": 0, "high": 8}}}},
            r"space\.blocks\.conv\.filters: expected .*got 0",
        ),
        (
            {"blocks": {"conv": {"stride": 0}}},
            r"space\.blocks\.conv\.stride: expected .*got 0",
        ),
        (
            {"blocks": {"conv": {"dilation": 0}}},
            r"space\.blocks\.conv\.dilation: expected .*got 0",
        ),
        (
            {"blocks": {"conv": {"groups": 0}}},
            r"space\.blocks\.conv\.groups: expected .*got 0",
        ),
        (
            {"blocks": {"conv": {"dropout": {"low": 0, "high": 2}}}},
            r"space\.blocks\.conv\.dropout: .*rate",
        ),
        (
            {"blocks": {"conv": {"kernel": 4, "dropout": 0.0}}},
            r"^space\.blocks\.conv\.kernel: expected an odd number",
        ),
        (
            {"blocks": {"conv": {"kernel": 4, "stride": 0}}},
            r"^space\.blocks\.conv: stride: expected a whole number",
        ),
        (
            {"blocks": {"mbconv": {"activation": "none"}}},
            r"^space\.blocks\.mbconv\.activation: expected one of",
        ),
        (
            {"recipe": {"momentum": {"low": 0.5, "high": 1.5}}},
            r"space\.recipe\.momentum: expected a number from 0\.0 to .*, got 1\.5",
        ),
        (
            {"recipe": {"optimizer": ["sgd", "adagrad"]}},
            r"space\.recipe\.optimizer: expected one of sgd, .* got 'adagrad'",
        ),
        (
            {"blocks": {"strategies:Repeat": {"times": [1, 20]}}},
            r"space\.blocks\.strategies:Repeat\.times: .*got 20",
        ),
        (
            {"blocks": {"strategies:Repeat": True}},
            r"space\.blocks\.strategies:Repeat: .*times is missing",
        ),
        (
            {"limits": {"parameters": 10}},
            r"space\.limits\.parameters: expected at most 10, got .* raise the limit",
        ),
        (
            {"limits": {"memory_bytes": 10}},
            r"space\.limits\.memory_bytes: expected at most 10 bytes, got \d.* [kM]B",
        ),
    ],
)
def test_an_impossible_space_is_told_by_its_path(
    data: dict[str, Any], message: str
) -> None:
    """The key, what was expected, what was found; never a failed search."""
    space = space_from_json(data, "image", (1, 8, 8))
    with pytest.raises(ConfigError, match=message):
        check_space(space, (1, 8, 8), 10)


def test_tight_limits_that_something_fits_pass() -> None:
    """One network within the limits is enough."""
    space = space_from_json({"limits": {"parameters": 500}}, "image", (1, 8, 8))
    check_space(space, (1, 8, 8), 10)


@settings(max_examples=10)
@given(settings_of_spaces())
def test_the_smallest_networks_are_one_or_two_of_the_space(setting: Setting) -> None:
    """Within its limits, and the same ones each time."""
    found = smallest_networks(setting.space, setting.input_shape, 4)
    assert 1 <= len(found) <= 2
    for candidate in found:
        assert not within_limits(candidate, setting.space, setting.input_shape)
    assert found == smallest_networks(setting.space, setting.input_shape, 4)


def test_the_smallest_networks_are_the_shallowest_and_the_cheapest() -> None:
    """Either may be the faster one: a layer has a price of its own."""
    shallow, cheap = smallest_networks(default_space("image", SHAPE), SHAPE, 10)
    assert len(shallow.architecture.layers) < len(cheap.architecture.layers)
    costs = [one.architecture.cost(SHAPE).multiply_adds for one in (shallow, cheap)]
    assert costs[1] < costs[0]
