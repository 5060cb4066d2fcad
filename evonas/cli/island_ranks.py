"""Islands under MPI: what rank 0 asks of the managers of groups, and how they do it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.launch import TERMINAL_VARIABLE
from evonas.cli.options import ISLAND
from evonas.cli.ranks import TERMINAL


def pack_errand(words: Sequence[str], index: int, log: Path) -> bytes:
    """What the manager of an island has to do.

    Args:
        words: of the command line, after `evonas`.
        index: of the island.
        log: file that its output is added to, and that of nobody else.
    """
    return json.dumps({"words": list(words), "island": index, "log": str(log)}).encode()


def carry_out(errand: bytes, run: Callable[[Sequence[str]], int]) -> int:
    """Do what `pack_errand` says, in this process; gives the exit code.

    Args:
        errand: as it wrote it.
        run: the command line.
    """
    data = json.loads(errand)
    # A log, whatever the job's output is.
    settings = {ISLAND: str(data["island"]), TERMINAL_VARIABLE: "0", TERMINAL: ""}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        with _output_to(Path(data["log"])):
            return run(data["words"])
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Add all that this process writes to a file, as a shell's `>>log 2>&1` does."""
    sys.stdout.flush()
    sys.stderr.flush()
    places = [os.dup(number) for number in (1, 2)]
    try:
        with open(log, "ab") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, place in zip((1, 2), places, strict=True):
            os.dup2(place, number)
            os.close(place)
