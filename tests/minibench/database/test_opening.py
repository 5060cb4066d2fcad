"""Databases that are damaged, of other versions, not ours or not to be written."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from bench_records import PROBLEM, record

from evonas.errors import DatabaseError, InputError
from minibench import Batch
from minibench.database import Database
from minibench.database.opening import Place
from minibench.migrations import NEWEST, REVISIONS
from minibench.text_form import write_directory

#: a user that may not do much
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a record."""
    path = tmp_path / "bench.sqlite"
    Database.create(path)[0].close()
    with Database.open(path) as database:
        database.add(Batch((PROBLEM,), [record()]))
    return path


def read(path: Path) -> None:
    """Read every record."""
    with Database.open(path) as database, database.reading() as reader:
        list(reader.records())


def read_every_way(path: Path) -> None:
    """Count the records, read one, read all."""
    with Database.open(path) as database, database.reading() as reader:
        reader.counts()
        reader.record("")
        list(reader.records())


def edited(path: Path, text: str) -> None:
    """Change the database behind our back."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(text)
    connection.close()


def test_the_list_of_versions_is_that_of_the_migrations() -> None:
    """Opening asks the list, since Alembic takes long to load."""
    config = Config()
    config.set_main_option("script_location", "minibench:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == NEWEST
    assert {one.revision for one in scripts.walk_revisions()} == set(REVISIONS)


def test_the_migrations_make_what_the_code_expects(url: str) -> None:
    """The newest tables are those of `schema`."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from minibench.database.schema import metadata

    database = Database.create(url)[0]
    database.close()
    engine = database.place.engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_where_there_is_none_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    """No file, an empty one, a directory."""
    for path, found in (
        (tmp_path / "none", "got none; make one with `minibench init --db"),
        (tmp_path, "got something else"),
    ):
        with pytest.raises(DatabaseError, match=found):
            Database.open(path)
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(DatabaseError, match="got an empty one; make it with"):
        Database.open(empty)
    with pytest.raises(DatabaseError, match="expected a directory for it, got none"):
        Database.create(tmp_path / "a" / "b")


def test_a_damaged_file_is_named(file: Path, tmp_path: Path) -> None:
    """No SQLite at all, cut off, or with noise in the middle."""
    whole = file.read_bytes()
    for damaged in (
        b"no database, " * 1000,
        whole[: len(whole) // 2],
        whole[:4096] + b"\xff" * 20_000 + whole[24_096:],
    ):
        path = tmp_path / "damaged"
        path.write_bytes(damaged)
        with pytest.raises(DatabaseError, match=r"damaged: expected .*restore it from"):
            read(path)


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        ("UPDATE problems SET content = '{'", "problem dots@v1"),
        ("UPDATE problems SET content = x'ff'", "problem dots@v1"),
        ("UPDATE problems SET key = 'other@v1'", "problem other@v1"),
        ("UPDATE records SET content = 5", f"record {record().id}"),
        ("UPDATE records SET id = 'aa'", "record aa"),
        ("UPDATE records SET state = 'x'", "records of dots@v1"),
        ("UPDATE records SET gain = 'x'", "records of dots@v1"),
        ("UPDATE records SET problem = 9", f"record {record().id}"),
        ("UPDATE architectures SET content = 3", f"record {record().id}"),
        ("DROP TABLE reviews", "a file that is damaged"),
    ],
)
def test_whatever_is_damaged_is_named(file: Path, damage: str, place: str) -> None:
    """Listing, showing or exporting it says so; SQLite keeps any type in any column."""
    edited(file, damage)
    with pytest.raises(DatabaseError, match=rf"bench.sqlite: .*{place}.*"):
        read_every_way(file)


def test_a_damaged_row_is_not_exported(file: Path, tmp_path: Path) -> None:
    """The message names the database and the record; no file is left."""
    edited(file, "UPDATE records SET content = x'0200'")
    with (
        Database.open(file) as database,
        database.reading() as reader,
        pytest.raises(DatabaseError, match=rf"sqlite: record {record().id}: .*damaged"),
    ):
        write_directory(reader, tmp_path / "text")
    assert not list((tmp_path / "text").iterdir())


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (":memory:", "got no file"),
        ("sqlite:///:memory:", "got no file"),
        ("sqlite:///bench.sqlite?timeout=x", "got settings behind it: timeout"),
        ("postgresql://me@host:port/name", "got neither"),
        ("mysql://host/name", "--db mysql://host/name: .* got mysql"),
        ("x" * 300, "File name too long"),
    ],
)
def test_what_is_no_place_for_a_database_is_refused(where: str, message: str) -> None:
    """Nothing is made that the next command could not find."""
    with pytest.raises(DatabaseError, match=message):
        Database.create(where)


