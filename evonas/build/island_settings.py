"""Which searches can have islands."""

from __future__ import annotations

from evonas.config import Config
from evonas.errors import ConfigError
from evonas.search import STRATEGIES


def check_islands(config: Config) -> None:
    """Complain about islands that could not work, or would change nothing.

    Raises:
        ConfigError: the strategy makes nothing of a champion, or there is less of
            something than one for each island.
    """
    islands = config.islands
    if islands.count == 1:
        return
    where = config.source.where(("islands",))
    name = config.strategy.name
    entry = STRATEGIES.get(name)
    if entry is not None and not entry.migrates:
        known = ", ".join(one for one, each in STRATEGIES.items() if each.migrates)
        raise ConfigError(
            f"{where}islands: expected a strategy that can take in a champion of "
            f"another population ({known}), got {name}; choose one of them, or leave "
            "islands out"
        )
    if config.sequence.first != "together":
        raise ConfigError(
            f"{where}islands: expected a search of architecture and recipe together, "
            f"got sequence.first: {config.sequence.first}; leave one of them out"
        )
    if config.task.table is not None and not islands.wait:
        raise ConfigError(
            f"{where}islands.wait: expected true with task.table, whose time is "
            "virtual and another one on each island, got false; remove it"
        )
    if not islands.whole:
        return
    given = config.budget.evaluations
    if given is not None and given < islands.count:
        raise ConfigError(
            f"{where}islands: expected {islands.count} or more in budget.evaluations, "
            f"one for each island, got {given}; raise it, or take fewer islands"
        )


def refuse_islands(config: Config, who: str) -> None:
    """Complain about islands where there can be none.

    Args:
        config: that has them, perhaps.
        who: cannot have them.

    Raises:
        ConfigError: it has.
    """
    if config.islands.count > 1:
        raise ConfigError(
            f"{config.source.where(('islands',))}islands: expected no islands with "
            f"{who}, got {config.islands.count}: their managers are processes or ranks "
            "that `evonas search` starts; use that, or remove the section"
        )
