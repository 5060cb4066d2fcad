"""`evonas train RUN --top K`: the best few are trained again, and one is chosen."""

from __future__ import annotations

import shlex
import sys

from rich.console import Console
from rich.table import Table

from evonas.build import Resolved, choose, make_plan, open_workers, stopping
from evonas.cli import ranks
from evonas.cli.display import open_display
from evonas.cli.figures import Trainings
from evonas.errors import InputError
from evonas.evaluation import Fidelity
from evonas.run import (
    CONFIDENCE,
    Contender,
    Interval,
    RunState,
    Selected,
    Session,
    make_schedule,
    shortcoming,
)
from evonas.run.wording import number
from evonas.storage import RunDirectory


def choose_winner(
    directory: RunDirectory,
    resolved: Resolved,
    top: int,
    trainings: int | None,
    wall_seconds: float | None,
) -> int:
    """Train the best few on fresh seeds, test the best of them, say how it went.

    Args:
        directory: of the run.
        resolved: its settings.
        top: how many to choose from.
        trainings: in all; None: the default for as many networks.
        wall_seconds: after which it stops; None: never.

    Returns:
        The exit code.

    Raises:
        InputError: the run has too few networks, or there are too few trainings.
    """
    console = ranks.open_console()
    plan = make_plan(resolved, directory)
    with (
        stopping(wall_seconds, resolved.config.cluster.reserve_seconds) as stop,
        open_workers(resolved) as executor,
        open_display(console, resolved, directory.root) as display,
        Session(
            directory, plan, executor, stop=stop, observer=display.observe
        ) as session,
    ):
        chosen = choose(session.state, directory, None, top)
        if len(chosen) < 2:
            only = chosen[0].record.request_id
            root = shlex.quote(str(directory.root))
            raise InputError(
                f"--top {top}: expected two or more different networks to choose from, "
                f"got one (#{only}); train it with `evonas train {root} --id {only}`"
            )
        schedule = make_schedule(len(chosen), trainings)
        selection = session.selection(
            chosen, schedule, Fidelity(resolved.config.final.epochs)
        )
        before = selection.stand().done
        display.begin(session.state, Trainings(schedule.trainings, before))
        selected = session.select(selection)
        state = session.state
    if len(chosen) < top:
        print(
            f"--top {top}: the run has no more than {len(chosen)} different networks "
            "that could be evaluated",
            file=sys.stderr,
        )
    return _report(console, state, directory, selected)


def _report(
    console: Console, state: RunState, directory: RunDirectory, selected: Selected
) -> int:
    console.print(_table(selected))
    console.print(
        "Only the winner's mean and interval are of trainings that decided nothing.",
        style="dim",
        soft_wrap=True,
    )
    _tell_failures(selected)
    if not selected.complete:
        console.print(
            f"\nStopped after {selected.done} of {selected.schedule.trainings} "
            "trainings; nothing is lost, and the same command goes on"
        )
        return 3
    if selected.network is None:
        print(
            "evonas: error: expected a network that can be trained for final.epochs, "
            "got none: every training of the last one left failed, and those of the "
            "others had failed as often or done worse; try another --set final.epochs",
            file=sys.stderr,
        )
        return 2
    _tell_winner(console, state, directory, selected)
    return 0


def _table(selected: Selected) -> Table:
    """The networks, the best first; only the winner's interval is corrected."""
    metric = selected.objective.metric
    title = f"Trainings on fresh seeds, {metric}"
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("id", "in the search", "trainings", "mean"):
        table.add_column(heading, justify="right")
    table.add_column(f"{CONFIDENCE:.0%} interval", justify="right")
    table.add_column("rejected")
    for one in selected.contenders:
        wins = bool(selected.held_out) and one is selected.winner
        trained = selected.held_out if wins else one.trainings
        count = str(len(one.trainings))
        if wins:
            count += f" + {len(selected.held_out)} held out"
        interval = selected.interval_of(trained)
        table.add_row(
            str(one.found.record.request_id),
            number(one.found.record.value(metric)),
            count,
            "" if interval is None else number(interval.mean),
            _ends(interval),
            _fate(selected, one),
        )
    return table


def _ends(interval: Interval | None) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return ""
    return f"{number(interval.low)} – {number(interval.high)}"


def _fate(selected: Selected, one: Contender) -> str:
    if one.rejected_in is not None:
        return f"in phase {one.rejected_in} of {len(selected.schedule.lengths)}"
    if selected.network is not None:
        return "the winner"
    return "" if selected.complete else "not yet"


def _tell_failures(selected: Selected) -> None:
    for one in selected.contenders:
        trainings = [*one.trainings]
        if one is selected.winner:
            trainings += selected.held_out
        faults = [
            fault
            for each in trainings
            if (fault := shortcoming(each.record, (selected.objective,)))
        ]
        if faults:
            print(
                f"#{one.found.record.request_id}: {len(faults)} of {len(trainings)} "
                f"trainings failed, which counts as worst; the last one: {faults[-1]}",
                file=sys.stderr,
            )


def _tell_winner(
    console: Console, state: RunState, directory: RunDirectory, selected: Selected
) -> None:
    winner, test, interval = selected.winner, selected.test, selected.interval
    identifier, metric = winner.found.record.request_id, selected.objective.metric
    lines = [f"\nThe winner is #{identifier}."]
    chosen_by = selected.interval_of(winner.trainings)
    assert chosen_by is not None  # one that never went well does not win
    if interval is not None:
        lines.append(
            f"A training of it gives {metric} {number(interval.mean)} on average"
            + (f" ({CONFIDENCE:.0%}: {ends})" if (ends := _ends(interval)) else "")
            + f", by {interval.count} trainings that had no part in choosing it. The "
            f"{len(winner.trainings)} that chose it gave {number(chosen_by.mean)}."
        )
    assert test is not None  # it is complete
    if test.record.ok:
        tested = ", ".join(
            f"{name} {number(value)}"
            for name, value in test.record.metrics.items()
            if name.startswith("test_")
        )
        lines.append(
            f"Its network with the best {metric} ("
            f"{number(test.record.value(metric))}) was tested once: "
            f"{tested or 'no test metric'} ({state.opening_of(test)})."
        )
    else:
        lines.append(f"The test of its best network failed: {test.record.reason}")
    root = shlex.quote(str(directory.root))
    lines.append(f"All figures are in {directory.winner}.")
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"\nWhat next\n  evonas export {root} --id {identifier} --out my_network",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
