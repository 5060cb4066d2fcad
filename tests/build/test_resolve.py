"""Resolving: what a config names is opened, and every default filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evonas.build import check_space, resolve
from evonas.config import Config, config_from_json, load_config
from evonas.errors import ConfigError, DataError
from evonas.population import Objective


def config(**sections: Any) -> Config:
    """A config on digits with some sections of one's own."""
    smallest = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 10},
    }
    return config_from_json({**smallest, **sections})


def test_everything_left_open_is_filled_in():
    """A later version with other defaults reads the same run from the file."""
    resolved = resolve(config())
    filled = resolved.config
    assert filled.task.metric == "accuracy"
    assert filled.strategy.settings == {"species": 3, "tries": 1000}
    assert filled.objectives[0].direction == "maximise"
    assert set(filled.space) > {"blocks", "merges", "recipe", "limits"}
    assert resolved.task.outputs == 10
    assert resolved.objectives == (Objective("validation_accuracy"),)


@pytest.mark.parametrize("strategy", ["random", "codeepneat"])
def test_resolving_twice_changes_nothing(tmp_path: Path, strategy):
    """The written config gives the same settings, and the journal's digest fits."""
    first = resolve(config(strategy={"name": strategy}))
    path = tmp_path / "config.yaml"
    path.write_text(first.config_text)
    second = resolve(load_config(path))
    assert second.config == first.config
    assert second.digest == first.digest


def test_directions_follow_from_the_metric():
    """Costs and losses are better when smaller, the task's metric knows its own way."""
    resolved = resolve(
        config(
            task={"name": "digits", "metric": "cross_entropy"},
            metrics=["accuracy"],
            objectives=[
                "validation_cross_entropy",
                "validation_accuracy",
                "parameters",
                {"metric": "multiply_adds", "direction": "maximise"},
            ],
        )
    )
    assert [one.direction for one in resolved.objectives] == [
        "minimise",
        "maximise",
        "minimise",
        "maximise",
    ]


def test_what_needs_the_latency_has_it_measured():
    """An objective or a limit that nobody measures would refuse every network."""
    assert not resolve(config()).config.latency
    by_limit = resolve(config(space={"limits": {"latency_seconds": 0.1}}))
    by_objective = resolve(
        config(objectives=["validation_accuracy", "latency_seconds"])
    )
    assert by_limit.config.latency
    assert by_objective.config.latency


def test_an_evaluator_of_ones_own_may_report_anything():
    """Only its author knows the names; then the direction must be given."""
    own = {"evaluator": "own_parts:synthetic"}
    given = [{"metric": "joy", "direction": "maximise"}]
    assert resolve(config(objectives=given, **own)).objectives == (Objective("joy"),)
    with pytest.raises(ConfigError, match="and a direction: maximise or minimise"):
        resolve(config(objectives=["joy"], **own))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"strategy": {"name": "codepneat"}},
            r"`strategy\.name`: expected one of .*codeepneat, .*, got 'codepneat'; "
            "did you mean `codeepneat`",
        ),
        (
            {"strategy": {"name": "random", "specise": 2}},
            r"unknown key `strategy\.specise`; did you mean `species`",
        ),
        (
            {"strategy": {"name": "random", "nam": "codeepneat"}},
            r"unknown key `strategy\.nam`; did you mean `name`\? \(valid here: name, ",
        ),
        ({"task": {"name": "digit"}}, r"task\.name: .*did you mean 'digits'"),
        (
            {"space": {"block": {}}},
            r"space\.block: unknown key; .*did you mean 'blocks'",
        ),
        (
            {"objectives": ["validation_acuracy"]},
            r"objectives\[0\]\.metric: expected one of validation_accuracy, .* got "
            r"'validation_acuracy'; did you mean `validation_accuracy`",
        ),
        (
            {
                "objectives": [
                    "parameters",
                    {"metric": "parameters", "direction": "maximise"},
                ]
            },
            r"objectives\[1\]\.metric: expected each .* once, got 'parameters' again",
        ),
        (
            {"metrics": ["rmse"]},
            "metrics: expected metrics for classification as digits needs, got 'rmse'",
        ),
        (
            {"loss": "no_such_module:loss"},
            r"loss: expected a module that Python finds, got 'no_such_module'",
        ),
        (
            {"evaluator": "no_such.module:Mine"},
            r"evaluator: expected a module .* start evonas where no_such lies",
        ),
    ],
)
def test_what_only_the_rooms_know_is_checked_too(sections, message):
    """Names of strategies, tasks, metrics, blocks: with the nearest that exists."""
    with pytest.raises(ConfigError, match=message):
        resolve(config(**sections))


