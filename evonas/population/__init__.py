"""Populations: objectives, Pareto ranks, hypervolume, species, sharing, breeding."""

from evonas.population.hypervolume import KnownFront, nondominated
from evonas.population.objectives import ENORMOUS, Objective, gains
from evonas.population.pareto import fronts, pareto_fitness, scalar_fitness
from evonas.population.population import (
    Breeder,
    Population,
    PopulationSettings,
    apportion,
    ranking,
)
from evonas.population.species import Speciation, Species

__all__ = [
    "ENORMOUS",
    "Breeder",
    "KnownFront",
    "Objective",
    "Population",
    "PopulationSettings",
    "Speciation",
    "Species",
    "apportion",
    "fronts",
    "gains",
    "nondominated",
    "pareto_fitness",
    "ranking",
    "scalar_fitness",
]
