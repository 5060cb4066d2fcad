"""The plan of a run, as its settings make it."""

from __future__ import annotations

import pytest

from evonas.build import make_plan, resolve
from evonas.config import config_from_json
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
