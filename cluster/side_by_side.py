"""Commands of one job that run side by side on this machine, each with its own log."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cluster.devices import VARIABLE, visible_devices
from cluster.signals import die_with_parent

#: how long commands that were told to stop may take, until they are killed
_GRACE_SECONDS = 120.0
#: how often they are looked at then
_LOOK_SECONDS = 0.05


class Command(NamedTuple):
    """One of the commands.

    Attributes:
        words: program and arguments.
        log: file that its output is added to.
        environment: variables over those of this process.
    """

    words: Sequence[str]
    log: Path
    environment: Mapping[str, str]


class SideBySide:
    """Runs commands; a context manager that stops those that still run at its end.

    A terminal's Ctrl-C does not reach them: `stop` tells them with SIGUSR1. If this
    process is killed they are told to end (Linux).

    Args:
        commands: to start.
    """

    def __init__(self, commands: Sequence[Command]) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for one in commands:
                self._processes.append(_start(one))
        except BaseException:
            self.__exit__()
            raise

    @property
    def codes(self) -> list[int | None]:
        """The exit code of each; None: it runs. Negative: the signal that killed it."""
        return [process.poll() for process in self._processes]

    def stop(self) -> None:
        """Tell those that run to stop in their own time."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGUSR1)

    def __enter__(self) -> SideBySide:
        return self

    def __exit__(self, *_: object) -> None:
        if None in self.codes:
            self.stop()
        deadline = time.monotonic() + _GRACE_SECONDS
        while None in self.codes and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def rotated_devices(first: int) -> dict[str, str]:
    """Variables that make a command's workers begin with another GPU of this machine.

    Each command counts its workers from 0; without this all would use the first GPUs.

    Args:
        first: workers that other commands have before those of this one.
    """
    devices = visible_devices()
    if not devices:
        return {}
    place = first % len(devices)
    return {VARIABLE: ",".join(devices[place:] + devices[:place])}


def _start(command: Command) -> subprocess.Popen[bytes]:
    with open(command.log, "ab") as log:
        return subprocess.Popen(
            list(command.words),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.environment},
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )
