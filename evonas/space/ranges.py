"""Ranges of numbers, linear or logarithmic: domains with a distance and small steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space.domains import Domain, is_number

#: Standard deviation of the mutation step of a range, as a share of the range.
STEP = 0.15
#: Most values of an `IntegerRange`; a longer one needs a step.
MOST_VALUES = 100_000


class _Scale:
    """A stretch of numbers seen as 0 to 1, linearly or by logarithm."""

    def __init__(self, low: float, high: float, log: bool) -> None:
        self._map: Callable[[float], float] = math.log if log else float
        self._log = log
        self._start = self._map(low)
        self._width = self._map(high) - self._start

    def unit(self, value: float) -> float:
        return (self._map(value) - self._start) / self._width

    def value(self, unit: float) -> float:
        place = self._start + unit * self._width
        return math.exp(place) if self._log else place

    def distance(self, first: float, second: float) -> float:
        return min(1.0, abs(self._map(first) - self._map(second)) / self._width)

    def spread(self, count: int) -> list[float]:
        """Evenly spread numbers, the ends among them."""
        return [self.value(step / (count - 1)) for step in range(count)]

    def step(self, value: float, rng: np.random.Generator) -> float:
        """A Gaussian step, reflected at the ends so that they attract nothing."""
        unit = abs(self.unit(value) + STEP * float(rng.standard_normal())) % 2.0
        return self.value(2.0 - unit if unit > 1.0 else unit)


def _check_range(low: float, high: float, log: bool) -> None:
    if low >= high:
        raise ConfigError(f"expected low < high, got low {low!r} and high {high!r}")
    if log and low <= 0:
        raise ConfigError(f"expected low > 0 with log: true, got low {low!r}")


@dataclass(frozen=True)
class IntegerRange(Domain):
    """Integers from `low` to `high` (included where `step` meets it)."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ConfigError(f"expected step of 1 or more, got {self.step!r}")
        _check_range(self.low, self.high, self.log)
        if self.low + self.step > self.high:
            raise ConfigError(
                f"expected two values or more, got low {self.low}, high {self.high} "
                f"and step {self.step}"
            )
        if (self.high - self.low) // self.step >= MOST_VALUES:
            raise ConfigError(
                f"expected at most {MOST_VALUES:,} values, got low {self.low}, "
                f"high {self.high} and step {self.step}; take a larger step"
            )

    @cached_property
    def _scale(self) -> _Scale:
        return _Scale(self.low, self._last, self.log)

    @cached_property
    def _last(self) -> int:
        return self.high - (self.high - self.low) % self.step

    def _nearest(self, value: float) -> int:
        place = self.low + self.step * round((value - self.low) / self.step)
        return min(max(place, self.low), self._last)

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random, by logarithm where `log` is set."""
        if self.log:
            return self._nearest(self._scale.value(float(rng.random())))
        return self.low + self.step * int(
            rng.integers((self._last - self.low) // self.step + 1)
        )

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """A Gaussian step to another value of the grid."""
        if not self.contains(value):
            return self.draw(rng)
        old = int(value)
        new = self._nearest(self._scale.step(old, rng))
        if new != old:
            return new
        upwards = rng.random() < 0.5
        if old == self.low or (upwards and old != self._last):
            return old + self.step
        return old - self.step

    def contains(self, value: object) -> bool:
        """Whether `value` lies on the grid."""
        return (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self._last
            and (value - self.low) % self.step == 0
        )

    def distance(self, first: Value, second: Value) -> float:
        """Difference as a share of the range."""
        if first == second:
            return 0.0
        if not (self.contains(first) and self.contains(second)):
            return 1.0
        return self._scale.distance(float(first), float(second))

    def values(self) -> tuple[Value, ...]:
        """Every value."""
        return tuple(range(self.low, self._last + 1, self.step))

    def extremes(self) -> tuple[Value, ...]:
        """Both ends."""
        return (self.low, self._last)

    def spread(self, most: int) -> tuple[Value, ...]:
        """Evenly along the range, each on the grid."""
        values = self.values()
        if len(values) <= most:
            return values
        return tuple(dict.fromkeys(map(self._nearest, self._scale.spread(most))))

    def to_json(self) -> Any:
        """The mapping in full."""
        return {"low": self.low, "high": self.high, "step": self.step, "log": self.log}


@dataclass(frozen=True)
class FloatRange(Domain):
    """Real numbers from `low` to `high`, kept to four significant digits.

    The rounding keeps text forms readable; nothing in training can tell the difference.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        _check_range(self.low, self.high, self.log)

    @cached_property
    def _scale(self) -> _Scale:
        return _Scale(self.low, self.high, self.log)

    def _rounded(self, value: float) -> float:
        return min(max(float(f"{value:.4g}"), self.low), self.high)

    def draw(self, rng: np.random.Generator) -> Value:
        """A value at random, by logarithm where `log` is set."""
        return self._rounded(self._scale.value(float(rng.random())))

    def mutate(self, value: Value, rng: np.random.Generator) -> Value:
        """A Gaussian step."""
        if not self.contains(value):
            return self.draw(rng)
        new = self._rounded(self._scale.step(float(value), rng))
        if new != value:
            return new
        # Rounding took the step back; the far end always differs.
        return self.low if self._scale.unit(float(value)) > 0.5 else self.high

    def contains(self, value: object) -> bool:
        """Whether `value` is a number between the ends."""
        return is_number(value) and self.low <= value <= self.high

    def distance(self, first: Value, second: Value) -> float:
        """Difference as a share of the range."""
        if first == second:
            return 0.0
        if not (self.contains(first) and self.contains(second)):
            return 1.0
        return self._scale.distance(float(first), float(second))

    def values(self) -> None:
        """None: continuous."""
        return

    def extremes(self) -> tuple[Value, ...]:
        """Both ends."""
        return (self.low, self.high)

    def spread(self, most: int) -> tuple[Value, ...]:
        """Evenly along the range."""
        between = map(self._rounded, self._scale.spread(most)[1:-1])
        return tuple(dict.fromkeys((self.low, *between, self.high)))

    def to_json(self) -> Any:
        """The mapping."""
        return {"low": self.low, "high": self.high, "log": self.log}
