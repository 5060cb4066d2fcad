"""Thresholds: written, read back, and nothing else is read."""

from __future__ import annotations

from typing import Any

import pytest

from evonas.errors import DataError
from minibench.classifier import HeldOut, Interval, Refused, Threshold

FOUND = Threshold(
    0.3,
    0.25,
    0.05,
    Interval(0.7, 0.6, 0.8),
    {
        "dots@v1": HeldOut(
            Interval(0.8, 0.7, 0.9), Refused(0.0, 0.5), Refused(0.1, 0.4)
        ),
        "lines@v1": HeldOut(
            Interval(0.6, 0.4, 0.8), Refused(0.1, 0.2), Refused(0.0, 0.6)
        ),
    },
)


def test_shares_are_means_over_problems() -> None:
    """However many networks each has."""
    assert FOUND.by_value == Refused(pytest.approx(0.05), pytest.approx(0.35))
    assert FOUND.by_share == Refused(pytest.approx(0.05), pytest.approx(0.5))


def test_many_problems_that_agree_warrant_it() -> None:
    """By the lower end of their mean's interval."""
    for low, warranted in ((0.51, True), (0.5, False), (0.3, False)):
        area = Interval(0.7, low, 0.9)
        assert Threshold(0.3, 0.2, 0.05, area, FOUND.held_out).warranted is warranted


def test_few_problems_that_are_each_surely_known_warrant_it() -> None:
    """The interval of their mean is wide, however alike they are."""
    wide = Interval(0.84, 0.25, 1.0)
    sure = {
        key: HeldOut(Interval(0.84, 0.7, 0.9), one.by_value, one.by_share)
        for key, one in FOUND.held_out.items()
    }
    assert Threshold(0.3, 0.2, 0.05, wide, sure).warranted
    assert not Threshold(0.3, 0.2, 0.05, wide, FOUND.held_out).warranted


def test_the_json_form_can_be_read_back() -> None:
    """And says in so many words whether it is of use."""
    data = FOUND.to_json()
    assert data["warranted"] is True
    assert Threshold.from_json(data) == FOUND


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 1.5}, "value: expected a number from 0 to 1, got 1.5"),
        ({"share": -1}, "share: expected a number from 0 to 1, got -1"),
        ({"false_rejection": "5 %"}, "false_rejection: expected a finite number"),
        ({"area": [0.7, 0.6]}, "area: expected a list of 3 entries, got 2"),
        ({"area": [0.7, 0.8, 0.9]}, "area: expected a value with the ends of its"),
        ({"area": [0.7, 0.4, 0.8]}, "warranted: expected false, as the areas'"),
        ({"warranted": 1}, "warranted: expected true, as the areas' lower ends say"),
        ({"held_out": {}}, r"held_out: expected an object of problems, got {}"),
        ({"held_out": {"dots": {}}}, "held_out: expected the key of a problem"),
        (
            {"held_out": {"dots@v1": {}}},
            "held_out: dots@v1: expected the key 'by_value'",
        ),
        ({"more": 1}, "expected the keys value, share, false_rejection"),
    ],
)
def test_others_are_refused(changes: dict[str, Any], message: str) -> None:
    """With the place of the fault."""
    with pytest.raises(DataError, match=f"file: {message}"):
        Threshold.from_json({**FOUND.to_json(), **changes}, "file")
