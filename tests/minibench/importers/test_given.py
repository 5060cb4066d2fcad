"""What people tell in their own words: networks, recipes, provenance."""

from __future__ import annotations

from typing import Any

import pytest
from bench_records import SHAPE, recipes
from hypothesis import given
from listed_rows import NETWORK

from evonas.candidate import Recipe
from evonas.errors import DataError
from minibench.importers import ImportOptions
from minibench.importers.given import Networks, provenance_of, recipe_of


@given(recipe=recipes)
def test_a_recipe_told_in_full_comes_back(recipe: Recipe) -> None:
    """In one part or two; the told fields win over the shared ones."""
    told = recipe.to_json()
    assert recipe_of(told, ImportOptions(), "t") == recipe
    assert recipe_of(told, ImportOptions(recipe={"batch_size": 1}), "t") == recipe
    names = sorted(told)
    first = {name: told[name] for name in names[:9]}
    rest = {name: told[name] for name in names[9:]}
    assert recipe_of(first, ImportOptions(recipe=rest), "t") == recipe


def test_nothing_told_is_nothing_known() -> None:
    """Defaults are taken where somebody says so."""
    assert recipe_of({}, ImportOptions(), "t") is None
    assert recipe_of({}, ImportOptions(recipe={}), "t") == Recipe()
    with pytest.raises(DataError, match="t: recipe: expected every field, got none"):
        recipe_of({"batch_size": 1}, ImportOptions(), "t")
    with pytest.raises(DataError, match="t: recipe: unknown field 'rate'"):
        recipe_of({"rate": 1}, ImportOptions(recipe={}), "t")


def test_a_network_that_comes_again_is_the_same() -> None:
    """For samples of one shape; it is checked once."""
    networks = Networks()
    first = networks.of(NETWORK.to_json(), SHAPE, "t")
    assert networks.of(NETWORK.to_json(), SHAPE, "t") is first
    assert networks.of(NETWORK.to_json(), (1, 9, 9), "t").cost != first.cost


@pytest.mark.parametrize("data", [{"a": {1, 2}}, {1: 2, "b": 3}, float("nan"), None])
def test_what_is_no_json_is_no_network(data: Any) -> None:
    """Also where it comes from Python."""
    with pytest.raises(DataError, match="t: expected an object with format, layers"):
        Networks().of(data, SHAPE, "t")


def test_what_the_source_tells_wins() -> None:
    """Options say what it does not."""
    options = ImportOptions(who="Ada", when="2026", licence="MIT")
    found = provenance_of({"who": "Eve"}, options, "a file", "t")
    assert (found.who, found.when, found.source) == ("Eve", "2026", "a file")
    assert found.licence == "MIT"
    with pytest.raises(DataError, match="t: when: expected when it was measured, got"):
        provenance_of({}, ImportOptions(who="Ada"), "a file", "t")
