"""The smallest thing that a population can breed: a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from evonas.population import Population, PopulationSettings


@dataclass(frozen=True)
class Number:
    """A genome that is one number; `parents` tells how it was made."""

    genome_id: int
    value: float
    parents: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"id": self.genome_id, "value": self.value, "parents": self.parents}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Number:
        """The inverse of `to_json`."""
        return cls(data["id"], data["value"], tuple(data["parents"]))


class NumberBreeder:
    """Steps and means; remembers every crossover it was asked for."""

    def __init__(self, seed: int = 0, step: float = 0.1) -> None:
        self._rng = np.random.default_rng(seed)
        self._step = step
        self._ids = count(1)
        self.crossovers: list[tuple[Number, Number, bool]] = []

    def new(self, value: float) -> Number:
        """A genome without parents."""
        return Number(next(self._ids), value)

    def distance(self, a: Number, b: Number) -> float:
        """How far apart they are."""
        return abs(a.value - b.value)

    def mutate(self, genome: Number) -> Number:
        """A small step."""
        value = genome.value + self._step * float(self._rng.standard_normal())
        return Number(next(self._ids), value, (genome.genome_id,))

    def crossover(self, fitter: Number, other: Number, equal: bool) -> Number:
        """Their mean."""
        self.crossovers.append((fitter, other, equal))
        parents = (fitter.genome_id, other.genome_id)
        return Number(next(self._ids), (fitter.value + other.value) / 2, parents)


def population(
    values: list[float], *, seed: int = 0, **settings: Any
) -> tuple[Population[Number], NumberBreeder]:
    """A founded population of these numbers, its size theirs unless settings say."""
    breeder = NumberBreeder(seed)
    made: Population[Number] = Population(
        PopulationSettings(**{"size": len(values), "species": 3, **settings}),
        breeder,
    )
    made.found([breeder.new(value) for value in values])
    return made, breeder
