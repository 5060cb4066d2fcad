"""Settings of the training evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from evonas.candidate import Recipe
from evonas.errors import ConfigError
from evonas.training.precision import PrecisionName


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How candidates are trained and measured, beside their own recipe.

    Attributes:
        device: "cpu", "cuda", "cuda:<number>", or "auto" (CUDA where there is any).
        threads: of the CPU for one candidate; they can change results in the last
            bits, so they belong to the settings and not to the machine.
        time_limit_seconds: after which a training of a search stops as `timed_out`,
            looked at between steps; final trainings have none. None: no limit.
        memory_limit_bytes: of the process; what cannot fit into it, or into the device,
            is `out_of_memory` without being tried. None: the device's alone.
        precision: of the forward pass: "fp32", "bf16", "fp16", or "auto" (fp32 on a
            CPU, the fastest that a GPU has hardware for).
        cuda_graphs: launch all kernels of a step at once, on a GPU. Off by default,
            since its gain is not measured yet.
        final_recipe: fields of the recipe that final trainings have instead of the
            candidate's own.
        latency: measure `latency_seconds` (one sample, median) of every candidate, and
            `latency_batch_seconds` (a batch of the recipe's size).
        energy: measure `energy_joules` of every training, where the device tells it.
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
    memory_limit_bytes: int | None = None
    precision: PrecisionName = "auto"
    cuda_graphs: bool = False
    final_recipe: Mapping[str, Any] = field(default_factory=dict)
    latency: bool = False
    energy: bool = False
    latency_limit_seconds: float | None = None
    split_seed: int = 0
    validation_share: float | None = None
    weights_directory: Path | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ConfigError(f"threads: expected 1 or more, got {self.threads}")
        if self.precision not in get_args(PrecisionName):
            raise ConfigError(
                f"precision: expected one of {', '.join(get_args(PrecisionName))}, got "
                f"{self.precision!r}"
            )
        Recipe.from_json(self.final_recipe)  # refuses unknown fields and bad values
        for name in (
            "time_limit_seconds",
            "memory_limit_bytes",
            "latency_limit_seconds",
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name}: expected more than 0, got {value}")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainingSettings:
        """Settings from plain JSON values; None means absent.

        Raises:
            ConfigError: an unknown key, or a value out of range.
        """
        known = [one.name for one in fields(cls)]
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
