"""Which searches have islands, and what each island has of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.build import check_ranks, make_plan, prepare_islands, resolve
from evonas.build.islands import check_workers, island_settings, share
from evonas.config import Config, config_from_json
from evonas.errors import ConfigError
from evonas.storage import RunDirectory


def config(**changes: Any) -> Config:
    """A search on digits with three islands."""
    settings = {
        "task": {"name": "digits"},
        "strategy": {"name": "aging_evolution"},
        "budget": {"evaluations": 100, "minutes": 5},
        "islands": 3,
        "workers": 7,
        **changes,
    }
    return config_from_json(settings)


@given(st.integers(0, 1000), st.integers(1, 20))
def test_shares_are_even_and_add_up(total: int, count: int) -> None:
    """The first ones have one more."""
    shares = [share(total, count, index) for index in range(count)]
    assert sum(shares) == total
    assert shares == sorted(shares, reverse=True)
    assert max(shares) - min(shares) <= 1


def test_budget_and_workers_are_of_the_whole() -> None:
    """Time passes on all islands at once; everything counted is divided."""
    parts = [island_settings(config(), index) for index in range(3)]
    assert [one.budget.evaluations for one in parts] == [34, 33, 33]
    assert [one.workers for one in parts] == [3, 2, 2]
    assert {one.budget.minutes for one in parts} == {5}
    assert len({one.seed for one in parts}) == 3
    assert [one.islands.index for one in parts] == [0, 1, 2]
    again = [island_settings(config(seed=1), index) for index in range(3)]
    assert not {one.seed for one in parts} & {one.seed for one in again}


def test_a_search_without_islands_keeps_its_digest() -> None:
    """Runs from before go on; the number of islands counts."""
    digests = [config(islands=count).digest("v") for count in (1, 2, 3)]
    assert len(set(digests)) == 3
    assert "islands" not in str(config(islands=1).islands.index)
    plain = config().to_json()
    del plain["islands"]
    assert config_from_json(plain).digest("v") == digests[0]


def test_islands_are_runs_below_the_whole(tmp_path: Path) -> None:
    """Each with a strategy and an exchange; the whole has neither."""
    resolved = resolve(config())
    directory = RunDirectory.create(tmp_path / "run", resolved.config_text)
    islands = prepare_islands(resolved, directory)
    assert [one.root.name for one in islands] == ["0", "1", "2"]
    whole = make_plan(resolved, directory)
    assert (whole.strategy, whole.migration) == (None, None)
    part = resolve(island_settings(resolved.config, 1))
    plan = make_plan(part, islands[1])
    assert plan.strategy is not None
    assert plan.migration is not None
    (request,) = plan.strategy.ask(1)
    assert "genome" in request.origin, "a champion of layers would have no effect"


def test_a_raised_budget_reaches_every_island(tmp_path: Path) -> None:
    """And islands that had left are no longer away."""
    resolved = resolve(config())
    directory = RunDirectory.create(tmp_path / "run", resolved.config_text)
    left = prepare_islands(resolved, directory)[2].champions
    left.mkdir()
    (left / "last.json").write_text("[]")
    raised = resolve(config(budget={"evaluations": 300}))
    (*_, last) = prepare_islands(raised, directory)
    assert "evaluations: 100" in last.read_config()
    assert not (left / "last.json").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategy": {"name": "random"}}, r"take in a champion.*got random"),
        ({"strategy": {"name": "reinforce"}}, r"take in a champion.*got reinforce"),
        ({"budget": {"evaluations": 2}}, r"expected 3 or more in budget.evaluations"),
        ({"sequence": {"first": "recipe"}}, r"architecture and recipe together"),
        ({"islands": {"count": 2, "index": 2}}, r"expected an `index` below `count`"),
        ({"islands": {"topology": "star"}}, r"topology"),
    ],
)
def test_islands_that_cannot_be_are_refused(
    changes: dict[str, Any], message: str
) -> None:
    """Before anything starts."""
    with pytest.raises(ConfigError, match=message):
        resolve(config(**changes))


def test_fewer_workers_than_islands_are_refused() -> None:
    """Each has a manager and works; ranks must manage, too."""
    with pytest.raises(ConfigError, match=r"expected 3 workers or more.*workers: 2"):
        check_workers(config(workers=2))
    check_workers(config(workers=3))
    with pytest.raises(ConfigError, match=r"expected 7 ranks or more.*got 6.*--mpi 7"):
        check_ranks(config(), 6)
    check_ranks(config(), 7)
    check_ranks(config(islands=1), 1)
