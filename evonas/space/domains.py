"""Domains: the values that one field of a search space may take.

Every domain draws, mutates, measures and tests values, and has a text form, the one
that a user writes in the `space:` section of a config (see `text_form.py`). Here are
the interface and the domains of listed values; `ranges.py` has those of numbers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np

from evonas.architecture.layer import Value
from evonas.errors import ConfigError


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a finite number; true and false are not."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


class Domain(ABC):
    """The values that one field may take."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random."""

    @abstractmethod
    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """Another value, near `value` where the domain has an order.

        It differs from `value` unless the domain holds nothing else. A `value` outside
        (the domain was narrowed since) is replaced by one inside.
        """

    @abstractmethod
    def contains(self, value: object) -> bool:
        """Whether `value` may be taken."""

    @abstractmethod
    def distance(self, first: Value, second: Value) -> float:
        """How far apart two values are: from 0 (equal) to 1."""

    @abstractmethod
    def values(self) -> tuple[Value, ...] | None:
        """Every value in order; None where they are continuous."""

    @abstractmethod
    def extremes(self) -> tuple[Value, ...]:
        """The values to try when a field is checked: all choices, or both ends."""

    @abstractmethod
    def spread(self, most: int) -> tuple[Value, ...]:
        """All values without an order, or at most so many, evenly spread, both ends in.

        Args:
            most: 2 or more.
        """

    @abstractmethod
    def to_json(self) -> Any:
        """The text form, see `text_form.py`."""

    @property
    def constant(self) -> bool:
        """Whether there is only one value."""
        return len(self.extremes()) == 1

    @property
    def ordered(self) -> bool:
        """Whether values lie before or behind each other, as numbers do."""
        return True


@dataclass(frozen=True)
class Choice(Domain):
    """One of several values without an order; of one value: a constant."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options or len(set(self.options)) < len(self.options):
            raise ConfigError(
                f"expected one or more different values, got {list(self.options)!r}"
            )
        if ascending(self.options):
            raise ConfigError(
                f"expected values without an order, got {list(self.options)!r}; "
                "ascending numbers make an Ordinal"
            )

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random."""
        return self.options[int(rng.integers(len(self.options)))]

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """One of the other values, each equally likely."""
        others = [option for option in self.options if not _same(option, value)]
        return others[int(rng.integers(len(others)))] if others else value

    @property
    def ordered(self) -> bool:
        """No."""
        return False

    def contains(self, value: object) -> bool:
        """Whether `value` is one of the options."""
        return any(_same(option, value) for option in self.options)

    def distance(self, first: Value, second: Value) -> float:
        """0 for equal values, 1 for different ones."""
        return 0.0 if first == second else 1.0

    def values(self) -> tuple[Value, ...]:
        """Every option."""
        return self.options

    def extremes(self) -> tuple[Value, ...]:
        """Every option."""
        return self.options

    def spread(self, most: int) -> tuple[Value, ...]:
        """Every option: none lies between others."""
        return self.options

    def to_json(self) -> Any:
        """The one value, or the list."""
        return self.options[0] if len(self.options) == 1 else list(self.options)


@dataclass(frozen=True)
class Ordinal(Domain):
    """One of several ascending numbers; mutation goes one or two places along."""

    options: tuple[int | float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options))
        if not ascending(self.options):
            raise ConfigError(
                f"expected two or more ascending numbers, got {list(self.options)!r}"
            )

    @cached_property
    def _place(self) -> dict[int | float, int]:
        return {option: place for place, option in enumerate(self.options)}

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random."""
        return self.options[int(rng.integers(len(self.options)))]

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """A value one or two places away."""
        place = self._place.get(value) if is_number(value) else None
        if place is None:
            return self.draw(rng)
        near = [
            place + step
            for step in (-2, -1, 1, 2)
            if 0 <= place + step < len(self.options)
        ]
        return self.options[near[int(rng.integers(len(near)))]]

    def contains(self, value: object) -> bool:
        """Whether `value` is one of the numbers."""
        return is_number(value) and value in self._place

    def distance(self, first: Value, second: Value) -> float:
        """Places apart as a share of the most possible."""
        if first == second:
            return 0.0
        # A word, or a number outside, has no place: as far as can be.
        near, far = self._place.get(first), self._place.get(second)  # type: ignore[arg-type]
        if near is None or far is None:
            return 1.0
        return abs(near - far) / (len(self.options) - 1)

    def values(self) -> tuple[Value, ...]:
        """Every number."""
        return self.options

    def extremes(self) -> tuple[Value, ...]:
        """Every number."""
        return self.options

    def spread(self, most: int) -> tuple[Value, ...]:
        """Evenly by their places."""
        last = len(self.options) - 1
        count = min(most, last + 1)
        return tuple(
            self.options[round(step * last / (count - 1))] for step in range(count)
        )

    def to_json(self) -> Any:
        """The list."""
        return list(self.options)


def ascending(values: tuple[object, ...]) -> TypeGuard[tuple[int | float, ...]]:
    """Whether the values are two or more numbers, each above the one before."""
    numbers = [value for value in values if is_number(value)]
    return 1 < len(numbers) == len(values) and all(
        numbers[place] < numbers[place + 1] for place in range(len(numbers) - 1)
    )


def _same(first: object, second: object) -> bool:
    # True == 1 in Python, but not in a config.
    return first == second and isinstance(first, bool) == isinstance(second, bool)
