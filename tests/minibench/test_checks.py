"""Checks: what cannot be right is refused, with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bench_records import PROBLEM, record

from evonas.architecture import Architecture, Layer
from evonas.errors import DataError
from minibench.checks import check, faults

#: reads maps alone, and gives one
_FLAT = Architecture.chain([Layer("flatten"), Layer("conv", {"filters": 3})])


def test_a_sound_record_has_no_faults() -> None:
    """Its cost is that of its network, its metrics are possible."""
    assert list(faults(record(), PROBLEM)) == []


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        (
            {"metrics": {"validation_accuracy": 1.7}},
            "implausible",
            r"metrics.validation_accuracy: expected a value from 0 to 1, got 1.7",
        ),
        (
            {"metrics": {"test_rmse": -1.0}},
            "implausible",
            r"metrics.test_rmse: expected a value from 0 to inf, got -1",
        ),
        (
            {"cost": replace(record().cost, parameters=7)},
            "cost",
            r"cost.parameters: expected \d+, which the architecture has, got 7",
        ),
        (
            {"architecture": _FLAT},
            "unbuildable",
            r"architecture: expected a network that can be built for inputs of",
        ),
        (
            {"input_shape": (8, 8)},
            "shape",
            r"input_shape: expected as many sides as \[1, 8, 8\] of the problem",
        ),
    ],
)
def test_what_cannot_be_right_is_named(
    changes: dict[str, Any], rule: str, message: str
) -> None:
    """With the rule, and where the record stands."""
    wrong = replace(record(), **changes)
    assert rule in [name for name, _ in faults(wrong, PROBLEM)]
    with pytest.raises(DataError, match=f"^f, line 2: {message}"):
        check(wrong, PROBLEM, "f, line 2")
