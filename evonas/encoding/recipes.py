"""Recipes as numbers: what a classifier reads of how a network is trained.

After a short training the learning rate decides more than the network does. Rates and
batch sizes are told by their logarithms; the best rate lies between others, so that
the distance from a usual one is told besides. Words are told by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from typing import Final

from evonas.architecture import Value

#: begins the names of what is told of a recipe
RECIPE: Final = "recipe "

#: fields that are told by their logarithm → the least value that is told from 0
_LEAST: Mapping[str, float] = {
    "learning_rate": 1e-6,
    "weight_decay": 1e-8,
    "batch_size": 1.0,
}
#: log10 of a learning rate in the middle of those that are searched
_USUAL_RATE = -2.0


def recipe_features(recipe: Mapping[str, Value]) -> dict[str, float]:
    """What is told of a recipe: name, which begins with `RECIPE`, → value.

    Args:
        recipe: its fields, of numbers, words and flags.
    """
    found = {}
    for name, value in recipe.items():
        if isinstance(value, str):
            found[f"{RECIPE}{name} {value}"] = 1.0
        elif name in _LEAST:
            found[f"{RECIPE}{name}"] = log10(max(float(value), _LEAST[name]))
        else:
            found[f"{RECIPE}{name}"] = float(value)
    rate = found.get(f"{RECIPE}learning_rate")
    if rate is not None:
        found[f"{RECIPE}learning_rate squared"] = (rate - _USUAL_RATE) ** 2
    return found
