"""Domains whose values are not equally likely, as a constraint set's shares make them.

They hold the same values as the domain they are made of; only drawing and mutating
prefer some of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space.domains import Domain, Ordinal

#: places along which a number's mutation goes at most, as `Ordinal` has it
_REACH = 2


class Leaning(Domain):
    """A domain that holds the values of another one and prefers some of them."""

    @property
    @abstractmethod
    def base(self) -> Domain:
        """Whose values they are."""

    def contains(self, value: object) -> bool:
        """Whether `value` may be taken."""
        return self.base.contains(value)

    def distance(self, first: Value, second: Value) -> float:
        """The base's."""
        return self.base.distance(first, second)

    def values(self) -> tuple[Value, ...] | None:
        """The base's."""
        return self.base.values()

    def extremes(self) -> tuple[Value, ...]:
        """The base's."""
        return self.base.extremes()

    def spread(self, most: int) -> tuple[Value, ...]:
        """The base's."""
        return self.base.spread(most)

    def to_json(self) -> Any:
        """The base's: what it prefers is not part of the text form."""
        return self.base.to_json()

    @property
    def ordered(self) -> bool:
        """The base's."""
        return self.base.ordered


@dataclass(frozen=True)
class Weighted(Leaning):
    """Listed values, each with its weight.

    Args:
        listed: a domain of listed values.
        weights: value → weight, 0 or more; a value that is not named has weight 0,
            and where all have, they are equally likely.

    Raises:
        ConfigError: the domain is continuous, or a weight is negative or no number.
    """

    listed: Domain
    weights: Mapping[Value, float] = field(hash=False)

    def __post_init__(self) -> None:
        if self.listed.values() is None:
            raise ConfigError(
                f"expected listed values to weigh, got {self.listed.to_json()!r}"
            )
        check_weights(self.weights)

    @property
    def base(self) -> Domain:
        """Whose values they are."""
        return self.listed

    @cached_property
    def _values(self) -> tuple[Value, ...]:
        return self.listed.values() or ()

    @cached_property
    def _chances(self) -> tuple[float, ...]:
        found = tuple(float(self.weights.get(value, 0.0)) for value in self._values)
        return found if sum(found) > 0 else (1.0,) * len(found)

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random, by weight."""
        return self._values[drawn(self._chances, rng)]

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """Another value by weight; of numbers in order one within two places."""
        if self.constant:
            return self._values[0]
        if not self.contains(value):
            return self.draw(rng)
        places = [at for at, one in enumerate(self._values) if one != value]
        if isinstance(self.listed, Ordinal):
            here = self._values.index(value)
            places = [at for at in places if abs(at - here) <= _REACH]
        chances = [self._chances[at] for at in places]
        if not sum(chances):
            return self._values[places[int(rng.integers(len(places)))]]
        return self._values[places[drawn(chances, rng)]]


@dataclass(frozen=True)
class Preferring(Leaning):
    """Mostly the values of an inner domain, with a chance any of the outer one.

    Args:
        outer: what may be taken at all.
        inner: a part of it.
        outside: chance that a draw or mutation is of `outer`, 0 to 1.
    """

    outer: Domain
    inner: Domain
    outside: float

    @property
    def base(self) -> Domain:
        """Whose values they are."""
        return self.outer

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random."""
        return self._chosen(rng).draw(rng)

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """Another value; where the inner domain has no other one, of the outer."""
        chosen = self._chosen(rng)
        if chosen.constant and chosen.contains(value):
            chosen = self.outer
        return chosen.mutate(value, rng)

    def _chosen(self, rng: np.random.Generator) -> Domain:
        return self.outer if rng.random() < self.outside else self.inner


def drawn(chances: Sequence[float], rng: np.random.Generator) -> int:
    """A place at random.

    Args:
        chances: one a place, 0 or more and not all 0; they need not sum to 1.
        rng: one number of it is used.
    """
    left = rng.random() * sum(chances)
    last = 0
    for place, chance in enumerate(chances):
        if chance <= 0:
            continue
        last = place
        left -= chance
        if left < 0:
            break
    return last


def check_weights(weights: Mapping[Any, float]) -> None:
    """Complain about weights that are none.

    Args:
        weights: value → weight.

    Raises:
        ConfigError: naming the first one.
    """
    for value, weight in weights.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not 0 <= weight < float("inf"):
            raise ConfigError(
                f"expected a weight of 0 or more for {value!r}, got {weight!r}"
            )
