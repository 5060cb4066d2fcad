"""One writer at a time, and a killed one never stands in the way."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import evonas.storage.holder as holder_module
import evonas.storage.lock as lock_module
from evonas.errors import CallOrderError, EvonasWarning, RunDirectoryError
from evonas.storage import Holder, RunLock, silent

HOLDER = """
import sys, time
from pathlib import Path
from evonas.storage import RunLock

with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


ELSEWHERE = Holder("elsewhere", 1, "2024-01-01T00:00:00+00:00")


def leave(path: Path) -> None:
    """Make a file as old as one that nobody has touched for an hour."""
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


@contextmanager
def touching(path: Path) -> Iterator[None]:
    """Somebody keeps a file fresh."""
    over = threading.Event()

    def touch() -> None:
        while not over.wait(0.05):
            os.utime(path)

    thread = threading.Thread(target=touch)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders that beat, and are given up, many times faster."""
    for module in (holder_module, lock_module):
        monkeypatch.setattr(module, "SILENT_SECONDS", 1.0)
        monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(lock_module, "_LOOK_SECONDS", 0.05)


def _no_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_another_process_holding_it_is_named(tmp_path: Path) -> None:
    """The message tells process, machine and what to do."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        named = (
            f"held by process {other.pid} on {re.escape(socket.gethostname())} since"
        )
        with pytest.raises(RunDirectoryError, match=named), RunLock(path):
            pass
        other.kill()


def test_a_killed_holder_is_replaced_at_once_and_known(tmp_path: Path) -> None:
    """After kill -9 the lock is free; `stale` says who died."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.send_signal(signal.SIGKILL)
        other.wait()
        with RunLock(path) as lock:
            assert lock.stale is not None
            assert lock.stale.pid == other.pid
    with RunLock(path) as lock:
        assert lock.stale is None, "this one was released"


def test_one_process_cannot_take_it_twice(tmp_path: Path) -> None:
    """Two objects exclude each other like two processes; one is not entered twice."""
    path = tmp_path / "lock"
    with RunLock(path) as lock:
        with pytest.raises(RunDirectoryError, match=f"held by process {os.getpid()}"):
            RunLock(path).__enter__()
        with pytest.raises(CallOrderError, match="holds already"):
            lock.__enter__()
    with lock:
        assert Holder.from_bytes(path.read_bytes()) is not None
    assert path.read_bytes() == b""


def test_a_longer_entry_of_a_dead_holder_is_replaced_whole(tmp_path: Path) -> None:
    """Nothing of it stays behind the new holder's."""
    path = tmp_path / "lock"
    path.write_bytes(Holder("long." * 30, 1, "2024-01-01T00:00:00+00:00").to_bytes())
    leave(path)
    with RunLock(path) as lock:
        holder = Holder.from_bytes(path.read_bytes())
        assert holder is not None
        assert holder.pid == os.getpid()
        assert lock.stale is not None
        assert lock.stale.host == "long." * 30


def test_it_is_released_when_the_work_fails(tmp_path: Path) -> None:
    """An exception inside the block leaves the lock free and clean."""
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError, match="division"), RunLock(path):
        _ = 1 / 0
    with RunLock(path) as lock:
        assert lock.stale is None


def test_a_content_that_says_nothing_does_not_matter(tmp_path: Path) -> None:
    """The operating system decides who holds it, not the text."""
    path = tmp_path / "lock"
    for content in (b"nonsense", b"[]", b'{"host": "a"}', b"\xff\x00"):
        path.write_bytes(content)
        with RunLock(path) as lock:
            assert lock.stale is None


def test_a_directory_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The file system's answer is in the message."""
    with pytest.raises(RunDirectoryError, match="got No such file or directory"):
        RunLock(tmp_path / "missing" / "lock").__enter__()


