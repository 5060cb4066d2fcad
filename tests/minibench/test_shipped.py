"""The curated database that comes along: whole, reviewed, and built by our searches."""

from __future__ import annotations

from pathlib import Path

import pytest

from minibench.cli import main
from minibench.database import Database
from minibench.problems import Problem
from minibench.records import BenchRecord
from minibench.reviews import State
from minibench.shipped import RECORDS, SEARCHES

#: problems that this project's own searches were made on
TRAINED = (
    "breast-cancer",
    "cola",
    "diabetes",
    "digits",
    "fashion-mnist",
    "heart-rate",
    "japanesevowels_eq",
    "mnist",
    "osuleaf",
    "protein",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that it was imported into."""
    found = tmp_path_factory.mktemp("shipped") / "bench.sqlite"
    assert main(["init", "--db", str(found)]) == 0
    assert main(["import", "shipped", "--db", str(found)]) == 0
    return found


@pytest.fixture(scope="module")
def contents(path: Path) -> dict[str, tuple[Problem, list[BenchRecord]]]:
    """Name of a problem → the problem and its records."""
    with Database.open(path) as database, database.reading() as reader:
        records = list(reader.records())
        problems = reader.problems()
    return {
        problem.name: (problem, [one for one in records if one.problem == key])
        for key, problem in problems.items()
    }


def test_nothing_is_wrong_with_it(path: Path) -> None:
    """Neither as text nor as a database."""
    assert main(["validate", str(RECORDS)]) == 0
    assert main(["validate", "--db", str(path)]) == 0


def test_it_is_exported_as_it_is(path: Path, tmp_path: Path) -> None:
    """Byte by byte."""
    assert main(["export", str(tmp_path), "--db", str(path)]) == 0
    shipped = {one.name: one.read_bytes() for one in RECORDS.iterdir()}
    exported = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert shipped == exported


def test_it_is_small(path: Path) -> None:
    """A checkout and a wheel carry it."""
    assert sum(one.stat().st_size for one in RECORDS.iterdir()) < 10e6


def test_it_has_the_problems_that_it_is_of(
    contents: dict[str, tuple[Problem, list[BenchRecord]]],
) -> None:
    """And what is published of two networks."""
    assert set(contents) == {*TRAINED, "imagenet"}
    assert len(SEARCHES) == len(TRAINED)
    _, published = contents["imagenet"]
    assert {one.run.split()[0] for one in published} == {"resnet-34", "inception-v3"}


@pytest.mark.parametrize("name", TRAINED)
def test_a_problem_has_its_best_and_a_background(
    contents: dict[str, tuple[Problem, list[BenchRecord]]], name: str
) -> None:
    """Of three unconstrained searches by CoDeepNEAT, reviewed and characterised."""
    problem, records = contents[name]
    assert len(records) == 100
    assert len({one.run for one in records}) == 3
    assert {one.seed for one in records} != {None}
    for one in records:
        assert one.state is State.APPROVED
        assert one.reviews[-1].reason
        assert one.strategy == "codeepneat"
        assert one.provenance.licence == "CC0-1.0"
        assert problem.ranked_by in one.metrics
        assert one.candidate is not None
    assert len({one.candidate.key() for one in records if one.candidate}) == 100
    assert len({one.fidelity for one in records}) == 1
    assert {"dcn", "samples"} <= {one.name for one in problem.characterisation}
