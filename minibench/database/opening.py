"""Where a database is, how it is reached, and what the answers of its server mean."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from evonas.errors import DatabaseError, InputError
from minibench.database.schema import APPLICATION_ID
from minibench.migrations import NEWEST, REVISIONS

#: how long a reader or writer waits for another one
BUSY_SECONDS = 60.0
#: the lock that the writers of one PostgreSQL database take, "minib"
ADVISORY_LOCK = 0x6D696E6962
#: memory of one connection, kB: what a large import changes is written at its end, so
#: that others can read meanwhile
_CACHE_KILOBYTES = 512_000


class Place:
    """Where a database is.

    Args:
        where: path of an SQLite file, or a URL: `postgresql://user@host/name`,
            `sqlite:///path`.

    Attributes:
        url: for SQLAlchemy.
        file: of SQLite; None: it is a server's.
    """

    def __init__(self, where: str | Path) -> None:
        text = str(where)
        if "://" not in text:
            self.url = URL.create("sqlite", database=text)
        else:
            try:
                self.url = make_url(text)
            except (ArgumentError, ValueError):  # a port that is no number, say
                raise DatabaseError(
                    f"--db {text}: expected the path of a file or a URL like "
                    "postgresql://user@host/name, got neither"
                ) from None
        backend = self.url.get_backend_name()
        if backend == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        elif backend == "sqlite" and self.url.database not in (None, "", ":memory:"):
            if self.url.query:
                raise DatabaseError(
                    f"--db {self}: expected the URL of a file, got settings behind it: "
                    f"{', '.join(self.url.query)}; leave them out"
                )
            self.url = self.url.set(drivername="sqlite")
        else:
            # nothing in memory would be there for the next command
            kind = "no file" if backend == "sqlite" else backend
            raise DatabaseError(
                f"--db {self.url.render_as_string()}: expected a file of SQLite or a "
                f"URL of PostgreSQL, got {kind}"
            )
        self.file = Path(self.url.database or "") if backend == "sqlite" else None

    def __str__(self) -> str:
        if self.url.get_backend_name() == "sqlite":
            return self.url.database or ""
        return self.url.set(drivername="postgresql").render_as_string()

    def check_directory(self) -> None:
        """Complain where a file cannot be made.

        Raises:
            DatabaseError: there is no directory for it, or none that may be entered.
        """
        if self.file is None or self._kind(self.file.parent) == stat.S_IFDIR:
            return
        raise DatabaseError(
            f"{self}: expected a directory for it, got none; make it first"
        )

    def check_file(self) -> None:
        """Complain where a file should be and is not.

        Raises:
            DatabaseError: there is none, or none that may be reached.
        """
        kind = stat.S_IFREG if self.file is None else self._kind(self.file)
        if kind == stat.S_IFREG:
            return
        raise DatabaseError(
            f"{self}: expected the file of a mini-benchmark database, got "
            f"{'something else' if kind else 'none'}; make one with "
            f"`minibench init --db {self}`"
        )

    def _kind(self, path: Path) -> int:
        """As `stat` names kinds of files; 0: nothing is there."""
        try:
            return stat.S_IFMT(path.stat().st_mode)
        except PermissionError as error:
            raise DatabaseError(
                f"{self}: expected to reach it, got a directory that you may not enter "
                f"({error.strerror}); check the permissions on the way"
            ) from error
        except OSError:
            return 0

    def engine(self) -> Engine:
        """Connections to it, with the settings that everything here relies on.

        Raises:
            InputError: the driver of PostgreSQL is not installed.
        """
        if self.file is not None:
            engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        try:
            engine = create_engine(self.url)
        except (ImportError, NoSuchModuleError) as error:
            raise InputError(
                f"--db {self}: expected psycopg, which talks to PostgreSQL, got none "
                "installed; pip install evonas[postgres]"
            ) from error
        event.listen(engine, "begin", _begin_postgresql)
        return engine


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # Transactions begin where we say so, see `_begin_sqlite`.
    connection.isolation_level = None
    for setting in (
        # no WAL: its shared memory does not reach other machines
        "journal_mode = DELETE",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KILOBYTES}",
    ):
        with contextlib.suppress(sqlite3.OperationalError):
            # a file that cannot be written keeps the mode that it has
            connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # A writer that begins as a reader could find at its first change that it is late.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    else:
        # all that one reader reads is of one moment
        connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )


#: what SQLite and PostgreSQL say → what it means and what to do
_MEANINGS = (
    (
        (
            *("file is not a database", "malformed", "disk image", "file is encrypted"),
            *("no such table", "no such column", "could not decode"),
        ),
        "expected a database, got a file that is damaged or something else; restore it "
        "from a copy, or make it anew from its text form: `minibench init --db NEW`, "
        "then `minibench import DIR --db NEW`",
    ),
    (
        ("database is locked", "database table is locked"),
        f"expected it to be free within {BUSY_SECONDS:.0f} s, got one that another "
        "process is writing; wait for it and try again",
    ),
    (
        ("readonly database", "read-only transaction", "permission denied"),
        "expected to write it, got one that may only be read; check its permissions, "
        "or work on a copy",
    ),
    (
        ("disk is full", "disk i/o error", "no space left", "could not extend file"),
        "expected room to write, got none from the file system; nothing of it was "
        "taken over: make room, or work on a copy elsewhere, and try again",
    ),
    (
        ("unable to open",),
        "expected to open it, got a refusal; check its directory and permissions",
    ),
)


@contextlib.contextmanager
def told(place: Place) -> Iterator[None]:
    """Turn what the driver raises into what a user can act on.

    Args:
        place: of the database.
    """
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        for words, meaning in _MEANINGS:
            if any(word in reason.lower() for word in words):
                raise DatabaseError(f"{place}: {meaning} ({reason})") from error
        if place.file is None:
            raise DatabaseError(
                f"{place}: expected an answer of the server, got: {reason}; check the "
                "URL, and that the server runs and lets you in"
            ) from error
        raise
    except sqlite3.DatabaseError as error:  # while a connection is set up
        raise DatabaseError(f"{place}: {_MEANINGS[0][1]} ({error})") from error


def check_schema(connection: Connection, place: Place) -> None:
    """Complain about a database of another version, or one that is not ours.

    Args:
        connection: to it.
        place: of it, for messages.

    Raises:
        DatabaseError: saying how to go on.
    """
    found = revision_of(connection)
    if found == NEWEST:
        return
    if found in REVISIONS:
        raise DatabaseError(
            f"{place}: expected tables of version {NEWEST}, got {found}; bring them up "
            f"to date with `minibench init --db {place}` (keep a copy)"
        )
    if found is not None:
        raise DatabaseError(
            f"{place}: expected tables of version {NEWEST}, got {found}, which a newer "
            "minibench has made; update evonas, or read a text form that the newer one "
            "has exported"
        )
    tables = sorted(inspect(connection).get_table_names())
    if tables:
        raise DatabaseError(
            f"{place}: expected a mini-benchmark database, got one with the tables "
            f"{', '.join(tables[:5])}; choose another --db"
        )
    raise DatabaseError(
        f"{place}: expected a mini-benchmark database, got an empty one; make it with "
        f"`minibench init --db {place}`"
    )


def revision_of(connection: Connection) -> str | None:
    """The version of the tables; None: there are none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()


def migrate(connection: Connection) -> None:
    """Make the tables, or bring them up to date; to be called in a transaction.

    Args:
        connection: with a transaction that writes.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "minibench:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
