"""Settings of the training evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evonas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How candidates are trained and measured, beside their own recipe.

    Attributes:
        device: "cpu", "cuda", "cuda:<number>", or "auto" (CUDA where there is any).
        threads: of the CPU for one candidate; they can change results in the last
            bits, so they belong to the settings and not to the machine.
        time_limit_seconds: after which a training of a search stops as `timed_out`,
            looked at between steps; final trainings have none. None: no limit.
        latency: measure `latency_seconds` (one sample, median) of every candidate.
        latency_limit_seconds: in a search a slower network is `invalid`, before any
            training; None: no limit.
        split_seed: of the split into training and validation.
        validation_share: of the training samples, held out to select by; None: the
            task's own.
        weights_directory: where weights go that a request wants kept; None: nowhere.
        loss: `package.module:Name` of a function (outputs, targets) → scalar tensor, or
            of a torch loss class; None: cross-entropy, or mean squared error.
        metrics: names of further metrics for every record.
    """

    device: str = "auto"
    threads: int = 1
    time_limit_seconds: float | None = None
    latency: bool = False
    latency_limit_seconds: float | None = None
    split_seed: int = 0
    validation_share: float | None = None
    weights_directory: Path | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ConfigError(f"threads: expected 1 or more, got {self.threads}")
        for name in ("time_limit_seconds", "latency_limit_seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name}: expected more than 0, got {value}")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainingSettings:
        """Settings from plain JSON values; None means absent.

        Raises:
            ConfigError: an unknown key, or a value out of range.
        """
        known = [field.name for field in fields(cls)]
        for key in data:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ConfigError(
                    f"evaluator settings: unknown key {key!r}; known are "
                    f"{', '.join(known)}{hint}"
                )
        values = {key: value for key, value in data.items() if value is not None}
        if "weights_directory" in values:
            values["weights_directory"] = Path(values["weights_directory"])
        if "metrics" in values:
            values["metrics"] = tuple(values["metrics"])
        return cls(**values)
