"""Islands exchange champions, and a resumed one takes the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from islands import INTERVAL, OBJECTIVES, events, search, strategy, together

from evonas.errors import RunDirectoryError
from evonas.run import Incumbent, Migration, RunState
from evonas.storage import Journal, RunDirectory


@given(
    st.integers(2, 9), st.integers(1, 50), st.sampled_from(["ring", "random", "full"])
)
def test_every_island_gets_champions_of_others_and_never_its_own(
    count: int, exchange: int, topology: str
) -> None:
    """One neighbour in a ring or drawn at random, all of them where it is full."""
    run = RunDirectory(Path("nowhere"))
    found = [
        Migration(run, index, count, topology=topology, seed=7).neighbours(exchange)
        for index in range(count)
    ]
    for index, sources in enumerate(found):
        assert index not in sources
        assert set(sources) <= set(range(count))
        assert len(sources) == (count - 1 if topology == "full" else 1)
    if topology == "ring":
        assert sorted(source for (source,) in found) == list(range(count))


def test_random_neighbours_change_from_exchange_to_exchange() -> None:
    """And are the same for the same seed."""
    run = RunDirectory(Path("nowhere"))
    one, same = (Migration(run, 0, 5, topology="random", seed=3) for _ in range(2))
    drawn = [one.neighbours(number) for number in range(1, 30)]
    assert drawn == [same.neighbours(number) for number in range(1, 30)]
    assert {source for (source,) in drawn} == {1, 2, 3, 4}


def test_a_neighbours_best_of_the_same_time_arrives(tmp_path: Path) -> None:
    """After as many evaluations as the island has itself, whoever was faster."""
    together(tmp_path, 3)
    for index in range(3):
        best = _best_after(tmp_path, (index - 1) % 3)
        taken = [one["adopted"] for one in events(tmp_path, index) if "adopted" in one]
        assert taken[:3] == [[best[INTERVAL * number]] for number in (1, 2, 3)]


def _best_after(run: Path, index: int) -> dict[int, str]:
    """Number of evaluations → key of the island's best then."""
    state, best = RunState(None, OBJECTIVES), {}
    for event in Journal.read(RunDirectory(run).island(index).journal):
        state.replay(event.name, event.data, "")
        if state.incumbents.best is not None:
            key = state.incumbents.best.record.candidate_key
            best.setdefault(state.accounting.evaluations, key)
    return best


@pytest.mark.parametrize(
    ("workers", "method"),
    [
        (1, {"name": "aging_evolution"}),
        (3, {"name": "aging_evolution"}),
        (1, {"name": "codeepneat", "mode": "asynchronous"}),
        (3, {"name": "codeepneat", "mode": "generational"}),
    ],
)
def test_a_search_that_is_stopped_and_resumed_is_the_same(
    tmp_path: Path, workers: int, method: dict[str, Any]
) -> None:
    """Stopped before, at and after an exchange; told and taken in alike."""
    together(tmp_path / "whole", 2, workers=workers, method=method)
    for stop in (3, 5, 8, 15):
        together(tmp_path / "cut", 2, workers=workers, method=method, stop_after=stop)
    finishes = together(tmp_path / "cut", 2, workers=workers, method=method)
    assert all(finish.finished for finish in finishes)
    for index in range(2):
        whole, cut = (events(tmp_path / name, index) for name in ("whole", "cut"))
        # The exchange at the very end changes nothing; it may or may not be seen.
        assert _searched(cut) == _searched(whole)


def _searched(found: list[dict[str, object]]) -> list[dict[str, object]]:
    return found[:-1] if "adopted" in found[-1] else found


def test_replaying_an_islands_journal_gives_its_state(tmp_path: Path) -> None:
    """Champions included, although no other directory is read."""
    together(tmp_path, 2)
    one = RunState(strategy(0), OBJECTIVES)
    for event in Journal.read(RunDirectory(tmp_path).island(0).journal):
        one.replay(event.name, event.data, "")
        if one.exchanges == 3:
            break
    again = RunState(strategy(0), OBJECTIVES)
    again.restore(json.loads(json.dumps(one.state())))
    assert again.state() == one.state()
    numbers = [each[0] for each in one.state()["strategy"]["sampler"]["living"]]
    assert -1 in numbers, "no champion lives in the population"


def test_without_its_champions_a_journal_asks_something_else(tmp_path: Path) -> None:
    """So they have an effect, and replaying notices where they lack."""
    together(tmp_path, 2)
    one = RunState(strategy(0), OBJECTIVES)
    journal = RunDirectory(tmp_path).island(0).journal
    kept = [event for event in Journal.read(journal) if event.name != "adopted"]

    def replay() -> None:
        for event in kept:
            one.replay(event.name, event.data, "the journal")

    with pytest.raises(RunDirectoryError, match="asks something else"):
        replay()


def test_an_island_goes_on_without_one_that_never_comes(tmp_path: Path) -> None:
    """After its patience, and its journal names who was missing."""
    assert search(tmp_path, 0, 2, patience_seconds=0.1).finished
    taken = [one for one in events(tmp_path, 0) if "adopted" in one]
    assert {str(one) for one in taken} == {str({"adopted": [], "missing": [1]})}


def test_an_island_that_has_ended_stands_for_all_later_exchanges(
    tmp_path: Path,
) -> None:
    """Nobody waits for one whose budget was smaller."""
    search(tmp_path, 1, 2, evaluations=7, patience_seconds=0.1)
    assert search(tmp_path, 0, 2, patience_seconds=1e9).finished
    taken = [one["adopted"] for one in events(tmp_path, 0) if "adopted" in one]
    best = _best_after(tmp_path, 1)
    assert taken[:3] == [[best[5]], [best[7]], [best[7]]]


def test_without_waiting_nobody_stands_still(tmp_path: Path) -> None:
    """What comes later is taken in later, or never."""
    assert search(tmp_path, 0, 2, wait=False, patience_seconds=1e9).finished
    assert not [one for one in events(tmp_path, 0) if "adopted" in one]
    assert search(tmp_path, 1, 2, wait=False, patience_seconds=1e9).finished
    taken = [one["adopted"] for one in events(tmp_path, 1) if "adopted" in one]
    best = _best_after(tmp_path, 0)
    assert taken == [[best[5]], [best[10]], [best[15]], [best[20]]]


def test_a_damaged_file_of_champions_is_named(tmp_path: Path) -> None:
    """It was written whole; something else has happened to it."""
    folder = RunDirectory(tmp_path).island(1).champions
    folder.mkdir(parents=True)
    (folder / "1.json").write_text("[{")
    with pytest.raises(RunDirectoryError, match=r"1\.json: expected champions"):
        search(tmp_path, 0, 2)


def test_champions_leave_their_weights_at_home(tmp_path: Path) -> None:
    """And keep everything else."""
    together(tmp_path, 2)
    path = RunDirectory(tmp_path).island(0).champions / "1.json"
    (champion,) = json.loads(path.read_bytes())
    assert Incumbent.from_json(champion).record.weights is None
