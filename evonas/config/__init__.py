"""Settings: one YAML file, checked before anything starts.

A `Config` is the whole file as typed, frozen settings; `load_config` reads it together
with `--set` overrides. Whatever is wrong becomes a `ConfigError` that names the file,
the line, what was expected and what was found.

Two sections are checked by the rooms that know their keys: `strategy` by the `Settings`
class beside each strategy (with `parse_settings`), `space` by `evonas.space`.
"""

from evonas.config.cluster import ClusterSettings
from evonas.config.duration import seconds_of
from evonas.config.islands import IslandSettings
from evonas.config.parse import parse_settings
from evonas.config.reuse import ReuseSettings
from evonas.config.section import Settings
from evonas.config.settings import (
    BudgetSettings,
    Config,
    Direction,
    FidelitySettings,
    FinalSettings,
    ObjectiveSettings,
    SchedulerSettings,
    SequenceSettings,
    StrategySettings,
    TaskSettings,
    WeightsSettings,
    config_from_json,
    load_config,
    read_settings,
)
from evonas.config.source import ConfigSource

__all__ = [
    "BudgetSettings",
    "ClusterSettings",
    "Config",
    "ConfigSource",
    "Direction",
    "FidelitySettings",
    "FinalSettings",
    "IslandSettings",
    "ObjectiveSettings",
    "ReuseSettings",
    "SchedulerSettings",
    "SequenceSettings",
    "Settings",
    "StrategySettings",
    "TaskSettings",
    "WeightsSettings",
    "config_from_json",
    "load_config",
    "parse_settings",
    "read_settings",
    "seconds_of",
]
