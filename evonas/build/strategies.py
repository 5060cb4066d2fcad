"""Sections that name a strategy, checked by the strategy's own settings."""

from __future__ import annotations

from typing import Any

from evonas.config import Config, StrategySettings, parse_settings
from evonas.config.parse import did_you_mean
from evonas.errors import ConfigError
from evonas.search import STRATEGIES


def strategy_settings(
    config: Config,
    section: StrategySettings | None = None,
    at: tuple[str, ...] = ("strategy",),
) -> Any:
    """A strategy's own settings, checked.

    Args:
        config: the whole file.
        section: that names the strategy; None: `strategy`.
        at: keys that lead to the section.
    """
    section = config.strategy if section is None else section
    name = section.name
    if name not in STRATEGIES:
        where = config.source.where((*at, "name"))
        raise ConfigError(
            f"{where}`{'.'.join(at)}.name`: expected one of {', '.join(STRATEGIES)}, "
            f"got {name!r}{did_you_mean(name, list(STRATEGIES))}"
        )
    # With the graph held only choices are left, as a table's cells have them.
    held = config.constraints.vary == "hyperparameters"
    return parse_settings(
        STRATEGIES[name].settings_over(cells=held or config.task.table is not None),
        section.settings,
        config.source,
        at=at,
        beside=("name",),
    )
