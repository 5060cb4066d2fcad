"""Which searches can take results of a database instead of trainings."""

from __future__ import annotations

from evonas.config import Config
from evonas.errors import ConfigError


def check_reuse(config: Config) -> None:
    """Complain about a database where its results cannot stand in for trainings.

    Args:
        config: with every default.

    Raises:
        ConfigError: something is measured that another machine measures otherwise.
    """
    if config.reuse.database is None:
        return
    for name in ("latency", "energy"):
        if getattr(config, name):
            raise ConfigError(
                f"reuse: expected a search whose results hold on any machine, got one "
                f"that measures {name} (as its settings, objectives or limits say), "
                "which no record of another machine tells; remove one of them"
            )


def refuse_reuse(config: Config, who: str) -> None:
    """Complain about a database where everything is to be evaluated.

    Args:
        config: that names one, perhaps.
        who: evaluates everything.

    Raises:
        ConfigError: it does.
    """
    if config.reuse.database is not None:
        raise ConfigError(
            f"{config.source.where(('reuse',))}reuse: expected no database with {who}, "
            f"which evaluates everything itself, got {config.reuse.database}; remove "
            "the section (--set reuse=null)"
        )
