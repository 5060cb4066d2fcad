"""Asking for a run: seen by whoever has it, and over when the one who asks is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import evonas.storage.handover as handover_module
from evonas.errors import RunDirectoryError
from evonas.storage import HandoverRequest, Holder, RunDirectory

#: somebody who lives as long as this test
PARENT = Holder(Holder.this_process().host, os.getppid(), "2024-01-01T00:00:00+00:00")


def test_a_request_is_seen_as_long_as_it_is_made(tmp_path: Path) -> None:
    """And by nobody afterwards."""
    path = tmp_path / "take-over"
    assert HandoverRequest(path).requester() is None
    with HandoverRequest(path).ask():
        found = HandoverRequest(path).requester()
        assert found is not None
        assert found.pid == os.getpid()
    assert HandoverRequest(path).requester() is None
    assert not path.exists()


def test_one_who_stopped_asking_is_not_waited_for(tmp_path: Path) -> None:
    """A dead process of this machine, a silent one of another, a text of nobody."""
    path = tmp_path / "take-over"
    dead = Holder(PARENT.host, 2**22 - 1, PARENT.since)
    for content in (dead.to_bytes(), b"nonsense", b""):
        path.write_bytes(content)
        assert HandoverRequest(path).requester() is None
    path.write_bytes(Holder("elsewhere", 1, PARENT.since).to_bytes())
    assert HandoverRequest(path).requester() is not None
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    assert HandoverRequest(path).requester() is None


def test_only_one_takes_a_run_over(tmp_path: Path) -> None:
    """The second is told who was first; what the dead left is in nobody's way."""
    path = tmp_path / "take-over"
    path.write_bytes(PARENT.to_bytes())
    with (
        pytest.raises(RunDirectoryError, match=f"taken over by process {PARENT.pid}"),
        HandoverRequest(path).ask(),
    ):
        pass
    assert path.read_bytes() == PARENT.to_bytes()
    path.write_bytes(Holder(PARENT.host, 2**22 - 1, PARENT.since).to_bytes())
    with HandoverRequest(path).ask():
        assert HandoverRequest(path).requester() is not None


def test_a_request_is_kept_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes until the run is free."""
    monkeypatch.setattr(handover_module, "BEAT_SECONDS", 0.02)
    directory = RunDirectory.create(tmp_path / "run", "seed: 0\n")
    with directory.handover().ask():
        hour_ago = time.time() - 3600
        os.utime(directory.handover_file, (hour_ago, hour_ago))
        deadline = time.monotonic() + 20
        while not directory.handover().requester() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert directory.handover().requester() is not None


def test_it_is_looked_for_now_and_then_only(tmp_path: Path) -> None:
    """A loop may ask at every turn."""
    path = tmp_path / "take-over"
    request = HandoverRequest(path)
    assert request.requester() is None
    path.write_bytes(PARENT.to_bytes())
    assert request.requester() is None
    assert HandoverRequest(path).requester() == PARENT
