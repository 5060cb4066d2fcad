"""Importing into a database: everything or nothing, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_records import PROBLEM
from listed_rows import ROW, lines
from published_tables import CELLS, nasbench201_csv

from evonas.errors import ConfigError, ConflictError, DataError
from minibench import Problem
from minibench.database import Database
from minibench.importers import IMPORTERS, import_into, read_source


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A new one."""
    return Database.create(tmp_path / "bench.sqlite")[0]


def count(database: Database) -> int:
    """Records that it has."""
    with database.reading() as reader:
        return sum(1 for _ in reader.records())


def test_a_table_is_taken_in_once(tmp_path: Path, database: Database) -> None:
    """All its records with their problem; again, none is new."""
    path = nasbench201_csv(tmp_path / "t.csv")
    expected = len(CELLS) * 4 - 1
    added = import_into(database, "nasbench201", path, dataset="cifar10")
    assert (added.new, added.known) == (expected, 0)
    again = import_into(database, "nasbench201", path, dataset="cifar10")
    assert (again.new, again.known) == (0, expected)
    found = {one.id for _, one in read_source("nasbench201", path, dataset="cifar10")}
    with database.reading() as reader:
        assert {one.id for one in reader.records()} == found
        assert list(reader.problems()) == ["cifar10@nasbench201"]


def test_a_fault_in_the_middle_leaves_nothing(
    tmp_path: Path, database: Database
) -> None:
    """Neither records nor problems."""
    bad = {**ROW, "metrics": {"validation_accuracy": 1.7}}
    path = lines(tmp_path / "t.jsonl", ROW, bad)
    with pytest.raises(DataError, match=r"t.jsonl, line 2: metrics.validation_acc"):
        import_into(database, "rows", path, problems=(PROBLEM,))
    assert count(database) == 0
    with database.reading() as reader:
        assert not reader.problems()


def test_rows_may_name_the_problems_of_the_database(
    tmp_path: Path, database: Database
) -> None:
    """None has to be given then."""
    with database.writing() as writer:
        writer.put(PROBLEM)
    path = lines(tmp_path / "t.jsonl", ROW | {"problem": PROBLEM.key})
    assert import_into(database, "rows", path).new == 1


def test_another_problem_of_the_same_key_is_a_conflict(
    tmp_path: Path, database: Database
) -> None:
    """The database keeps what it has."""
    other = Problem.from_json(PROBLEM.to_json() | {"outputs": 9})
    with database.writing() as writer:
        writer.put(PROBLEM)
    path = lines(tmp_path / "t.jsonl", ROW)
    with pytest.raises(ConflictError, match="outputs: expected 3, as it is known, got"):
        import_into(database, "rows", path, problems=(other,))
    assert count(database) == 0


def test_published_networks_can_be_taken_in(database: Database) -> None:
    """The database's own checks find nothing wrong with them."""
    assert import_into(database, "published").new == 3


def test_a_source_is_chosen_by_name(database: Database) -> None:
    """A mistyped one gets a hint; every importer says what it is."""
    with pytest.raises(ConfigError, match="got 'nasbench'; did you mean 'nasbench"):
        import_into(database, "nasbench", "t.csv")
    assert all(one.description and one.takes for one in IMPORTERS.values())
    assert all(set(one.needs) <= set(one.options) for one in IMPORTERS.values())
