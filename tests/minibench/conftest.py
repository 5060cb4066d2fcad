"""Where the tests of the database keep theirs: a file, and a real server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql import programs, server

_names = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server that runs as long as the tests do."""
    binaries = programs()
    if binaries is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    with server(binaries) as url:
        yield url


@pytest.fixture
def empty_server(postgresql: str) -> str:
    """URL of a database of its own, with nothing in it."""
    import psycopg

    name = f"test{next(_names)}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgresql.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database may be made: of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "bench.sqlite")
    return str(request.getfixturevalue("empty_server"))
