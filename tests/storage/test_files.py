"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evonas.errors import RunDirectoryError
from evonas.storage.files import remove_unfinished, replace_file

REPLACER = """
import sys
from pathlib import Path
from evonas.storage.files import replace_file

print("started", flush=True)
while True:
    for byte in (b"a", b"b"):
        replace_file(Path(sys.argv[1]), byte * 300_000)
"""


def test_a_killed_writer_leaves_the_old_content_or_the_new(tmp_path: Path) -> None:
    """Never a mixture, never a part; what it left beside can be removed."""
    path = tmp_path / "file"
    replace_file(path, b"a" * 300_000)
    for delay in (0.02, 0.05, 0.11):
        with subprocess.Popen(
            [sys.executable, "-c", REPLACER, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired, match="timed out"):
                writer.wait(delay)
            writer.send_signal(signal.SIGKILL)
        assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: the old content stays, nothing lies beside it."""
    path = tmp_path / "file"
    replace_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunDirectoryError, match=r"file: .*got No space left on device"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle is passed on, and the place is left clean."""
    path = tmp_path / "file"
    replace_file(path, b"old")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_only_its_own_unfinished_files_are_removed(tmp_path: Path) -> None:
    """A user's hidden or temporary file is none of ours."""
    for name in (".result.json.12.tmp", "notes.tmp", ".hidden", "result.json"):
        (tmp_path / name).write_text("x")
    assert remove_unfinished(tmp_path) == [tmp_path / ".result.json.12.tmp"]
    assert len(list(tmp_path.iterdir())) == 3
