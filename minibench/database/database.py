"""A database of problems and records, opened."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import Connection

from evonas.errors import DatabaseError, RunDirectoryError
from evonas.storage import RunLock
from minibench.batch import Batch
from minibench.database.opening import (
    BUSY_SECONDS,
    Place,
    check_schema,
    migrate,
    revision_of,
    told,
)
from minibench.database.reader import Reader
from minibench.database.writer import Added, Writer
from minibench.migrations import NEWEST, REVISIONS

#: how often a writer looks whether another one is done
_LOOK_SECONDS = 0.2


class Database:
    """An open database; made by `create` or `open`, closed by `close` or `with`.

    **On a shared file system.** SQLite's file has a rollback journal, no write-ahead
    log, whose memory would not reach other machines. Writers hold the lock file
    `<file>.lock` besides, as a run's manager does (`evonas.storage.RunLock`): it tells
    writers of other machines apart also where `flock` does not. Readers rely on the
    locks of the file system; where it has none, let them read a copy or an export.

    Args:
        place: of it.
        engine: connections to it.
    """

    def __init__(self, place: Place, engine: Engine) -> None:
        self.place = place
        self._engine = engine

    @classmethod
    def create(cls, where: str | Path) -> tuple[Database, bool]:
        """Make a database, or bring the tables of an older one up to date.

        Args:
            where: path of an SQLite file, or a URL.

        Returns:
            The database, and whether anything was done.

        Raises:
            DatabaseError: something else is there, or nothing can be written.
        """
        place = Place(where)
        place.check_directory()
        database = cls(place, place.engine())
        with database._locked(), database._transaction(writes=True) as connection:
            found = revision_of(connection)
            if found == NEWEST:
                return database, False
            if found not in REVISIONS and inspect(connection).get_table_names():
                check_schema(connection, place)  # says whose tables they are
            migrate(connection)
        return database, True

    @classmethod
    def open(cls, where: str | Path) -> Database:
        """Open a database that is there.

        Args:
            where: path of an SQLite file, or a URL.

        Raises:
            DatabaseError: it is none, damaged, of another version or not reached.
        """
        place = Place(where)
        place.check_file()
        database = cls(place, place.engine())
        with database._transaction() as connection:
            check_schema(connection, place)
        return database

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read what there is at one moment."""
        with self._transaction() as connection:
            yield Reader(connection, self.place)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer]:
        """Write; takes effect when the block ends well, all of it or nothing.

        Raises:
            DatabaseError: another process writes for too long, or nothing can be
                written; nothing has changed then.
        """
        with self._locked(), self._transaction(writes=True) as connection:
            yield Writer(connection, self.place)

    def add(self, batch: Batch) -> Added:
        """Take in problems and records, all of them or, at a fault, none.

        Args:
            batch: as a reader gives it.
        """
        with self.writing() as writer:
            for problem in batch.problems:
                writer.put(problem)
            return writer.add(batch.records)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _transaction(self, writes: bool = False) -> Iterator[Connection]:
        with told(self.place), self._engine.connect() as plain:
            connection = plain.execution_options(writes=writes)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock file; a server's database has locks of its own."""
        file = self.place.file
        if file is None:
            yield
            return
        if os.path.exists(file) and not os.access(file, os.W_OK):
            raise DatabaseError(
                f"{self.place}: expected to write it, got one that may only be read; "
                "check its permissions, or work on a copy"
            )
        lock = RunLock(file.with_name(file.name + ".lock"))
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                lock.__enter__()
                break
            except RunDirectoryError as error:
                if isinstance(error.__cause__, OSError):
                    raise DatabaseError(
                        f"{self.place}: expected to write {lock.path.name} beside it, "
                        f"got {error.__cause__.strerror} from the file system; make "
                        "room or check the permissions of its directory"
                    ) from error
                if time.monotonic() > end:
                    raise DatabaseError(
                        f"{self.place}: expected it to be free within "
                        f"{BUSY_SECONDS:.0f} s, got one that another process is "
                        "writing; wait for it and try again"
                    ) from error
                time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)
