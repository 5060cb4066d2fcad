"""A search with islands: starts their managers, waits, and makes one result of all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from cluster import InlineExecutor
from evonas.build import (
    Resolved,
    Stopping,
    make_plan,
    open_known,
    open_workers,
    prepare_islands,
    read_run,
    stopping,
)
from evonas.build.command import DONE, STOPPED, WRONG_INPUT
from evonas.cli.display import Display, open_display
from evonas.cli.ending import print_ending
from evonas.cli.island_managers import (
    Managers,
    check_codes,
    check_places,
    start_managers,
    why_ended,
)
from evonas.cli.ranks import open_console
from evonas.run import Islands, Session
from evonas.run.handover import Handover, take_over
from evonas.storage import RunDirectory

#: how often the managers are looked at
_LOOK_SECONDS = 0.1
#: the progress is shown this often, and more seldom where reading it takes long: so
#: many times as long as that
_SHOW_SECONDS = 5.0
_SHOW_SHARE = 20.0


def run_islands(
    open_directory: Callable[[], RunDirectory],
    resolved: Resolved,
    *,
    wall_seconds: float | None,
    take: bool = False,
) -> int:
    """Like `run_session`, for a search with islands."""
    check_places(resolved)
    with open_known(resolved):
        # Every island opens it for itself; what is wrong with it is told here.
        pass
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
        return STOPPED
    if finish.summary.state.incumbents.best is None:
        print(f"evonas: error: {finish.failure}", file=sys.stderr, flush=True)
        return WRONG_INPUT
    return DONE


def _search(
    directory: RunDirectory, resolved: Resolved, stop: Stopping, display: Display
) -> str:
    """Have every island search; gives why that ended too early, or ""."""
    handover = Handover(directory)
    islands = prepare_islands(resolved, directory)
    directory.write_config(resolved.config_text)
    display.begin(read_run(directory).state)
    progress = _Progress(directory, display)
    with start_managers(islands, resolved, stop) as managers:
        why = _watch(managers, islands, progress, stop, handover)
    check_codes(managers.codes, islands)
    return why


def _watch(
    managers: Managers,
    islands: Sequence[RunDirectory],
    progress: _Progress,
    stop: Callable[[], str],
    handover: Handover,
) -> str:
    """Wait until all have ended, or there is a reason to end; gives that reason.

    Whoever asks for the whole is given it when what is under way has ended on every
    island, so each of them is asked for in its turn.
    """
    draining = ""
    with ExitStack() as asking:
        while None in (codes := managers.codes):
            if why := stop():
                return why
            before, draining = draining, handover.draining()
            if before and not draining:
                asking.close()
            elif draining and not before:
                for island in islands:
                    asking.enter_context(island.handover().ask())
            elif not draining and (why := why_ended(codes)):
                return why
            progress.show()
            time.sleep(_LOOK_SECONDS)
        ended = why_ended(codes)
        return ended and (draining or stop() or ended)


class _Progress:
    """Shows now and then what all islands have done.

    Args:
        directory: of the whole.
        display: shows it.
    """

    def __init__(self, directory: RunDirectory, display: Display) -> None:
        self._directory = directory
        self._display = display
        self._shown = -1
        self._next = time.monotonic() + _SHOW_SECONDS

    def show(self) -> None:
        """Read the journals, if it is time."""
        if (began := time.monotonic()) < self._next:
            return
        state = read_run(self._directory).state
        if (done := state.accounting.evaluations) != self._shown:
            self._shown = done
            if state.latest is not None:
                self._display.observe("told", state)
        cost = time.monotonic() - began
        self._next = time.monotonic() + max(_SHOW_SECONDS, _SHOW_SHARE * cost)
