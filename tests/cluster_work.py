"""Functions for workers to run, harmless and harmful; children import them by name."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

#: how often `warm_up` ran in this process
warm_ups = 0


class UserError(Exception):
    """Raised by `fail`."""


class OnlyInChild:
    """A value that loads in the process that made it, and nowhere else."""

    def __init__(self) -> None:
        self.maker = os.getpid()

    def __setstate__(self, state: dict[str, Any]) -> None:
        if state["maker"] != os.getpid():
            raise UserError("cannot be loaded here")


def warm_up() -> None:
    """Count itself."""
    global warm_ups
    warm_ups += 1


def bad_warm_up() -> None:
    """Fail as a missing library would."""
    raise ImportError("no module named luck")


def count_warm_ups(_: Any) -> tuple[int, int]:
    """The process id, and how often `warm_up` ran there."""
    return os.getpid(), warm_ups


def echo(payload: Any) -> Any:
    """The payload itself."""
    return payload


def negate(array: Any) -> Any:
    """The array, negated in place."""
    array *= -1
    return array


def fail(payload: Any) -> None:
    """Raise a UserError two calls deep."""

    def inner() -> None:
        raise UserError(f"no good: {payload}")

    inner()


def pause(seconds: float) -> float:
    """Sleep."""
    time.sleep(seconds)
    return seconds


def pause_noted(payload: tuple[float, str]) -> int:
    """Write the process id into a file, then sleep."""
    seconds, file = payload
    beside = Path(f"{file}.new")
    beside.write_text(str(os.getpid()))
    beside.replace(file)
    time.sleep(seconds)
    return os.getpid()


def hang_natively(_: Any) -> None:
    """Sleep in C, out of reach of Python's signal handlers and of other threads."""
    ctypes.PyDLL(None).sleep(100)


def crash_natively(_: Any) -> None:
    """Read address 0."""
    ctypes.string_at(0)


def kill_itself(_: Any) -> None:
    """Die by SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave(status: int) -> None:
    """End the process without a word."""
    os._exit(status)


def call_exit(status: int) -> None:
    """End the program as a script would."""
    sys.exit(status)


def eat_memory(_: Any) -> int:
    """Grow by 10 MB every 10 ms, to 2 GB at most."""
    eaten = []
    for _ in range(200):
        eaten.append(b"x" * 10_000_000)
        time.sleep(0.01)
    return len(eaten)


def run_out_of_memory(_: Any) -> int:
    """Ask for more than any machine has."""
    return len(bytes(2**62))


def die_leaving_a_fork(_: Any) -> None:
    """Die while a forked process still holds every open file, the socket too."""
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)).start()
    os.kill(os.getpid(), signal.SIGKILL)


def give_unpicklable(_: Any) -> Any:
    """A value that cannot travel."""
    return lambda: None


def give_only_here(_: Any) -> OnlyInChild:
    """A value that cannot be loaded elsewhere."""
    return OnlyInChild()


def read_environment(names: list[str]) -> list[str | None]:
    """Values of environment variables."""
    return [os.environ.get(name) for name in names]


def rank_variables(_: Any) -> list[str]:
    """Names of variables that would make this process a rank."""
    prefixes = ("OMPI_", "PMIX_", "PRTE_", "PMI_", "OPAL_")
    return [name for name in os.environ if name.startswith(prefixes)]


def talk(text: str) -> None:
    """Print to stdout."""
    print(text)


def process_id(_: Any) -> int:
    """The process that runs this."""
    return os.getpid()


def imported(_: Any) -> bool:
    """Whether the process imported mpi4py."""
    return "mpi4py" in sys.modules


def die_in_warm_up() -> None:
    """Die before the child is ready."""
    os._exit(9)


def parent_after(seconds: float) -> int:
    """Sleep, then tell the process that keeps this one."""
    time.sleep(seconds)
    return os.getppid()


def pids(_: Any) -> tuple[int, int]:
    """This process and the one that keeps it."""
    return os.getpid(), os.getppid()


def look_late(seconds: float) -> None:
    """From now on, look for requests between calls only after so many seconds."""
    import cluster.child

    class Late:
        @staticmethod
        def select(*arguments: Any) -> Any:
            time.sleep(seconds)
            return select.select(*arguments)

    cluster.child.select = Late  # type: ignore[attr-defined]
