"""The plan of a run, as its settings make it."""

from __future__ import annotations

import json

import pytest

from evonas.build import make_plan, resolve
from evonas.config import config_from_json
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity
from evonas.storage import RunDirectory


def plan(tmp_path, **sections: object):
    """The plan of a random search on digits."""
    smallest = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 10},
    }
    resolved = resolve(config_from_json({**smallest, **sections}))
    return make_plan(resolved, RunDirectory(tmp_path))


@pytest.mark.parametrize("epochs", [1, 40])
def test_the_final_training_may_take_longer_than_one_of_the_search(tmp_path, epochs):
    """Both have time to build and load beside it, however short the limit is."""
    made = plan(
        tmp_path,
        fidelity={"epochs": 2, "time_limit_seconds": 1, "memory_limit_bytes": 10**9},
        final={"epochs": epochs},
    )
    assert made.limits.seconds >= 20
    assert made.final_limits.seconds - made.limits.seconds >= 0.5 * epochs
    assert made.limits.memory_bytes == made.final_limits.memory_bytes == 10**9


def test_without_a_time_limit_nothing_is_ended(tmp_path):
    """`time_limit_seconds: null` holds for both."""
    made = plan(tmp_path, fidelity={"time_limit_seconds": None})
    assert made.limits.seconds is None
    assert made.final_limits.seconds is None


def test_how_networks_are_trained_reaches_the_evaluator(tmp_path):
    """The search's fidelity and the final training's own recipe, too."""
    made = plan(
        tmp_path,
        fidelity={"resolution": 0.5, "width": 0.25, "memory_limit_bytes": 10**9},
        final={"recipe": {"weight_average": 0.999}},
        precision="bf16",
        objectives=["validation_accuracy", "energy_joules"],
    )
    settings = json.loads(made.evaluator.settings_text)
    assert settings["final_recipe"] == {"weight_average": 0.999}
    assert settings["memory_limit_bytes"] == 10**9
    assert settings["precision"] == "bf16"
    assert settings["energy"] is True
    fidelity = made.strategy.ask(1)[0].fidelity
    assert (fidelity.resolution, fidelity.width) == (0.5, 0.25)
    assert made.final == Fidelity(30)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"final": {"recipe": {"learning_rat": 1}}},
            r"final\.recipe: unknown field 'learning_rat'",
        ),
        (
            {"final": {"recipe": {"erasing": 2}}},
            r"final\.recipe\.erasing: expected a number from 0",
        ),
        (
            {"task": {"name": "own_learning:table"}, "fidelity": {"resolution": 0.5}},
            r"fidelity\.resolution: expected 1 for .* have no sides",
        ),
    ],
)
def test_what_the_task_cannot_have_is_refused(tmp_path, sections, message):
    """Before anything starts."""
    with pytest.raises(ConfigError, match=message):
        plan(tmp_path, **sections)
