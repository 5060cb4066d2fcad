"""Recipes as numbers: what is told of how a network is trained."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from architecture_strategies import architectures
from hypothesis import given, settings
from small_networks import convolutional

from evonas.architecture import Architecture, Shape, Value
from evonas.candidate import Recipe
from evonas.encoding import RECIPE, Encoding, recipe_features

SHAPE = (1, 8, 8)


def told(**fields: Value) -> Mapping[str, float]:
    """What is told of some fields."""
    return recipe_features(fields)


def test_rates_and_batches_are_logarithms() -> None:
    """No decay at all is far below the least one; a flag is a number."""
    found = told(learning_rate=0.001, batch_size=100, weight_decay=0.0, nesterov=True)
    assert found == {
        "recipe learning_rate": pytest.approx(-3.0),
        "recipe learning_rate squared": pytest.approx(1.0),
        "recipe batch_size": pytest.approx(2.0),
        "recipe weight_decay": pytest.approx(-8.0),
        "recipe nesterov": 1.0,
    }
    rates = [told(learning_rate=one)["recipe learning_rate squared"] for one in (0, 1)]
    assert rates == pytest.approx([16.0, 4.0])


def test_words_are_told_by_name() -> None:
    """One of them is there."""
    assert told(optimizer="sgd", shift=0.25) == {
        "recipe optimizer sgd": 1.0,
        "recipe shift": 0.25,
    }


def test_every_field_of_a_recipe_is_told() -> None:
    """Those that will join, too."""
    found = recipe_features(Recipe().to_json())
    assert len(found) == len(Recipe().to_json()) + 1
    assert all(name.startswith(RECIPE) for name in found)


@settings(max_examples=20)
@given(architectures(max_layers=8))
def test_a_recipe_changes_nothing_else(drawn: tuple[Architecture, Shape]) -> None:
    """It stands beside the features and the graph."""
    encoding, recipe = Encoding(), Recipe().to_json()
    plain = encoding.features(*drawn)
    assert encoding.features(*drawn, recipe) == plain | recipe_features(recipe)
    assert not any(name.startswith(RECIPE) for name in plain)
    graph, other = encoding.graph(drawn[0]), encoding.graph(drawn[0], recipe)
    assert (graph.words, graph.edges) == (other.words, other.edges)
    assert other.recipe == recipe_features(recipe)
    assert graph.recipe == {}


def test_statistics_are_not_needed_for_it() -> None:
    """A recipe is told whatever else is."""
    plain = Encoding(1, 0, statistics=False)
    found = plain.features(convolutional(), SHAPE, {"optimizer": "adam"})
    assert found["recipe optimizer adam"] == 1.0
