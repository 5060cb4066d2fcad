"""The section `sequence`."""

from __future__ import annotations

from typing import Any

import pytest

from evonas.build import make_strategy, resolve
from evonas.config import config_from_json
from evonas.errors import ConfigError
from evonas.search import InTurn


def settings(**sections: Any) -> dict[str, Any]:
    """A search over digits by random networks."""
    return {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 11},
        **sections,
    }


def test_defaults_are_filled_in_and_give_the_same_run() -> None:
    """Half of the budget, and the same strategy for the recipe."""
    data = settings(sequence={"first": "architecture"})
    found = resolve(config_from_json(data))
    sequence = found.config.sequence
    assert sequence.evaluations == 5
    assert sequence.recipe_strategy is not None
    assert sequence.recipe_strategy.settings == found.config.strategy.settings
    again = resolve(config_from_json(found.config.to_json()))
    assert again.config == found.config
    assert again.digest == found.digest
    assert isinstance(make_strategy(found), InTurn)


def test_a_joint_search_is_what_it_was_before_the_section() -> None:
    """Neither wrapped nor of another digest."""
    plain = resolve(config_from_json(settings()))
    told = resolve(config_from_json(settings(sequence={"first": "together"})))
    assert told.digest == plain.digest
    assert not isinstance(make_strategy(told), InTurn)
    other = resolve(config_from_json(settings(sequence={"first": "recipe"})))
    assert other.digest != plain.digest


@pytest.mark.parametrize(
    ("sections", "complaint"),
    [
        ({"sequence": {"evaluations": 3}}, "beside evaluations, got together"),
        (
            {"sequence": {"first": "recipe"}, "budget": {"minutes": 1}},
            r"sequence\.evaluations: expected how many",
        ),
        (
            {
                "sequence": {"first": "architecture"},
                "strategy": {"name": "codeepneat"},
            },
            r"sequence\.recipe_strategy: expected a strategy for the recipe alone",
        ),
        (
            {
                "sequence": {
                    "first": "architecture",
                    "recipe_strategy": {"name": "bohb"},
                }
            },
            "without a scheduler of its own, got bohb",
        ),
        (
            {
                "sequence": {
                    "first": "architecture",
                    "recipe_strategy": {"name": "tqe"},
                }
            },
            r"recipe_strategy\.name`: expected one of .* did you mean `tpe`",
        ),
    ],
)
def test_what_has_no_meaning_is_told(sections: dict[str, Any], complaint: str) -> None:
    """By its key."""
    with pytest.raises(ConfigError, match=complaint):
        resolve(config_from_json(settings(**sections)))
