"""A search over networks whose fitness is computed from the graph alone (`scoring`)."""

from __future__ import annotations

from scoring import SHAPE, SyntheticEvaluator

from evonas.genome import MutationRates
from evonas.search import CoDeepNEAT, CoDeepNEATSettings, StrategyContext
from evonas.space import Space, default_space

__all__ = ["SHAPE", "SyntheticEvaluator", "space", "strategy"]


def space() -> Space:
    """The default space of small images."""
    return default_space("image", SHAPE)


def strategy(seed: int = 0, **settings: object) -> CoDeepNEAT:
    """CoDeepNEAT with small populations on the synthetic problem."""
    small = {
        "networks": 6,
        "modules": {"size": 6, "species": 2},
        "blueprints": {"size": 4, "species": 2},
        "module_mutation": MutationRates(),
        **settings,
    }
    context = StrategyContext(space(), SHAPE, 10, seed=seed)
    return CoDeepNEAT(CoDeepNEATSettings(**small), context)
