"""Scales: the numbers of recipes as equals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from minibench.classifier.scale import Scale

TOLD = [
    {"recipe rate": -1.0, "recipe kind sgd": 1.0, "recipe flips": 0.0, "graph": 7.0},
    {"recipe rate": -3.0, "recipe kind adam": 1.0, "recipe flips": 0.0},
    {"graph": 9.0},
]


def test_only_what_differs_is_read() -> None:
    """Words that are not said count as 0; networks of unknown recipe do not count."""
    found = Scale.fit(TOLD)
    assert found.names == ("recipe kind adam", "recipe kind sgd", "recipe rate")
    assert found.means == pytest.approx([0.5, 0.5, -2.0])
    assert found.vector(TOLD[0]) == pytest.approx(np.array([-1, 1, 1]) / 3**0.5)
    assert len(Scale.fit(TOLD[2:])) == len(Scale()) == 0
    assert Scale().vector(TOLD[0]).shape == (0,)


def test_an_unknown_recipe_is_in_the_middle() -> None:
    """It speaks neither for a network nor against it."""
    assert (Scale.fit(TOLD).vector({}) == 0.0).all()


@given(st.dictionaries(st.sampled_from(sorted(TOLD[0])), st.floats(-1e9, 1e9)))
def test_vectors_are_bounded(told: dict[str, float]) -> None:
    """However strange a recipe is."""
    assert np.linalg.norm(Scale.fit(TOLD).vector(told)) <= 4 + 1e-9


def test_the_json_form_can_be_read_back() -> None:
    """Bit by bit."""
    found = Scale.fit(TOLD)
    assert Scale.from_json(found.to_json(), "file").to_json() == found.to_json()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"names": ["b", "a", "c"]}, "names: expected sorted names, each once"),
        ({"names": ["a", "b", 3]}, r"names\[2\]: expected a text, got 3"),
        ({"means": [1.0]}, "means: expected a list of 3 entries, got 1"),
        ({"deviations": [1.0, 0.0, 2.0]}, "deviations: expected numbers above 0"),
        ({"more": 1}, "expected the keys names, means, deviations"),
    ],
)
def test_others_are_refused(changes: dict[str, Any], message: str) -> None:
    """With the place of the fault."""
    data = {**Scale.fit(TOLD).to_json(), **changes}
    with pytest.raises(DataError, match=f"file: {message}"):
        Scale.from_json(data, "file")