class TestWithoutFileLocks:
    """On file systems where `flock` answers that there are no locks."""

    @pytest.fixture(autouse=True)
    def no_locks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file system without locks."""
        monkeypatch.setattr(fcntl, "flock", _no_locks)

    def test_it_excludes_all_the_same(self, tmp_path: Path) -> None:
        """A second file holds the place while the lock is held."""
        path = tmp_path / "lock"
        with RunLock(path):
            assert (tmp_path / "lock.held").exists()
            with pytest.raises(RunDirectoryError, match="held by process"):
                RunLock(path).__enter__()
            assert (tmp_path / "lock.held").exists()
        assert not (tmp_path / "lock.held").exists()
        with RunLock(path) as lock:
            assert lock.stale is None

    def test_a_dead_holder_on_this_machine_is_replaced(self, tmp_path: Path) -> None:
        """Its process number tells that it is gone."""
        path = tmp_path / "lock"
        with subprocess.Popen([sys.executable, "-c", ""]) as gone:
            gone.wait()
        holder = Holder(socket.gethostname(), gone.pid, "2024-01-01T00:00:00+00:00")
        for name in ("lock", "lock.held"):
            (tmp_path / name).write_bytes(holder.to_bytes())
        with RunLock(path) as lock:
            assert lock.stale == holder

    @pytest.mark.parametrize("content", [ELSEWHERE.to_bytes(), b""])
    def test_a_silent_holder_elsewhere_is_replaced(
        self, tmp_path: Path, content: bytes
    ) -> None:
        """Also one that was killed before it could write who it is."""
        (tmp_path / "lock.held").write_bytes(content)
        leave(tmp_path / "lock.held")
        with RunLock(tmp_path / "lock"):
            assert (tmp_path / "lock.held").read_bytes() != content
        assert not (tmp_path / "lock.held").exists()

    @pytest.mark.usefixtures("hasty")
    def test_a_holder_elsewhere_that_touches_its_file_keeps_it(
        self, tmp_path: Path
    ) -> None:
        """It is seen alive within its silence."""
        held = tmp_path / "lock.held"
        held.write_bytes(ELSEWHERE.to_bytes())
        with (
            touching(held),
            pytest.warns(EvonasWarning, match="waiting up to 1 s"),
            pytest.raises(RunDirectoryError, match="held by process 1 on elsewhere"),
        ):
            RunLock(tmp_path / "lock").__enter__()
        assert held.read_bytes() == ELSEWHERE.to_bytes()


class TestWhereLocksEndAtTheMachine:
    """On shared file systems whose `flock` other machines do not see."""

    @pytest.mark.usefixtures("hasty")
    def test_an_entry_of_another_machine_is_waited_for(self, tmp_path: Path) -> None:
        """Nobody touches it: it was left by a machine that died."""
        path = tmp_path / "lock"
        path.write_bytes(ELSEWHERE.to_bytes())
        with (
            pytest.warns(EvonasWarning, match="see whether process 1 on elsewhere"),
            RunLock(path) as lock,
        ):
            assert lock.stale == ELSEWHERE

    def test_one_that_was_silent_for_long_is_not_waited_for(
        self, tmp_path: Path
    ) -> None:
        """At once, and without a word."""
        path = tmp_path / "lock"
        path.write_bytes(ELSEWHERE.to_bytes())
        leave(path)
        with RunLock(path) as lock:
            assert lock.stale == ELSEWHERE

    @pytest.mark.usefixtures("hasty")
    def test_one_that_is_touched_is_held(self, tmp_path: Path) -> None:
        """Whatever `flock` says here; its entry stays."""
        path = tmp_path / "lock"
        path.write_bytes(ELSEWHERE.to_bytes())
        with (
            touching(path),
            pytest.warns(EvonasWarning, match="waiting up to"),
            pytest.raises(RunDirectoryError, match="held by process 1 on elsewhere"),
        ):
            RunLock(path).__enter__()
        assert path.read_bytes() == ELSEWHERE.to_bytes()

    @pytest.mark.usefixtures("hasty")
    def test_a_holder_touches_its_entry(self, tmp_path: Path) -> None:
        """So that other machines see that it lives."""
        path = tmp_path / "lock"
        with RunLock(path):
            leave(path)
            deadline = time.monotonic() + 20
            while silent(path) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert not silent(path)

    @pytest.mark.usefixtures("hasty")
    def test_who_stood_still_for_too_long_writes_nothing_more(
        self, tmp_path: Path
    ) -> None:
        """It finds the entry of the one who took the run, and leaves it there."""
        path = tmp_path / "lock"
        lock = RunLock(path)
        with lock:
            lock.check()
            path.write_bytes(ELSEWHERE.to_bytes())
            leave(path)
            time.sleep(0.2)
            assert silent(path), "it does not touch what belongs to another"
            with pytest.raises(RunDirectoryError, match="taken by process 1 on else"):
                lock.check()
        assert path.read_bytes() == ELSEWHERE.to_bytes()
