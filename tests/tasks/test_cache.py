"""Tests of the cache of decoded tasks."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from official_files import picture, write_files, write_idx_set

import evonas.tasks.cache as cache
from evonas.errors import ConfigError, DataError
from evonas.tasks import Task, open_task
from evonas.tasks.cache import Allocate, cache_folder, staged


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, which also takes small data."""
    monkeypatch.setattr(cache, "SMALL_BYTES", 0)
    monkeypatch.setenv("EVONAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tasks"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file that tasks are read from."""
    path = tmp_path / "source"
    path.write_bytes(b"first")
    return path


class Reader:
    """Makes a task of what is in a file, and counts how often."""

    def __init__(self, source: Path, large: bool = False) -> None:
        self.source = source
        self.large = large
        self.calls = 0

    def __call__(self, allocate: Allocate) -> Task:
        """The task, of random pixels."""
        self.calls += 1
        rng = np.random.default_rng(len(self.source.read_bytes()))
        x = rng.integers(0, 256, (40, 6, 5), dtype=np.uint8)
        if self.large:
            given = allocate("x_train", x.shape)
            given[:] = x
            return Task.from_arrays(given, np.arange(40) % 4, x, np.arange(40) % 4)
        return Task.from_arrays(x, np.arange(40) % 4, x[:8], np.arange(8) % 4)

    def open(self, setting: str | None = None, **choice: Any) -> Task:
        """The task, by way of the cache."""
        return staged("own", [self.source], self, setting, choice)


def entries(folder: Path) -> list[str]:
    """Names of all files of the cache but locks, without what varies."""
    if not folder.is_dir():
        return []
    found = [path.name for path in folder.rglob("*") if path.is_file()]
    return sorted(name.partition(".")[0] for name in found if name != "lock")


ARRAYS = ["manifest", "x_test", "x_train", "y_test", "y_train"]


@pytest.mark.parametrize("large", [False, True])
def test_a_task_is_read_once_and_mapped_afterwards(
    source: Path, folder: Path, large: bool
) -> None:
    """All of it comes back, with its digest, which then costs nothing."""
    reader = Reader(source, large)
    plain = reader.open("none")
    first, second = reader.open(), reader.open()
    assert reader.calls == 2
    assert entries(folder) == ARRAYS
    for task in (first, second):
        assert isinstance(task.x_train, np.memmap)
        assert task.x_train.flags.writeable
        assert vars(task)["version"] == plain.version
        for name in ("x_train", "y_train", "x_test", "y_test"):
            np.testing.assert_array_equal(getattr(task, name), getattr(plain, name))
        for name in ("name", "layout", "modality", "outputs", "classes", "measure"):
            assert getattr(task, name) == getattr(plain, name)


def test_another_metric_keeps_the_digest(source: Path) -> None:
    """It does not depend on it, and every worker asks for its own metric."""
    task = Reader(source).open()
    other = task.measured_by("matthews")
    assert other.metric == "matthews"
    assert vars(other)["version"] == task.version


def test_what_is_written_to_a_task_stays_in_its_process(source: Path) -> None:
    """The map is copy-on-write."""
    reader = Reader(source)
    task = reader.open()
    before = task.x_train[0, 0, 0]
    task.x_train[0, 0, 0] = before ^ 1
    assert reader.open().x_train[0, 0, 0] == before


def test_a_changed_source_is_read_again_and_the_old_arrays_go(
    source: Path, folder: Path
) -> None:
    """Others that still map them keep their pages."""
    reader = Reader(source)
    old = reader.open()
    values = old.x_train.copy()
    source.write_bytes(b"another")
    new = reader.open()
    assert (reader.calls, entries(folder)) == (2, ARRAYS)
    assert old.version != new.version
    np.testing.assert_array_equal(old.x_train, values)


def test_every_choice_and_every_place_has_its_own_entry(
    source: Path, folder: Path, tmp_path: Path
) -> None:
    """A mini size, another size of pictures, a copy of the files elsewhere."""
    other = tmp_path / "other" / "source"
    other.parent.mkdir()
    other.write_bytes(b"first")
    reader = Reader(source)
    for _ in range(2):
        reader.open(size="full")
        reader.open(size="mini")
    elsewhere = Reader(other)
    elsewhere.open(size="full")
    assert (reader.calls, elsewhere.calls, len(list(folder.iterdir()))) == (2, 1, 3)


def test_entries_that_nobody_opens_go(source: Path, folder: Path) -> None:
    """When another one is staged; opening one is using it."""
    reader = Reader(source)
    for size in ("old", "used"):
        reader.open(size=size)
    for manifest in folder.rglob("manifest.json"):
        os.utime(manifest, (1, 1))
    reader.open(size="used")
    reader.open(size="new")
    assert reader.calls == 3
    assert len(list(folder.iterdir())) == 2
    reader.open(size="used")
    assert reader.calls == 3


def test_small_files_are_not_staged(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding them takes milliseconds."""
    monkeypatch.setattr(cache, "SMALL_BYTES", 6)
    Reader(source).open()
    assert entries(folder) == []


@pytest.mark.parametrize("large", [False, True])
def test_a_reader_that_fails_leaves_nothing(
    source: Path, folder: Path, large: bool
) -> None:
    """Its error comes through, and the next one reads as if nothing had been."""

    def read(allocate: Allocate) -> Task:
        if large:
            allocate("x_train", (1000, 10))
        raise DataError("wrong data")

    with pytest.raises(DataError, match="wrong data"):
        staged("own", [source], read, None, {})
    assert entries(folder) == []
    assert Reader(source).open().outputs == 4


def test_files_that_change_while_they_are_read_are_not_staged(
    source: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A download under way."""
    reader = Reader(source)

    def read(allocate: Allocate) -> Task:
        task = reader(allocate)
        source.write_bytes(source.read_bytes() + b"more")
        return task

    staged("own", [source], read, None, {})
    assert "the files changed while they were read" in caplog.text
    assert entries(folder) == []


# Damage -------------------------------------------------------------------------------


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.*")) if path.is_file())


@pytest.mark.parametrize("damage", ["flip", "cut", "longer", "gone", "empty"])
@pytest.mark.parametrize("place", range(5))
def test_a_damaged_entry_is_noticed_and_staged_again(
    source: Path,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    damage: str,
    place: int,
) -> None:
    """Whichever file, whatever is wrong with it; the log says so."""
    reader = Reader(source)
    version = reader.open().version
    path = list(_files(folder))[place]
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    path.write_bytes(
        {"cut": content[:-3], "longer": content + b"x", "empty": b""}.get(
            damage, content
        )
    )
    if damage == "gone":
        path.unlink()
    task = reader.open()
    assert (task.version, reader.calls) == (version, 2)
    assert (
        Task.from_arrays(
            *(
                np.array(a)
                for a in (task.x_train, task.y_train, task.x_test, task.y_test)
            )
        ).version
        == version
    )
    told = "staged again" in caplog.text
    assert told or (damage == "gone" and path.name == "manifest.json")
    assert entries(folder) == ARRAYS


def test_an_entry_that_was_copied_is_checked_and_trusted(
    source: Path, folder: Path
) -> None:
    """Its files have other times, but their checksums."""
    reader = Reader(source)
    reader.open()
    for path in _files(folder):
        os.utime(path, ns=(1, 1))
    before = [path.name for path in _files(folder)]
    reader.open()
    assert reader.calls == 1
    assert [path.name for path in _files(folder)] == before


def test_an_entry_of_another_program_is_not_used(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose tasks had other fields, or another format."""
    reader = Reader(source)
    reader.open()
    monkeypatch.setattr("evonas.tasks.staging.FORMAT", 0)
    reader.open()
    assert reader.calls == 2


# Several processes --------------------------------------------------------------------

PROGRAM = """
import os, signal, sys, time
import numpy as np
from pathlib import Path
from evonas.tasks import Task
from evonas.tasks import cache
cache.SMALL_BYTES = 0
source, what = Path(sys.argv[1]), sys.argv[2]
def read(allocate):
    with open(f"{source}.calls", "a") as file:
        file.write("x")
    x = allocate("x_train", (4000, 6, 5))
    x[:] = 7
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.3)
    return Task.from_arrays(x, np.arange(4000) % 4, x[:8], np.arange(8) % 4)
print(cache.staged("own", [source], read, None, {}).version)
"""


def _start(source: Path, what: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", PROGRAM, str(source), what]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_processes_that_start_together_stage_once(source: Path, folder: Path) -> None:
    """One reads, the others wait and map what it wrote."""
    running = [_start(source, "stage") for _ in range(3)]
    versions = {process.communicate(timeout=120)[0] for process in running}
    assert len(versions) == 1
    assert Path(f"{source}.calls").read_text() == "x"
    assert entries(folder) == ARRAYS


def test_a_killed_stager_leaves_nothing_that_is_used(
    source: Path, folder: Path
) -> None:
    """Its lock goes with it, and the next one removes its half-written files."""
    process = _start(source, "die")
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert entries(folder) == ["x_train"]
    assert Reader(source).open().x_train.shape == (40, 6, 5)
    assert entries(folder) == ARRAYS


def test_waiting_for_a_stager_has_a_limit(
    source: Path,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then the data are read into memory, and the log says so."""
    reader = Reader(source)
    reader.open()
    lock = next(folder.rglob("lock"))
    source.write_bytes(b"another")
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.1)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        task = reader.open()
    assert not isinstance(task.x_train, np.memmap)
    assert "another process has been staging for 0.1 s" in caplog.text


def test_a_file_system_without_locks_is_enough(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two may stage then; each writes files of its own and a whole manifest."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("evonas.tasks.staging.fcntl.flock", refuse)
    reader = Reader(source)
    assert isinstance(reader.open().x_train, np.memmap)
    assert reader.open().version
    assert (reader.calls, entries(folder)) == (1, ARRAYS)


# Places -------------------------------------------------------------------------------


def test_a_cache_that_cannot_be_written_is_done_without(
    source: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The data are read into memory; the log names the setting."""
    folder.parent.write_bytes(b"a file where the folder should be")
    task = Reader(source).open()
    assert not isinstance(task.x_train, np.memmap)
    assert "EVONAS_CACHE or task.cache, or 'none'" in caplog.text


@pytest.mark.parametrize(
    ("name", "large"), [("os.posix_fallocate", True), ("np.save", False)]
)
def test_a_full_disk_is_done_without(
    source: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    large: bool,
) -> None:
    """Before a write to a map could end the process; nothing is left there."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"evonas.tasks.staging.{name}", refuse)
    task = Reader(source, large).open()
    assert not isinstance(task.x_train, np.memmap)
    assert "No space left" in caplog.text
    assert entries(folder) == []


def test_the_place_comes_from_setting_variable_or_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In this order; variables are those of the process that reads."""
    monkeypatch.setenv("TMPDIR", "/node/7")
    monkeypatch.setenv("EVONAS_CACHE", "/shared")
    assert cache_folder("$TMPDIR/evonas") == Path("/node/7/evonas/tasks")
    assert cache_folder("none") is None
    assert cache_folder(None) == Path("/shared/tasks")
    monkeypatch.setenv("EVONAS_CACHE", "none")
    assert cache_folder(None) is None
    assert cache_folder("~/c") == Path.home() / "c" / "tasks"
    monkeypatch.delenv("EVONAS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder(None) == Path("/xdg/evonas/tasks")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder(None) == Path.home() / ".cache" / "evonas" / "tasks"


@pytest.mark.parametrize("text", ["here", "$NO_SUCH_VARIABLE/x", "./x"])
def test_a_place_that_depends_on_the_process_is_refused(text: str) -> None:
    """Every worker has its own current folder."""
    with pytest.raises(ConfigError, match=r"task\.cache: expected an absolute path"):
        cache_folder(text)


# Tasks --------------------------------------------------------------------------------


def test_known_tasks_own_files_and_folders_are_staged(
    tmp_path: Path, folder: Path
) -> None:
    """What is opened the second time is the same, under the metric asked for."""
    write_idx_set(tmp_path / "idx")
    x, y = np.random.default_rng(0).integers(0, 256, (20, 5, 4)), np.arange(20) % 2
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    pixels = {f"{k}/{n}.png": picture(size=(4, 4)) for k in "ab" for n in range(5)}
    write_files(tmp_path / "pets", pixels)
    sections: list[dict[str, Any]] = [
        {"name": "mnist", "directory": str(tmp_path / "idx")},
        {"name": "mnist", "directory": str(tmp_path / "idx"), "size": "mini"},
        {"path": str(tmp_path / "a.npz")},
        {"path": str(tmp_path / "a.npz"), "metric": "mae"},
        {"path": str(tmp_path / "a.npz"), "metric": "own_learning:worst_class"},
        {"path": str(tmp_path / "pets")},
        {"path": str(tmp_path / "pets"), "resize": 2},
    ]
    for section in sections:
        plain = open_task({**section, "cache": "none"})
        first, second = open_task(section), open_task(section)
        for task in (first, second):
            assert isinstance(task.x_train, np.memmap)
            assert task.version == plain.version
            assert task.measure == plain.measure
    assert len(list(folder.iterdir())) == len(sections)
