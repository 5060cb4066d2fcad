"""A database file of made-up problems of images, for searches with advice."""

from __future__ import annotations

from pathlib import Path

from bench_networks import bench

from minibench.database import Database

#: the section of a config that asks it, softly and with little refused
ADVICE = (
    "constraints: {database: b.sqlite, states: provisional, best: 8, accept: 0.5}\n"
)


def make_database(path: Path) -> Path:
    """Three problems of images with 24 networks each.

    Args:
        path: of the file to be.
    """
    database, _ = Database.create(path)
    with database, database.writing() as writer:
        for one, records in bench(("dots", "lines", "rings")).items():
            writer.put(one)
            writer.add(records)
    return path
