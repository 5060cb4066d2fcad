"""`--mpi N`: the same command again, as the ranks of an MPI job on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console

import cluster.launch

#: width and height of the terminal that a rank's output ends up on
TERMINAL = "EVONAS_TERMINAL"


def launch(count: int, words: Sequence[str], wall_time: str | None) -> int:
    """Start the ranks and wait for them; the exit code of the first one.

    Args:
        count: ranks, the manager included.
        words: the command and its options.
        wall_time: as typed, if it was.
    """
    if wall_time is not None:
        words = [*words, f"--wall-time={wall_time}"]
    command = [sys.executable, "-m", "evonas", *words]
    return cluster.launch.launch(count, command, _terminal())


def open_console() -> Console:
    """Where progress is shown.

    Between a rank and the terminal stands mpirun with a pipe; `launch` tells the ranks
    that there is a terminal behind it.
    """
    width, _, height = os.environ.get(TERMINAL, "").partition("x")
    if not width:
        return Console()
    return Console(
        force_terminal=True, width=int(width), height=int(height), color_system="auto"
    )


def _terminal() -> dict[str, str]:
    console = Console()
    if not console.is_terminal:
        return {}
    return {TERMINAL: f"{console.width}x{console.height}"}
