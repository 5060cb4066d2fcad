"""Settings of the schedulers, the keys of `fidelity.scheduler` beside its name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from evonas.config import Settings
from evonas.errors import ConfigError


class NoSchedulerSettings(Settings):
    """Every candidate is trained at the full fidelity, so there is nothing to set."""


class RungSettings(Settings):
    """What every scheduler can be told."""

    #: of so many candidates at one rung, one goes on to the next, which trains them for
    #: so many times as long
    reduction: int = Field(default=3, ge=2)
    #: lengths of training, the longest is `fidelity.epochs`
    rungs: int = Field(default=3, ge=2)
    #: instead of `rungs`: as many rungs as fit above this
    min_epochs: float | None = Field(default=None, gt=0)
    #: by what candidates at one rung are compared: their objectives as measured, or as
    #: their learning curves promise at the full fidelity
    promote_by: Literal["measured", "extrapolated"] = "measured"
    #: chance of a stopped candidate to be trained to the full fidelity all the same, to
    #: learn how many stops are wrong
    audit_share: float = Field(default=0.02, ge=0, le=1)

    @model_validator(mode="after")
    def _counts_rungs_one_way(self) -> RungSettings:
        if self.min_epochs is not None and "rungs" in self.model_fields_set:
            raise ValueError("expected either `rungs` or `min_epochs`, got both")
        return self

    def filled(self, epochs: float) -> dict[str, object]:
        """Plain values of all settings, with `rungs` in place of `min_epochs`.

        Args:
            epochs: of the full fidelity.

        Raises:
            ConfigError: `min_epochs` leaves no room for two rungs.
        """
        values = self.model_dump(mode="json")
        if self.min_epochs is None:
            return values
        rungs, lower = 1, epochs / self.reduction
        # The margin lets 1 be the lowest of 9, 3, 1 in spite of rounding.
        while lower >= self.min_epochs * (1 - 1e-9):
            rungs, lower = rungs + 1, lower / self.reduction
        if rungs < 2:
            raise ConfigError(
                "fidelity.scheduler.min_epochs: expected at most "
                f"{epochs / self.reduction:g} (fidelity.epochs / reduction), so that "
                f"there are two rungs, got {self.min_epochs:g}"
            )
        return {**values, "rungs": rungs, "min_epochs": None}


class HalvingSettings(RungSettings):
    """Settings of `successive_halving`."""

    #: that begin together; null: a generation of the strategy, or as many as give one
    #: at the last rung where it has none
    candidates: int | None = Field(default=None, ge=2)


class HyperbandSettings(RungSettings):
    """Settings of `hyperband`."""


class AshaSettings(RungSettings):
    """Settings of `asha`."""
