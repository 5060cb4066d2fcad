"""`sequence:`, architecture and recipe one after the other: checked, and made."""

from __future__ import annotations

from typing import Any

from evonas.build.strategies import strategy_settings
from evonas.config import Config, StrategySettings
from evonas.errors import ConfigError
from evonas.search import STRATEGIES, InTurn, SearchStrategy, StrategyContext
from evonas.search.in_turn import Part

#: keys that lead to the strategy of the recipe
_AT = ("sequence", "recipe_strategy")
#: what searches nothing but graphs
_GRAPHS_ONLY = "codeepneat"


def filled_sequence(config: Config) -> dict[str, Any]:
    """The section with every default filled in.

    Raises:
        ConfigError: it says something that cannot be.
    """
    given = config.sequence
    found = given.model_dump(mode="json")
    if given.first == "together":
        return found
    evaluations = given.evaluations
    if evaluations is None:
        budget = config.budget.evaluations
        if budget is None:
            raise ConfigError(
                "sequence.evaluations: expected how many candidates the first part "
                "has, got nothing, and budget.evaluations is not given either; give it"
            )
        evaluations = max(1, budget // 2)
    section = _recipe_section(config)
    implied = STRATEGIES[section.name].scheduler if section.name in STRATEGIES else ""
    own = STRATEGIES[config.strategy.name].scheduler
    if implied not in ("", "none", own):
        raise ConfigError(
            f"sequence.recipe_strategy: expected a strategy without a scheduler of its "
            f"own, got {section.name}, which is {implied}; name it as `strategy` too, "
            "or take another"
        )
    settings = strategy_settings(config, section, _AT)
    strategy = {"name": section.name, **settings.model_dump(mode="json")}
    return {**found, "evaluations": evaluations, "recipe_strategy": strategy}


def _recipe_section(config: Config) -> StrategySettings:
    """The strategy of the recipe: its own, or that of the architecture."""
    if config.sequence.recipe_strategy is not None:
        return config.sequence.recipe_strategy
    if config.task.table is None and config.strategy.name == _GRAPHS_ONLY:
        raise ConfigError(
            f"sequence.recipe_strategy: expected a strategy for the recipe alone "
            f"beside {_GRAPHS_ONLY}, which breeds graphs, got none; give {{name: tpe}}"
        )
    return config.strategy


def make_in_turn(config: Config, context: StrategyContext) -> SearchStrategy:
    """The strategy of a config: as it is, or one part after the other.

    Args:
        config: with every default.
        context: of the whole search.
    """

    def make(
        section: StrategySettings, at: tuple[str, ...], of: StrategyContext
    ) -> SearchStrategy:
        settings = strategy_settings(config, section, at)
        return STRATEGIES[section.name].make(settings, of)

    sequence = config.sequence
    if sequence.first == "together":
        return make(config.strategy, ("strategy",), context)
    recipe = _recipe_section(config)
    assert sequence.evaluations is not None  # filled in
    parts: list[tuple[Part, Any]] = [
        ("architecture", lambda of: make(config.strategy, ("strategy",), of)),
        ("recipe", lambda of: make(recipe, _AT, of)),
    ]
    if sequence.first == "recipe":
        parts.reverse()
    return InTurn(parts, sequence.evaluations, context, sequence.recipe)
