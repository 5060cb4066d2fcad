"""The islands of a search become one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from islands import OBJECTIVES, TABLE, together

from cluster import InlineExecutor
from evonas.evaluation import Fidelity, Record
from evonas.run import Budget, Finish, Islands, Plan, RunState, Session
from evonas.run.history import evaluated
from evonas.storage import Journal, RunDirectory, WeightsStore
from evonas.tables import TableEvaluator


def gather(run: Path, count: int, stopped: str = "") -> Finish:
    """A session on the whole search, after its islands."""
    directory = RunDirectory(run)
    directory.write_config("seed: 0\n")
    plan = Plan(
        strategy=None,
        evaluator=TableEvaluator(TABLE),
        objectives=OBJECTIVES,
        budget=Budget(1000),
        final=Fidelity(200),
        seed=0,
        config_digest="abc",
    )
    with InlineExecutor() as executor, Session(directory, plan, executor) as session:
        return session.run(Islands(directory, count), stopped)


def best_of_all(run: Path, count: int) -> float:
    """The highest validation in any island's journal."""
    return max(
        Record.from_json(event.data["record"]).metrics["validation_accuracy"]
        for index in range(count)
        for event in Journal.read(RunDirectory(run).island(index).journal)
        if event.name == "told"
    )


def test_the_result_is_that_of_all_islands(tmp_path: Path) -> None:
    """Evaluations and outcomes are summed, the best of all is trained finally."""
    together(tmp_path, 3)
    assert gather(tmp_path, 3).finished
    result = RunDirectory(tmp_path).read_result()
    assert result is not None
    assert result["status"] == "finished"
    assert result["evaluations"] == 60
    assert result["outcomes"] == {"ok": 61}
    assert result["best"]["fitness"] == best_of_all(tmp_path, 3)
    assert "test_accuracy" in result["best"]["metrics"]
    assert 0.5 < result["utilisation"] <= 1


def test_numbers_differ_and_tell_the_island(tmp_path: Path) -> None:
    """Number n of island i of k is number n · k + i of the search."""
    together(tmp_path, 2)
    gather(tmp_path, 2)
    numbers = [record["request_id"] for _, record in evaluated(RunDirectory(tmp_path))]
    assert sorted(numbers) == list(range(40))
    for request, _ in evaluated(RunDirectory(tmp_path)):
        assert request["origin"]["island"] == request["request_id"] % 2


def test_records_are_told_in_the_order_of_time(tmp_path: Path) -> None:
    """As one manager would have been told."""
    together(tmp_path, 3, workers=2)
    gather(tmp_path, 3)
    told = [
        event.data["elapsed"]
        for event in Journal.read(RunDirectory(tmp_path).journal)
        if event.name == "told" and event.data["record"]["request_id"] >= 0
    ]
    assert told == sorted(told)


@pytest.mark.parametrize("stops", [[4], [3, 11, 12]])
def test_gathering_at_every_stop_counts_nothing_twice(
    tmp_path: Path, stops: list[int]
) -> None:
    """Each record once, in the end the same result as at once."""
    for stop in stops:
        together(tmp_path / "cut", 2, stop_after=stop)
        assert not gather(tmp_path / "cut", 2, "test").finished
    for name in ("cut", "whole"):
        together(tmp_path / name, 2)
        assert gather(tmp_path / name, 2).finished
    cut, whole = (
        RunDirectory(tmp_path / name).read_result() or {} for name in ("cut", "whole")
    )
    for key in ("evaluations", "outcomes", "best", "epochs"):
        assert cut[key] == whole[key], key


def test_a_gathering_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Each event carries its place in its island's journal."""
    together(tmp_path, 2)
    islands = Islands(RunDirectory(tmp_path), 2)
    every = list(islands.events({}))
    state = RunState(None, OBJECTIVES)
    for name, payload in every[:31]:
        state.replay(name, payload, "")
    rest = list(Islands(RunDirectory(tmp_path), 2).events(state.gathered))
    assert [one[1]["island"] for one in rest] == [
        one[1]["island"] for one in every[31:]
    ]


def test_the_weights_of_the_best_come_along(tmp_path: Path) -> None:
    """Under the number that they have in the whole; those that are gone do not."""
    run = RunDirectory(tmp_path)
    for index in (0, 1):
        run.island(index).root.mkdir(parents=True)
    stores = [WeightsStore(run.island(index).weights) for index in (0, 1)]
    stores[1].path_for("4-abc").write_bytes(b"weights")
    whole = WeightsStore(run.weights)
    Islands(run, 2).fetch(["9-abc", "8-abc", "strange"], whole)
    assert whole.path_for("9-abc").read_bytes() == b"weights"
    assert "8-abc" not in whole
    stores[1].path_for("4-abc").unlink()
    assert whole.path_for("9-abc").read_bytes() == b"weights"
