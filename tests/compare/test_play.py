"""One run of a comparison: what it does, and what a user can trust in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import write_config
from published_tables import CELLS, nasbench201_csv

from evonas.cli import main
from evonas.compare.contestants import read_contestants
from evonas.compare.play import Job, play
from evonas.tables import open_table


def played(path: Path, seed: int = 0, *, overrides: tuple[str, ...] = ()) -> Any:
    """A run of a config, its directory beside it."""
    (one,) = read_contestants([path], overrides)
    settings = json.dumps(one.resolved.config.to_json())
    return play(Job(one.name, settings, seed, path.parent / f"seed-{seed}"))


@pytest.mark.parametrize("strategy", ["random", "aging_evolution"])
def test_selection_follows_validation_where_test_ranks_the_other_way(
    tmp_path: Path, strategy: str
) -> None:
    """So the test gets worse with every improvement, as it must here."""
    found = played(write_config(tmp_path, "a", strategy), overrides=("seed=3",))
    *points, end = found["points"]
    validation = [point.validation for point in points]
    tests = [point.test for point in points]
    assert len(points) > 1
    assert validation == sorted(validation)
    assert tests == sorted(tests, reverse=True)
    assert end.test == end.judged == tests[-1]
    assert found["ended"] == "budget"


def test_a_run_is_the_ordinary_search_of_that_seed(tmp_path: Path) -> None:
    """The same incumbent after the same virtual time as `evonas search` has."""
    path = write_config(tmp_path, "a", "aging_evolution", workers=3)
    end = played(path, seed=5)["points"][-1]
    run = tmp_path / "run"
    words = ["search", str(path), "--out", str(run), "--set", "seed=5"]
    assert main(words) == 0
    found = json.loads((run / "result.json").read_text())
    assert end.validation == found["best"]["fitness"]
    assert end.test == found["best"]["metrics"]["test_accuracy"]
    assert end.seconds == pytest.approx(found["wall_seconds"])


def test_a_run_keeps_to_a_budget_of_virtual_time(tmp_path: Path) -> None:
    """A training that ends after it does not count, whatever it has found."""
    path = write_config(tmp_path, "a", "random", budget={"minutes": 20}, workers=4)
    end = played(path)["points"][-1]
    assert end.seconds == 20 * 60
    # trainings take from 160 to 190 s: seven rounds of four are whole, the rest is not
    assert 4 * 6 <= end.evaluations <= 4 * 7


def _patience(calls: Iterator[int]) -> str:
    """No reason to stop for so many calls."""
    return "me" if next(calls, None) is None else ""


def test_a_run_with_an_evaluator_of_ones_own_has_its_journal_and_goes_on(
    tmp_path: Path,
) -> None:
    """Interrupted twice, it ends as if it had not been."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "task: {name: digits}\nstrategy: {name: random}\nworkers: 0\n"
        "evaluator: own_parts:synthetic\nbudget: {evaluations: 30}\n"
    )
    (one,) = read_contestants([path])
    settings = json.dumps(one.resolved.config.to_json())
    whole = play(Job("own", settings, 1, tmp_path / "whole"))
    assert whole is not None
    job = Job("own", settings, 1, tmp_path / "parts")
    for calls in (5, 8):
        assert play(job, partial(_patience, iter(range(calls)))) is None
    parts = play(job)
    assert parts is not None
    assert [p[0:1] + p[2:] for p in parts["points"]] == [
        p[0:1] + p[2:] for p in whole["points"]
    ]
    assert not (tmp_path / "parts" / "export").exists()


def test_a_run_in_which_nothing_can_be_evaluated_is_a_complaint(tmp_path: Path) -> None:
    """With the reason, for the user."""
    path = write_config(tmp_path, "a", "random", fidelity={"time_limit_seconds": 1})
    found = played(path)
    assert "longer than the limit of 1 s" in found["complaint"]


def test_a_table_is_read_once_a_process(tmp_path: Path) -> None:
    """And again when its file has changed."""
    path = write_config(tmp_path, "a", "random").with_name("table.csv")
    first = open_table("nasbench201", path, "cifar10")
    assert open_table("nasbench201", path, "cifar10") is first
    assert open_table("nasbench201", path, "cifar100") is not first
    nasbench201_csv(path, CELLS)
    assert len(open_table("nasbench201", path, "cifar10")) < len(first)


def test_the_best_known_values_are_those_of_the_table(tmp_path: Path) -> None:
    """Of test and validation; none where nothing is known."""
    path = write_config(tmp_path, "a", "random").with_name("table.csv")
    table = open_table("nasbench201", path, "cifar10")
    tests = [table.test(key, 200) for key in table.rows]
    means = [table.mean_validation(key, 200) for key in table.rows]
    assert table.best_test(200) == np.max(np.array(tests, dtype=float))
    assert table.best_validation(200) == np.max(means)
    assert table.best_test(12) is None
