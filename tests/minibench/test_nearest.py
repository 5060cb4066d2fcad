"""Which problems resemble a data set."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench_records import PROBLEM

from evonas.errors import DataError
from minibench import Characterisation, Problem
from minibench.nearest import resembling


def number(value: float, epochs: int = 10) -> Characterisation:
    """A DCN."""
    return Characterisation("dcn", value, {"epochs": epochs})


def known(name: str, value: float, epochs: int = 10, **changes: object) -> Problem:
    """A problem with a DCN."""
    problem = replace(PROBLEM, name=name, characterisation=(number(value, epochs),))
    return replace(problem, **changes)  # type: ignore[arg-type]


def test_the_nearer_the_number_the_more_it_weighs() -> None:
    """Weights sum to 1; the problem itself, under any version, is no neighbour."""
    others = [known("near", 0.82), known("far", 0.3), known("dots", 0.8, version="v9")]
    found = resembling(PROBLEM, [number(0.8)], {one.key: one for one in others})
    assert set(found) == {"near@v1", "far@v1"}
    assert found["near@v1"] > 0.9
    assert sum(found.values()) == pytest.approx(1.0)


def test_only_equal_settings_and_modalities_are_compared() -> None:
    """Others have no say; without any it is said what to do."""
    others = [
        known("series", 0.8, modality="series", input_shape=(1, 9)),
        known("longer", 0.8, epochs=20),
    ]
    with pytest.raises(DataError, match="expected another problem of the modality"):
        resembling(PROBLEM, [number(0.8)], {one.key: one for one in others})
    with pytest.raises(DataError, match="expected its dcn, got none"):
        resembling(PROBLEM, [], {one.key: one for one in others})
