"""Credit: from the fitness of networks to the fitness of their parts.

The fitness of a module or blueprint is the mean over the distinct networks that
contained it (Miikkulainen et al. 2017, section 3.2); a network counts once for a part,
however many of its nodes are made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evonas.population import scalar_fitness


@dataclass(frozen=True, slots=True)
class Tried:
    """One evaluated network and the parts it was assembled from.

    Attributes:
        key: of its candidate.
        blueprint: genome id.
        modules: genome ids, each once.
        gains: its objectives, higher is better; None: it failed.
    """

    key: str
    blueprint: int
    modules: tuple[int, ...]
    gains: tuple[float, ...] | None

    @property
    def parts(self) -> tuple[int, ...]:
        """The genome ids of blueprint and modules."""
        return (self.blueprint, *self.modules)

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        gains = None if self.gains is None else list(self.gains)
        return [self.key, self.blueprint, list(self.modules), gains]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Tried:
        """The inverse of `to_json`."""
        key, blueprint, modules, gains = data
        return cls(
            key, blueprint, tuple(modules), None if gains is None else tuple(gains)
        )


def network_fitness(tried: Sequence[Tried], worst: float) -> list[float]:
    """One scalar a network: its one objective, or its Pareto rank among `tried`.

    Args:
        tried: the networks that are compared.
        worst: what a failed network gets when there is one objective, see
            `scalar_fitness`.
    """
    return scalar_fitness([network.gains for network in tried], worst)


def part_fitness(
    tried: Sequence[Tried], worst: float
) -> tuple[dict[int, float], dict[int, float]]:
    """Fitness of the blueprints and of the modules, by genome id.

    Parts that are in none of the networks are absent: they were not sampled, which says
    nothing about them.
    """
    fitness = network_fitness(tried, worst)
    blueprints = _means([(n.key, (n.blueprint,)) for n in tried], fitness)
    modules = _means([(n.key, n.modules) for n in tried], fitness)
    return blueprints, modules


def _means(
    networks: Sequence[tuple[str, tuple[int, ...]]], fitness: Sequence[float]
) -> dict[int, float]:
    """Mean over the distinct networks that contain each part."""
    by_part: dict[int, dict[str, float]] = {}
    for (key, parts), value in zip(networks, fitness, strict=True):
        for part in parts:
            by_part.setdefault(part, {})[key] = value
    return {
        part: sum(values.values()) / len(values) for part, values in by_part.items()
    }
