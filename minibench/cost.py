"""What a network and its training have cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.errors import DataError
from minibench import strict


@dataclass(frozen=True, slots=True)
class BenchCost:
    """What a network and its training have cost.

    Attributes:
        parameters: trainable ones, as `Architecture.cost` counts them.
        multiply_adds: of one sample, forward, likewise.
        seconds: that the training took; None: not known.
    """

    parameters: int
    multiply_adds: int
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ("parameters", "multiply_adds"):
            strict.whole(getattr(self, name), f"cost: {name}")
        if self.seconds is not None:
            seconds = strict.number(self.seconds, "cost: seconds")
            if seconds < 0:
                raise DataError(f"cost: seconds: expected 0 or more, got {seconds:g}")
            object.__setattr__(self, "seconds", seconds)

    @classmethod
    def of(
        cls, architecture: Architecture, shape: Shape, seconds: float | None = None
    ) -> BenchCost:
        """The cost of an architecture, worked out from its shapes.

        Args:
            architecture: of the record.
            shape: of one sample.
            seconds: that the training took; None: not known.

        Raises:
            ArchitectureError: its shapes do not fit.
        """
        cost = architecture.cost(shape)
        return cls(cost.parameters, cost.multiply_adds, seconds)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "cost") -> BenchCost:
        """The inverse of `to_json`; DataError for anything else."""
        names = ("parameters", "multiply_adds", "seconds")
        fields = strict.Fields(data, place, names)
        values = [fields.raw(name) for name in names]
        return strict.placed(place, "cost", lambda: cls(*values))
