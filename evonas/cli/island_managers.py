"""The managers of a search's islands: processes of this machine, or ranks."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Protocol, Self

from cluster.environment import under_mpi
from cluster.side_by_side import Command, SideBySide, rotated_devices
from evonas.build import Resolved, Stopping, check_ranks, refuse_table_under_mpi
from evonas.build.command import DONE, STOPPED, WRONG_INPUT
from evonas.build.islands import check_workers, share
from evonas.cli.island_ranks import pack_errand
from evonas.cli.options import ISLAND
from evonas.errors import InputError
from evonas.storage import RunDirectory

#: lines of an island's log that are shown where it failed
_LOG_LINES = 8


class Managers(Protocol):
    """Who manages each island. Leaving it stops those that still run."""

    @property
    def codes(self) -> list[int | None]:
        """The exit code of each; None: it runs. Negative: it was killed."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(self, *_: object) -> None:
        """Stop those that still run."""


def check_places(resolved: Resolved) -> None:
    """Complain where there is nobody to manage or to work on an island.

    Raises:
        ConfigError: there is not.
    """
    if under_mpi():
        from cluster.mpi import count_ranks

        refuse_table_under_mpi(resolved)
        check_ranks(resolved.config, count_ranks())
    else:
        check_workers(resolved.config)


def start_managers(
    islands: Sequence[RunDirectory], resolved: Resolved, stop: Stopping
) -> Managers:
    """Start what works on each island: it is a run, so that is `evonas resume`."""
    words = ["resume"]
    if math.isfinite(left := stop.seconds_left()):
        words.append(f"--wall-time={max(1, round(left))}s")
    logs = [island.root / "manager.log" for island in islands]
    if under_mpi():
        from cluster.mpi import open_groups

        return open_groups(
            [
                pack_errand([*words, str(island.root)], index, log)
                for index, (island, log) in enumerate(zip(islands, logs, strict=True))
            ]
        )
    count, workers = len(islands), resolved.config.workers
    shares = [share(workers, count, index) for index in range(count)]
    before = [0, *accumulate(shares)]
    return SideBySide(
        [
            Command(
                [sys.executable, "-m", "evonas", *words, str(island.root)],
                log,
                {ISLAND: str(index), **rotated_devices(before[index])},
            )
            for index, (island, log) in enumerate(zip(islands, logs, strict=True))
        ]
    )


def why_ended(codes: Sequence[int | None]) -> str:
    """What ended the first island that was not through with its search, or "".

    Args:
        codes: of the managers.
    """
    for index, code in enumerate(codes):
        if code in (None, DONE):
            continue
        if code is not None and code < 0:
            return f"the death of the manager of island {index}"
        return f"the stop of island {index}"
    return ""


def check_codes(codes: Sequence[int | None], islands: Sequence[RunDirectory]) -> None:
    """Say what an island's manager said that ended by an error.

    Raises:
        InputError: the input was wrong.
        RuntimeError: it was our fault.
    """
    for code, island in zip(codes, islands, strict=True):
        if code is None or code in (DONE, STOPPED) or code < 0:
            continue
        said = _last_lines(island.root / "manager.log")
        # An island in which nothing could be evaluated is not an error of the whole.
        if code == WRONG_INPUT:
            raise InputError(f"{island.root}: the island's manager ended:\n{said}")
        raise RuntimeError(f"{island.root}: the island's manager failed:\n{said}")


def _last_lines(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
