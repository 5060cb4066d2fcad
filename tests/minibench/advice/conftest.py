"""A small made-up database, and what is gathered from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench_networks import bench, problem

from minibench import State
from minibench.advice import AdviceSettings, Knowledge, Wanted, gather
from minibench.database import Database, Reader

IMAGES = ("dots", "lines", "rings")


@pytest.fixture(scope="package")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Of a database with three problems of images and one of series."""
    path = tmp_path_factory.mktemp("database") / "bench.sqlite"
    database, _ = Database.create(path)
    with database:
        with database.writing() as writer:
            for one, records in bench().items():
                writer.put(one)
                writer.add(records)
        with database.reading() as reading:
            yield reading


def wanted(**changes: object) -> Wanted:
    """Of the problem `dots`, from the other two of images, by records of any state."""
    fields = {
        "task": problem("dots"),
        "settings": AdviceSettings(),
        "leave_out": ("dots",),
        "states": (State.APPROVED, State.PROVISIONAL),
        "best": 8,
    }
    return Wanted(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="package")
def knowledge(reader: Reader) -> Knowledge:
    """What the other problems of images say, with a classifier of all three."""
    return gather(reader, wanted(leave_out=()))
