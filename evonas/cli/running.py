"""One session on a run directory, as the command line conducts it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from evonas.build import (
    Resolved,
    check_latency,
    make_plan,
    open_known,
    open_workers,
    stopping,
)
from evonas.cli.display import open_display
from evonas.cli.ending import print_ending
from evonas.cli.islands import run_islands
from evonas.cli.ranks import open_console
from evonas.run import Session
from evonas.storage import RunDirectory


def run_session(
    open_directory: Callable[[], RunDirectory],
    resolved: Resolved,
    *,
    wall_seconds: float | None,
    take: bool = False,
) -> int:
    """Search (or go on), train the best, export it, say how it went.

    Args:
        open_directory: makes or opens the run's directory, once the workers stand.
        resolved: its settings.
        wall_seconds: after which it stops; None: never.
        take: ask whoever works on the run to hand it over.

    Returns:
        The exit code.
    """
    if resolved.config.islands.whole:
        return run_islands(
            open_directory, resolved, wall_seconds=wall_seconds, take=take
        )
    console = open_console()
    reserve = resolved.config.cluster.reserve_seconds
    with (
        stopping(wall_seconds, reserve) as stop,
        open_known(resolved) as known,
        open_workers(resolved) as executor,
    ):
        check_latency(resolved, executor)
        directory = open_directory()
        plan = make_plan(resolved, directory, known=known)
        with (
            open_display(console, resolved, directory.root) as display,
            Session(
                directory,
                plan,
                executor,
                take=take,
                stop=stop,
                seconds_left=stop.seconds_left,
                observer=display.observe,
            ) as session,
        ):
            if session.torn is not None:
                display.note(str(session.torn))
            display.begin(session.state)
            # Under the session's lock, and only once the journal has accepted them.
            directory.write_config(resolved.config_text)
            finish = session.run()
    print_ending(console, resolved, directory, finish)
    if not finish.finished:
        return 3
    island = plan.migration is not None
    if finish.summary.state.incumbents.best is None and not island:
        # What was asked for cannot be evaluated; resuming would not help.
        print(f"evonas: error: {finish.failure}", file=sys.stderr, flush=True)
        return 2
    return 0
