"""The task of a search as a problem of the database."""

from __future__ import annotations

from typing import Any

import pytest
from own_parts import noise_task

from evonas.build import Resolved, resolve
from evonas.build.problem import problem_of
from evonas.config import config_from_json


def resolved(**changes: Any) -> Resolved:
    """A search on noise."""
    sections: dict[str, Any] = {
        "task": {"name": "own_parts:noise_task"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 1},
    }
    for name, value in changes.items():
        section = {**sections.get(name, {}), **value} if name == "task" else value
        sections[name] = section
    return resolve(config_from_json(sections))


def test_the_version_is_that_of_the_data() -> None:
    """Whatever does not change what is measured."""
    usual = problem_of(resolved())
    assert usual.version == noise_task(None).version
    assert usual.key == f"noise@{usual.version}"
    for same in (
        {"task": {"validation_share": 0.2, "split_seed": 0}},
        {"metrics": ["balanced_accuracy"]},
        {"fidelity": {"epochs": 9}},
        {"seed": 3},
        {"threads": 2},
    ):
        assert problem_of(resolved(**same)).key == usual.key
    assert problem_of(resolved(), "other").key == f"other@{usual.version}"


@pytest.mark.parametrize(
    "change",
    [
        {"task": {"split_seed": 1}},
        {"task": {"validation_share": 0.3}},
        {"evaluator": "own_parts:synthetic"},
        {"loss": "own_parts:squared"},
    ],
)
def test_what_is_measured_otherwise_is_another_version(change: dict[str, Any]) -> None:
    """Another split, an evaluator or a loss of one's own: not comparable."""
    usual, other = problem_of(resolved()), problem_of(resolved(**change))
    assert other.version.startswith(f"{usual.version}-")
    assert problem_of(resolved(**change)).key == other.key
    both = {**change, "loss": "own_parts:share_right"}
    assert problem_of(resolved(**both)).key != other.key


def test_it_is_ranked_by_what_the_search_selects_by() -> None:
    """The first objective, where validation measures it."""
    found = problem_of(resolved(objectives=["validation_loss"]))
    assert found.metric == "accuracy"
    other = {"metrics": ["matthews"], "objectives": ["validation_matthews"]}
    assert problem_of(resolved(**other)).metric == "matthews"
