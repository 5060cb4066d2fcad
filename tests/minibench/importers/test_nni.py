"""NNI experiments: files as NNI writes them, wrong ones, and its own confusion."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, SHAPE
from nni_files import write_nni
from small_networks import convolutional

from evonas.candidate import Recipe
from evonas.errors import ConfigError, DataError
from minibench import BenchCost, BenchRecord
from minibench.importers import read_source

NETWORK = convolutional(filters=6)


def read(path: Path, **options: Any) -> list[BenchRecord]:
    """All records, with what all trials share."""
    usual: dict[str, Any] = {
        "problems": (PROBLEM,),
        "architecture": NETWORK,
        "recipe": {},
        "epochs": 2,
        "who": "Ada",
    }
    found = read_source("nni", path, **{**usual, **options})
    return [record for _, record in found]


def test_results_are_joined_by_parameter_id_alone(tmp_path: Path) -> None:
    """NNI binds its jobs to wrong parameters; the ids of results are right."""
    for swapped in (False, True):
        path = write_nni(tmp_path / f"{swapped}.sqlite", swapped=swapped)
        told = [
            (one.recipe, one.metrics["validation_accuracy"], one.cost.seconds)
            for one in read(path)
        ]
        assert told == [
            (Recipe(learning_rate=0.1), 0.5, 10),
            (Recipe(learning_rate=0.2), 0.6, 11),
        ]


def test_a_trial_is_a_record_of_the_given_network(tmp_path: Path) -> None:
    """Times, tuner and experiment are the file's own; further metrics are kept."""
    first, second = read(write_nni(tmp_path / "nni.sqlite"), licence="CC0-1.0")
    assert first.architecture == NETWORK
    assert first.cost == BenchCost.of(NETWORK, SHAPE, 10.0)
    assert second.metrics["loss"] == 1.5
    assert (first.strategy, first.run) == ("nni TPE", "nni exp7")
    assert first.provenance.when == "2026-09-21T14:13:30Z"
    assert first.provenance.source == "NNI experiment exp7, nni.sqlite"
    assert first.provenance.licence == "CC0-1.0"
    assert first.curve == ()


def test_parameters_may_hold_the_network_epochs_and_seed(tmp_path: Path) -> None:
    """A network in our text form, as an object or as a text."""
    other = convolutional(filters=4)
    trials = [
        {"architecture": other.to_json(), "epochs": 9, "seed": 3, "optimizer": "adam"},
        {"architecture": json.dumps(other.to_json()), "epochs": 9, "seed": 3},
    ]
    found = read(
        write_nni(tmp_path / "nni.sqlite", trials), architecture=None, epochs=None
    )
    assert [one.architecture for one in found] == [other, other]
    assert [(one.fidelity.epochs, one.seed) for one in found] == [(9, 3), (9, 3)]
    assert [one.recipe for one in found] == [Recipe(optimizer="adam"), Recipe()]


def test_intermediate_results_are_epochs_where_there_are_as_many(
    tmp_path: Path,
) -> None:
    """Otherwise nobody knows what they were after."""
    path = write_nni(tmp_path / "nni.sqlite")
    for epochs, name in ((2, "epoch"), (50, "report")):
        curve = read(path, curves=True, epochs=epochs)[0].curve
        assert [dict(point) for point in curve] == [
            {name: 1, "validation_accuracy": 0.1},
            {name: 2, "validation_accuracy": 0.2},
        ]


def test_a_trial_without_a_result_is_no_record(tmp_path: Path) -> None:
    """It failed, or was stopped."""
    path = write_nni(tmp_path / "nni.sqlite", finals=(None, 0.5))
    assert [one.recipe for one in read(path)] == [Recipe(learning_rate=0.2)]


def test_a_parameter_that_nobody_knows_is_refused_or_ignored(tmp_path: Path) -> None:
    """By name; what is ignored is not in the record."""
    path = write_nni(tmp_path / "n.sqlite", [{"lr": 0.1, "hidden": 5}] * 2)
    with pytest.raises(
        DataError,
        match=r"TrialJobEvent row 1: parameters: .* got 'hidden'; leave it out",
    ):
        read(path)
    assert read(path, ignore=("hidden",))[0].recipe == Recipe(learning_rate=0.1)


def test_the_file_is_only_read(tmp_path: Path) -> None:
    """Not a byte of it changes, and nothing comes beside it."""
    path = write_nni(tmp_path / "what?mode=rwc#.sqlite")
    before = path.read_bytes()
    path.chmod(0o444)
    assert len(read(path)) == 2
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def run(*statements: str) -> Callable[[sqlite3.Connection], None]:
    """A change of the file by SQL."""

    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return change


