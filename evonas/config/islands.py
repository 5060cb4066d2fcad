"""The `islands` section: one search as several populations that exchange champions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from evonas.config.section import Settings


class IslandSettings(Settings):
    """Populations of one search, each with a manager and workers of its own."""

    #: How many; 1: an ordinary search
    count: int = Field(default=1, ge=1)
    #: Who sends its champions to whom: each to the next one, each exchange to others
    #: that are drawn, or each to all
    topology: Literal["ring", "random", "full"] = "ring"
    #: Evaluations of each island between two exchanges
    interval: int = Field(default=50, ge=1)
    #: Champions that an island sends
    migrants: int = Field(default=1, ge=1, le=10)
    #: Whether an island stands still until the champions are there that it is to get:
    #: only then a search can be repeated exactly
    wait: bool = True
    #: It goes on without those that have not come by then
    patience_minutes: float = Field(default=60.0, gt=0)
    #: Written by the search into the settings of each island: its number
    index: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> IslandSettings:
        if self.index is not None and self.index >= self.count:
            raise ValueError(
                f"expected an `index` below `count` ({self.count}), got {self.index}; "
                "leave it out: a search numbers its islands itself"
            )
        return self

    @property
    def whole(self) -> bool:
        """Whether these are the settings of a search that has islands."""
        return self.count > 1 and self.index is None
