"""A search with islands: starts their managers, waits, and makes one result of all."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path

from cluster import InlineExecutor
from cluster.environment import under_mpi
from cluster.side_by_side import Command, SideBySide, rotated_devices
from evonas.build import (
    Resolved,
    Stopping,
    make_plan,
    open_workers,
    prepare_islands,
    read_run,
    refuse_islands,
    stopping,
)
from evonas.build.islands import check_workers, share
from evonas.cli.display import Display, open_display
from evonas.cli.ending import print_ending
from evonas.cli.options import ISLAND
from evonas.cli.ranks import open_console
from evonas.errors import InputError
from evonas.run import Islands, Session
from evonas.run.handover import Handover, take_over
from evonas.storage import RunDirectory

#: exit codes of an island whose search is over, or can go on
_DONE, _WRONG_INPUT, _STOPPED = 0, 2, 3
#: how often the managers are looked at
_LOOK_SECONDS = 0.1
#: the progress is shown this often, and more seldom where reading it takes long: so
#: many times as long as that
_SHOW_SECONDS = 5.0
_SHOW_SHARE = 20.0
#: lines of an island's log that are shown where it failed
_LOG_LINES = 8


def run_islands(
    open_directory: Callable[[], RunDirectory],
    resolved: Resolved,
    *,
    wall_seconds: float | None,
    take: bool = False,
) -> int:
    """Like `run_session`, for a search with islands."""
    if under_mpi():
        refuse_islands(resolved.config, "MPI ranks")
    check_workers(resolved.config)
    console = open_console()
    reserve = resolved.config.cluster.reserve_seconds
    with stopping(wall_seconds, reserve) as stop, ExitStack() as held:
        directory = open_directory()
        lock = take_over(directory, stop) if take else directory.lock().__enter__()
        held.push(lock)
        with open_display(console, resolved, directory.root) as display:
            stopped = _search(directory, resolved, stop, display)
        plan = make_plan(resolved, directory)
        with (
            # Nothing more is evaluated by whoever has stopped.
            InlineExecutor()
            if stopped
            else open_workers(resolved, check=False) as executor,
            open_display(console, resolved, directory.root) as display,
            Session(
                directory,
                plan,
                executor,
                lock=lock,
                stop=stop,
                seconds_left=stop.seconds_left,
                observer=display.observe,
            ) as session,
        ):
            # From here on the session lets go of the lock.
            held.pop_all()
            display.begin(session.state)
            islands = Islands(directory, resolved.config.islands.count)
            finish = session.run(islands, stopped)
    print_ending(console, resolved, directory, finish)
    if not finish.finished:
        return _STOPPED
    if finish.summary.state.incumbents.best is None:
        print(f"evonas: error: {finish.failure}", file=sys.stderr, flush=True)
        return _WRONG_INPUT
    return _DONE


def _search(
    directory: RunDirectory, resolved: Resolved, stop: Stopping, display: Display
) -> str:
    """Have every island search; gives why that ended too early, or ""."""
    handover = Handover(directory)
    islands = prepare_islands(resolved, directory)
    directory.write_config(resolved.config_text)
    display.begin(read_run(directory).state)
    with SideBySide(_commands(islands, resolved, stop)) as managers:
        why = _watch(managers, directory, display, lambda: _why(stop, handover))
    _complain(managers.codes, islands)
    return why


def _why(stop: Stopping, handover: Handover) -> str:
    return stop() or handover.draining()


def _commands(
    islands: Sequence[RunDirectory], resolved: Resolved, stop: Stopping
) -> list[Command]:
    """What works on each island: it is a run, so that is `evonas resume`."""
    words = ["resume"]
    if math.isfinite(left := stop.seconds_left()):
        words.append(f"--wall-time={max(1, round(left))}s")
    count, workers = len(islands), resolved.config.workers
    shares = [share(workers, count, index) for index in range(count)]
    before = [0, *accumulate(shares)]
    return [
        Command(
            [sys.executable, "-m", "evonas", *words, str(island.root)],
            island.root / "manager.log",
            {ISLAND: str(index), **rotated_devices(before[index])},
        )
        for index, island in enumerate(islands)
    ]


def _watch(
    managers: SideBySide,
    directory: RunDirectory,
    display: Display,
    stop: Callable[[], str],
) -> str:
    """Wait for all, or until one or `stop` gives a reason to end; gives that reason."""
    shown, next_show = -1, time.monotonic() + _SHOW_SECONDS
    while True:
        codes = managers.codes
        if why := _ended(codes) or (stop() if None in codes else ""):
            return why
        if None not in codes:
            return ""
        if (began := time.monotonic()) >= next_show:
            state = read_run(directory).state
            if (done := state.accounting.evaluations) != shown:
                shown = done
                if state.latest is not None:
                    display.observe("told", state)
            cost = time.monotonic() - began
            next_show = time.monotonic() + max(_SHOW_SECONDS, _SHOW_SHARE * cost)
        time.sleep(_LOOK_SECONDS)


def _ended(codes: Sequence[int | None]) -> str:
    """What ended the first island that was not through with its search, or ""."""
    for index, code in enumerate(codes):
        if code in (None, _DONE):
            continue
        if code is not None and code < 0:
            return f"the death of the manager of island {index}"
        return f"the stop of island {index}"
    return ""


def _complain(codes: Sequence[int | None], islands: Sequence[RunDirectory]) -> None:
    """Say what an island's manager said that ended by an error.

    Raises:
        InputError: the input was wrong.
        RuntimeError: it was our fault.
    """
    for code, island in zip(codes, islands, strict=True):
        if code is None or code in (_DONE, _STOPPED) or code < 0:
            continue
        said = _last_lines(island.root / "manager.log")
        # An island in which nothing could be evaluated is not an error of the whole.
        if code == _WRONG_INPUT:
            raise InputError(f"{island.root}: the island's manager ended:\n{said}")
        raise RuntimeError(f"{island.root}: the island's manager failed:\n{said}")


def _last_lines(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