def test_complaints_of_the_rooms_carry_file_and_line(tmp_path: Path):
    """The room names the key; the place comes from the file."""
    path = tmp_path / "my.yaml"
    path.write_text(
        "task: {name: digits}\nstrategy: {name: random}\nbudget: {minutes: 1}\n"
        "space:\n  blocks:\n    conv:\n      filtres: [8]\n"
    )
    with pytest.raises(ConfigError, match=r"my\.yaml, line 7: space\.blocks\.conv\.fi"):
        resolve(load_config(path))


def test_missing_data_are_said_before_anything_starts(tmp_path: Path):
    """So are data that leave a split empty."""
    with pytest.raises(DataError, match="there is no such file"):
        resolve(config(task={"path": str(tmp_path / "none.npz")}))
    path = tmp_path / "tiny.npz"
    x, y = np.zeros((4, 3)), np.array([0, 1, 0, 1])
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(DataError, match="leaves a part empty"):
        resolve(config(task={"path": str(path), "validation_share": 0.01}))


@pytest.mark.parametrize("strategy", ["random", "codeepneat"])
def test_an_impossible_space_is_said_before_anything_starts(strategy):
    """Nothing can be built with so few parameters."""
    resolved = resolve(
        config(strategy={"name": strategy}, space={"limits": {"parameters": 1}})
    )
    with pytest.raises(ConfigError, match=r"space\.limits\.parameters: expected"):
        check_space(resolved)


def test_the_share_that_is_held_out_is_filled_in():
    """The task's own where nothing is said."""
    assert resolve(config()).config.task.validation_share == 0.2
    own = config(task={"name": "digits", "validation_share": 0.3})
    assert resolve(own).config.task.validation_share == 0.3


def test_class_weights_have_no_meaning_for_a_loss_of_ones_own():
    """It is called with outputs and targets alone."""
    with pytest.raises(ConfigError, match=r"task\.class_weights: .*`loss` of your own"):
        resolve(
            config(
                task={"name": "digits", "class_weights": "balanced"},
                loss="own_learning:squared_margin",
            )
        )


def scheduler(section: Any, strategy: str = "random", epochs: float = 4.0) -> Any:
    """The resolved section of a scheduler."""
    fidelity = {"epochs": epochs, "scheduler": section}
    resolved = resolve(config(strategy={"name": strategy}, fidelity=fidelity))
    again = resolve(config_from_json(resolved.config.to_json()))
    assert again.digest == resolved.digest
    return resolved.config.to_json()["fidelity"]["scheduler"]


def test_a_scheduler_may_be_named_alone():
    """Its settings are filled in, so that a dry run shows them."""
    common = {
        "reduction": 3,
        "rungs": 3,
        "min_epochs": None,
        "promote_by": "measured",
        "audit_share": 0.02,
    }
    assert scheduler("asha") == {"name": "asha", **common}
    assert scheduler({"name": "successive_halving", "candidates": 8}) == {
        "name": "successive_halving",
        **common,
        "candidates": 8,
    }
    assert scheduler("none") == {"name": "none"}


def test_the_shortest_training_is_turned_into_rungs():
    """The written config says how many there are."""
    section = scheduler({"name": "asha", "min_epochs": 1.0}, epochs=9.0)
    assert (section["rungs"], section["min_epochs"]) == (3, None)


def test_the_strategy_hyperband_is_random_search_with_it():
    """Whether it is named twice or once."""
    alone = scheduler("none", "hyperband")
    assert alone["name"] == "hyperband"
    assert scheduler({"name": "hyperband", "reduction": 2}, "hyperband") == {
        **alone,
        "reduction": 2,
    }


@pytest.mark.parametrize(
    ("section", "strategy", "match"),
    [
        (
            "ahsa",
            "random",
            r"`fidelity.scheduler`: expected one of none, .*'ahsa'; did you mean .asha",
        ),
        ({"name": "asha", "reducton": 3}, "random", r"`fidelity.scheduler.reducton`"),
        ({"name": "asha", "candidates": 9}, "random", r"`fidelity.scheduler.candida"),
        ({"reduction": 3}, "random", r"unknown key `fidelity.scheduler.reduction`"),
        ({"name": "asha", "min_epochs": 3}, "random", r"min_epochs: expected at most"),
        (
            {"name": "asha", "rungs": 2, "min_epochs": 1},
            "random",
            r"either `rungs` or `min_epochs`, got both",
        ),
        ("asha", "hyperband", r"expected hyperband with the strategy hyperband"),
    ],
)
def test_a_wrong_scheduler_is_told(section, strategy, match):
    """With what is expected instead."""
    with pytest.raises(ConfigError, match=match):
        scheduler(section, strategy)
