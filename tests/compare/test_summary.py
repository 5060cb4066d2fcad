"""What a comparison says, and what it refuses to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import played, write_config
from published_tables import write_csv

from evonas.compare.contestants import Contestant, read_contestants
from evonas.compare.folder import Played
from evonas.compare.summary import summarise
from evonas.compare.yardstick import Yardstick


@pytest.fixture
def two(tmp_path: Path) -> tuple[Contestant, ...]:
    """Two configs over the table whose best test is 0.9."""
    paths = [write_config(tmp_path, name, "random") for name in ("a", "b")]
    return read_contestants(paths)


def runs(name: str, seeds: int, end: Callable[[int], float]) -> list[Played]:
    """Runs of ten evaluations that begin at 0.5 and end as they are told."""
    return [
        played(
            seed,
            [(1, 1.0, 0.5), (5, 5.0, end(seed)), (10, 10.0, end(seed))],
            name=name,
        )
        for seed in range(seeds)
    ]


def better(seed: int) -> float:
    """Ends of the better method."""
    return 0.88 + seed / 1000


def worse(seed: int) -> float:
    """Ends of the other one, a point below with every seed."""
    return 0.87 + seed / 1000 - seed / 10_000


def summary(two: tuple[Contestant, ...], seeds: int, **ends: Any) -> dict[str, Any]:
    """Of so many seeds."""
    return summarise(two, {name: runs(name, seeds, end) for name, end in ends.items()})


def test_a_clear_difference_has_a_winner(two: tuple[Contestant, ...]) -> None:
    """Twelve seeds, all won; regret is the distance from the best of the table."""
    found = summary(two, 12, a=better, b=worse)
    assert found["verdict"]["final"] == {"leader": "a", "winner": "a", "why_none": ""}
    (pair,) = found["pairs"]["final"]
    assert (pair["wins"], pair["ties"], pair["losses"]) == (12, 0, 0)
    assert pair["first_ahead_by"] > 0.01
    first, _ = found["configs"]
    ends = [better(seed) for seed in range(12)]
    assert first["final"]["mean"] == pytest.approx(0.9 - np.mean(ends))
    low, high = first["final"]["mean_interval"]
    assert low < first["final"]["mean"] < high
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(("seeds", "words"), [(1, "1 seed tells"), (5, "5 seeds tell")])
def test_few_seeds_have_no_winner(
    two: tuple[Contestant, ...], seeds: int, words: str
) -> None:
    """However lucky: the report says how many it would take."""
    found = summary(two, seeds, a=better, b=worse)
    for verdict in found["verdict"].values():
        assert verdict["winner"] is None
        assert verdict["leader"] == "a"
        assert f"{words} too little" in verdict["why_none"]
        assert "from 6 seeds on" in verdict["why_none"]
    assert (found["configs"][0]["final"]["mean_interval"] is None) == (seeds == 1)


def test_methods_that_are_alike_have_no_winner(two: tuple[Contestant, ...]) -> None:
    """A better mean over many seeds is not enough."""
    noise = np.random.default_rng(4).normal(0.8, 0.05, (2, 30))
    found = summary(two, 30, a=lambda s: noise[0][s], b=lambda s: noise[1][s])
    verdict = found["verdict"]["final"]
    assert verdict["winner"] is None
    assert "not told apart from it" in verdict["why_none"]
    same = summary(two, 30, a=lambda s: noise[0][s], b=lambda s: noise[0][s])
    assert same["pairs"]["final"][0]["p"] == 1.0
    assert same["pairs"]["final"][0]["ties"] == 30


def test_one_config_alone_has_nothing_to_win(two: tuple[Contestant, ...]) -> None:
    """Its figures are told all the same."""
    found = summarise(two[:1], {"a": runs("a", 3, better)})
    assert "nothing to compare" in found["verdict"]["final"]["why_none"]
    assert found["pairs"]["final"] == []


def test_curves_are_told_at_round_numbers_and_at_the_end(
    two: tuple[Contestant, ...],
) -> None:
    """As regrets, with intervals."""
    found = summary(two, 4, a=better, b=worse)["checkpoints"]["evaluations"]
    assert [point["at"] for point in found] == [1, 2, 5, 10]
    assert found[1]["a"]["mean"] == pytest.approx(0.4)
    assert found[2]["a"]["mean"] < found[2]["b"]["mean"] < 0.05


def test_a_table_without_a_test_metric_says_so(tmp_path: Path) -> None:
    """Regret is then on validation, with the mean over the runs as the truth."""
    fields = ("hash", "adjacency", "ops", "trainable_parameters", "train_time_108_s")
    path = write_config(tmp_path, "a", "random")
    rows = [
        dict(zip(fields, ("", 1, "", 100, 50), strict=True))
        | {f"val{epochs}": 0.8 for epochs in (4, 12, 36, 108)}
    ]
    rows[0]["hash"] = _hash_of_the_smallest_cell()
    write_csv(tmp_path / "nb101.csv", rows)
    path = write_config(
        tmp_path, "a", "random", task={"table": "nasbench101", "path": "nb101.csv"}
    )
    (one,) = read_contestants([path])
    yardstick = Yardstick.of(one, {})
    assert yardstick.best == 0.8
    assert yardstick.told == "regret of validation_accuracy"
    assert "no test metric" in yardstick.notes[0]


def _hash_of_the_smallest_cell() -> str:
    """Input and output, joined."""
    from evonas.cells import NasBench101Cell

    return NasBench101Cell("1", "").key().partition(":")[2]


def test_without_a_best_known_value_the_metric_itself_is_told(tmp_path: Path) -> None:
    """Of test data where every run has some, else of validation, with a warning."""
    path = write_config(tmp_path, "a", "random", task={"name": "digits"})
    (one,) = read_contestants([path])
    run = played(0, [(1, 1.0, 0.5), (2, 2.0, 0.5)])
    yardstick = Yardstick.of(one, {"a": [run]})
    assert yardstick.told == "validation_accuracy"
    assert "too good" in yardstick.notes[0]
    points = (run.points[0], run.points[1]._replace(test=0.4))
    tested = Played("a", 0, points, "budget", 2, 0.0)
    yardstick = Yardstick.of(one, {"a": [tested]})
    assert (yardstick.told, yardstick.curve_told) == (
        "test_accuracy",
        "validation_accuracy",
    )
    assert yardstick.ends([tested]) == pytest.approx([0.4])
    assert not yardstick.smaller_is_better
