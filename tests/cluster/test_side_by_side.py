"""Commands side by side: their codes, their logs, their end."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from cluster.devices import VARIABLE
from cluster.side_by_side import Command, SideBySide, rotated_devices

#: waits for SIGUSR1, then leaves as stopped
WAITING = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))\n"
    "print('ready', flush=True)\n"
    "time.sleep(60)"
)


def command(folder: Path, name: str, program: str, **environment: str) -> Command:
    """A Python program whose log has a name."""
    return Command([sys.executable, "-c", program], folder / name, environment)


def wait(running: SideBySide, log: Path, text: str) -> None:
    """Until a log has a text."""
    deadline = time.monotonic() + 20
    while not log.exists() or text not in log.read_text():
        assert time.monotonic() < deadline, running.codes
        time.sleep(0.01)


def test_each_has_its_own_log_environment_and_code(tmp_path: Path) -> None:
    """What they print is added to what earlier ones printed."""
    program = "import os, sys; print(os.environ['WHO']); sys.exit(int(os.environ['C']))"
    for _ in range(2):
        commands = [
            command(tmp_path, f"{code}.log", program, WHO=f"number {code}", C=f"{code}")
            for code in (0, 2)
        ]
        with SideBySide(commands) as running:
            while None in running.codes:
                time.sleep(0.01)
        assert running.codes == [0, 2]
    assert (tmp_path / "2.log").read_text() == "number 2\nnumber 2\n"


def test_the_end_stops_those_that_run(tmp_path: Path) -> None:
    """In their own time; none is left behind."""
    commands = [command(tmp_path, name, WAITING) for name in ("a", "b")]
    with SideBySide(commands) as running:
        for name in ("a", "b"):
            wait(running, tmp_path / name, "ready")
        assert running.codes == [None, None]
    assert running.codes == [3, 3]


def test_a_command_that_does_not_start_takes_the_others_along(tmp_path: Path) -> None:
    """And the error is the system's own."""
    missing = Command([str(tmp_path / "missing")], tmp_path / "log", {})
    with pytest.raises(FileNotFoundError, match="missing"):
        SideBySide([command(tmp_path, "a", "pass"), missing])


def test_workers_of_several_commands_share_the_gpus_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second command begins where the first one's workers end."""
    monkeypatch.setenv(VARIABLE, "0,1,2")
    assert rotated_devices(0) == {VARIABLE: "0,1,2"}
    assert rotated_devices(2) == {VARIABLE: "2,0,1"}
    assert rotated_devices(4) == {VARIABLE: "1,2,0"}
    monkeypatch.setenv(VARIABLE, "")
    assert rotated_devices(1) == {}