@pytest.mark.parametrize("content", ["x''", "x'02ff'", "zeroblob(500)"])
def test_a_damaged_row_is_named_with_its_record(file: Path, content: str) -> None:
    """A file may be whole and a row not be."""
    edited(file, f"UPDATE records SET content = {content}")
    with pytest.raises(DatabaseError, match=rf"record {record().id}: .*damaged row"):
        read(file)


def test_a_row_that_was_changed_is_named(file: Path) -> None:
    """Its content gives another id."""
    edited(file, f"UPDATE records SET id = '{'0' * 32}'")
    with pytest.raises(DatabaseError, match=r"record 000.*id: expected \w{32}"):
        read(file)


def test_a_newer_version_is_not_touched(file: Path) -> None:
    """Neither read nor migrated; it is said what to do."""
    edited(file, "UPDATE alembic_version SET version_num = '9999'")
    for door in (Database.open, Database.create):
        with pytest.raises(
            DatabaseError, match=r"of version .*, got 9999, which a new"
        ):
            door(file)


def test_an_older_version_is_migrated_by_init(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever only opens it is told so."""
    monkeypatch.setattr("minibench.database.opening.NEWEST", "0002")
    monkeypatch.setattr("minibench.database.database.NEWEST", "0002")
    with pytest.raises(DatabaseError, match="got 0001; bring them up to date with `mi"):
        Database.open(file)
    database, changed = Database.create(file)
    database.close()
    assert changed


def test_anothers_database_is_left_alone(tmp_path: Path) -> None:
    """An NNI experiment's, say."""
    path = tmp_path / "nni.sqlite"
    edited(path, "CREATE TABLE TrialJobEvent (a)")
    before = path.read_bytes()
    for door in (Database.open, Database.create):
        with pytest.raises(
            DatabaseError, match="with the tables TrialJobEvent; choose"
        ):
            door(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("mysql://a/b", r"expected a file of SQLite or a URL of PostgreSQL, got mysql"),
        ("sqlite://", r"expected a file of SQLite or a URL"),
        ("://", r"expected the path of a file or a URL like postgresql://user@host"),
    ],
)
def test_other_places_are_refused(where: str, message: str) -> None:
    """With what there is instead."""
    with pytest.raises(InputError, match=message):
        Place(where)


def test_messages_hold_no_password() -> None:
    """They end up in logs."""
    assert "secret" not in str(Place("postgresql://ada:secret@host/name"))


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the URL, and what it answered."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(DatabaseError, match=r"expected an answer of the server, got: "):
        Database.open(f"postgresql://a@/b?host={tmp_path}")


def add_as(path: Path, told: Connection, user: int, limit: int) -> None:
    """Add many records in a process of its own, and tell how that ended.

    Args:
        path: of the database.
        told: gets the message; "" where nothing was wrong.
        user: to become; 0: none.
        limit: bytes that files may have; 0: any.
    """
    if user:
        os.setgid(user)
        os.setuid(user)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with Database.open(path) as database:
            ones = [record(n / 999) for n in range(900)]
            database.add(Batch((PROBLEM,), ones))
    except InputError as error:
        told.send(str(error))
    else:
        told.send("")


def added(path: Path, user: int = 0, limit: int = 0) -> str:
    """What `add_as` tells."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=add_as, args=(path, there, user, limit))
    process.start()
    there.close()  # else nobody would notice that the process has died
    told = str(here.recv())
    process.join()
    return told


@pytest.fixture
def reached(file: Path) -> Iterator[Path]:
    """The database where every user reaches it: pytest's own directories are closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(shutil.copy(file, folder))


def test_a_file_that_may_only_be_read_is_read_and_not_written(reached: Path) -> None:
    """It is said which one, and nothing is left beside it."""
    reached.chmod(0o444)
    there = sorted(path.name for path in reached.parent.iterdir())
    user = 0 if os.getuid() else NOBODY  # root may write everything
    assert "expected to write it, got one that may only be read" in added(reached, user)
    assert sorted(path.name for path in reached.parent.iterdir()) == there
    read(reached)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_file_that_cannot_be_reached_is_said(reached: Path) -> None:
    """A directory on the way may not be entered."""
    reached.parent.chmod(0o700)
    assert "got a directory that you may not enter" in added(reached, NOBODY)


def test_a_full_disk_leaves_the_database_as_it_was(file: Path) -> None:
    """In the middle of an import; afterwards there is room, and it works."""
    told = added(file, limit=file.stat().st_size + 50_000)
    assert "expected room to write, got none from the file system" in told
    with Database.open(file) as database:
        with database.reading() as reader:
            assert len(list(reader.records())) == 1
        assert database.add(Batch((PROBLEM,), [record(0.7)])).new == 1
