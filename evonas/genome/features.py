"""Values of choices as numbers for predictors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Value
from evonas.space import Domain


def domain_features(domain: Domain, value: Value) -> list[float]:
    """One value: one-hot of options without an order, else its place from 0 to 1."""
    if domain.constant:
        return []
    if not domain.ordered:
        return [float(option == value) for option in domain.values() or ()]
    return [domain.distance(domain.extremes()[0], value)]


def choice_features(
    choices: Mapping[str, Domain], values: Mapping[str, Value]
) -> NDArray[np.float64]:
    """A value for every choice; constants add nothing."""
    found: list[float] = []
    for name, domain in choices.items():
        found += domain_features(domain, values[name])
    return np.array(found)