def final(data: str) -> Callable[[sqlite3.Connection], None]:
    """A change: the second result is another text."""
    return run(f"update MetricData set data = {data} where rowid = 6")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (final("'\"1.7\"'"), "MetricData row 6: .* from 0 to 1, got 1.7"),
        (final("'NaN'"), "MetricData row 6: .*NaN, which is no JSON"),
        (final("'\"[1]\"'"), "MetricData row 6: .*expected a finite number, got"),
        (final("'{}'"), "MetricData row 6: expected a number, or an object with"),
        (final("null"), "MetricData row 6: expected a text, got None"),
        (final("x'22ff22'"), "MetricData row 6: expected UTF-8, got byte 0xff"),
        (
            run("update MetricData set parameterId = '99' where rowid = 6"),
            "MetricData row 6: parameterId: expected one whose parameters .* got '99'",
        ),
        (
            run("update MetricData set timestamp = 'soon' where rowid = 6"),
            "MetricData row 6: timestamp: expected milliseconds since 1970",
        ),
        (
            run("update TrialJobEvent set data='{\"parameter_id\": 1}' where rowid=2"),
            "TrialJobEvent row 2: parameters: expected an object, got None",
        ),
        (
            run("insert into TrialJobEvent (data) values ('{\"parameter_id\": 0}')"),
            "expected the parameters of id '0' as in row 1, got others",
        ),
        (
            run(
                "update TrialJobEvent set data = '" + "[" * 99_999 + "' where rowid = 2"
            ),
            "TrialJobEvent row 2: expected .* levels of nesting",
        ),
        (run("drop table MetricData"), "expected a table MetricData with timestamp"),
        (
            run("update ExperimentProfile set params = '{'"),
            "ExperimentProfile row 1: expected one JSON value",
        ),
    ],
)
def test_a_hostile_file_is_told_with_its_row(
    tmp_path: Path, change: Callable[[sqlite3.Connection], None], complaint: str
) -> None:
    """Whatever is wrong with it."""
    path = write_nni(tmp_path / "nni.sqlite", change=change)
    with pytest.raises(DataError, match=f"nni.sqlite.*{complaint}"):
        read(path)


@pytest.mark.parametrize(
    ("trial", "options", "complaint"),
    [
        ({"learning_rate": "fast"}, {}, "recipe.learning_rate: expected a number"),
        ({"lr": 1, "learning_rate": 1}, {}, "got 'learning_rate'"),
        ({"lr": 0.1}, {"recipe": None}, "recipe: expected every field"),
        ({"lr": 0.1}, {"epochs": None}, "epochs: expected how long the trial was"),
        ({"lr": 0.1}, {"architecture": None}, "expected an architecture in our text"),
        ({"architecture": 3}, {}, "architecture: expected an object"),
        ({"architecture": "{"}, {}, "architecture: expected one JSON value"),
        ({"epochs": -1}, {}, "fidelity: expected epochs of 0 or more"),
        ({"seed": 0.5}, {}, "seed: expected a whole number"),
    ],
)
def test_a_trial_that_tells_too_little_or_wrong_is_refused(
    tmp_path: Path, trial: dict[str, Any], options: dict[str, Any], complaint: str
) -> None:
    """With the row that tells it."""
    path = write_nni(tmp_path / "nni.sqlite", [trial], [0.5])
    with pytest.raises(DataError, match=f"row [13]: .*{complaint}"):
        read(path, **options)


def test_another_file_is_told(tmp_path: Path) -> None:
    """Missing, a text, an empty database, and one that is damaged."""
    path = tmp_path / "nni.sqlite"
    with pytest.raises(DataError, match="got: No such file"):
        read(path)
    path.write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(DataError, match="no SQLite database; it lies in db/"):
        read(path)
    path.unlink()
    write_nni(path)
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"SQLite cannot read|no NNI experiment"):
        read(path)


def test_the_problem_must_be_given() -> None:
    """The file does not know it, nor who has measured."""
    with pytest.raises(ConfigError, match="nni: problems: expected the problem that"):
        read_source("nni", "nni.sqlite", who="Ada")
    with pytest.raises(ConfigError, match="nni: who: expected who has measured"):
        read_source("nni", "nni.sqlite", problems=(PROBLEM,))
