"""What a finished or stopped session says at its end."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evonas.architecture import to_text
from evonas.build import Resolved
from evonas.cli.figures import Gauge, front_words
from evonas.evaluation import Record
from evonas.run import Finish, Incumbent
from evonas.run.wording import clock, number
from evonas.storage import RunDirectory
from evonas.tables import REAL_TASKS

_REASONS = {
    "budget": "its budget is used up",
    "done": "the strategy has nothing more to ask",
    "exhausted": "the space has nothing new",
    "stuck": "the strategy asked for nothing more",
}


def print_ending(
    console: Console, resolved: Resolved, directory: RunDirectory, finish: Finish
) -> None:
    """Print the best network, its figures, where it is and what to run next.

    Args:
        console: to print to.
        resolved: settings of the run.
        directory: of the run.
        finish: how the session ended.
    """
    state, summary = finish.summary.state, finish.summary
    accounting, best = state.accounting, state.incumbents.best
    root = shlex.quote(_shown(directory.root))
    counts = ", ".join(f"{n} {name}" for name, n in sorted(accounting.outcomes.items()))
    console.print(
        f"[bold]{'Finished' if finish.finished else 'Stopped'}[/bold]: "
        f"{accounting.evaluations} evaluations in {clock(accounting.elapsed_seconds)} "
        f"({counts or 'none'}), workers busy {accounting.utilisation:.0%}; "
        f"{_why(finish)}",
        # One line in a log: people search it for the reason.
        soft_wrap=True,
    )
    if accounting.reused:
        hours = accounting.reused_seconds / 3600
        console.print(
            f"{accounting.reused} of these were known from the database and not "
            f"trained, which saved {hours:.3g} worker-hours",
            soft_wrap=True,
        )
    if summary.detail and finish.finished:
        console.print(f"[yellow]{escape(summary.detail)}[/yellow]", soft_wrap=True)
    if best is not None and finish.finished:
        console.print()
        _print_network(console, resolved, finish.final or best, best)
        if words := front_words(directory.read_result() or {}):
            console.print(f"  [bold]Pareto front[/bold]: {words}", soft_wrap=True)
    elif best is not None:
        gauge = Gauge(resolved)
        console.print(f"Best so far: {gauge.words(best)}", soft_wrap=True)
    if finish.failure and best is not None:
        console.print(f"[red]{escape(finish.failure)}[/red]", soft_wrap=True)
    if finish.exported is not None:
        console.print(f"\nExported to [bold]{escape(_shown(finish.exported))}[/bold]")
    console.print("\nWhat next")
    for command, meaning in _next(finish, root, resolved):
        console.print(f"  {escape(command)}", soft_wrap=True, highlight=False)
        console.print(f"      {meaning}", style="dim", soft_wrap=True, highlight=False)


def _why(finish: Finish) -> str:
    summary = finish.summary
    if finish.finished:
        return _REASONS.get(summary.reason, summary.reason)
    return f"stopped by {summary.detail}; nothing is lost"


def _print_network(
    console: Console, resolved: Resolved, shown: Incumbent, best: Incumbent
) -> None:
    """The best network as a table of layers, and its figures."""
    candidate = shown.request.candidate
    console.print(f"[bold]Best network[/bold]: #{best.record.request_id}")
    console.print(
        # Unrolled, a cell is hundreds of layers that say the same again and again.
        to_text(candidate.architecture, resolved.task.input_shape)
        if candidate.cell is None
        else f"  {candidate.cell}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    console.print()
    table = Table.grid(padding=(0, 2))
    trained_anew = shown is not best and shown.request.resume is None
    for name, value in shown.record.metrics.items():
        note = ""
        if trained_anew and name in best.record.metrics:
            found = number(best.record.metrics[name])
            note = f"(in the search: {found} after {_epochs(best.record)})"
        table.add_row(f"  {name}", f"[bold]{number(value)}[/bold]", note)
    trained = shown if trained_anew and resolved.table is None else best
    table.add_row(
        "  trained for", _epochs(shown.record), f"{trained.record.seconds:.1f} s"
    )
    console.print(table)


def _epochs(record: Record) -> str:
    share = record.fidelity.data_share
    of = "" if share == 1 else f" of {share:.0%} of the data"
    return f"{record.fidelity.epochs:g} epochs{of}"


def _next(finish: Finish, root: str, resolved: Resolved) -> list[tuple[str, str]]:
    """Commands with what they do; those that need weights only where some were."""
    if not finish.finished:
        return [
            (f"evonas resume {root}", "go on, with any number of workers"),
            (f"evonas status {root}", "what it has found so far"),
        ]
    if finish.summary.state.incumbents.best is None:
        return [
            (
                f"evonas search {root}/config.yaml --dry-run",
                "try some networks with these settings, and see their errors in full",
            ),
        ]
    commands = [(f"evonas status {root}", "the run on one screen")]
    if resolved.table is not None:
        commands += _real(resolved, root)
    else:
        commands.append(
            (
                f"evonas train {root} --top 3",
                "train the best three anew on fresh seeds; "
                "what the winner is really worth",
            )
        )
    if finish.exported is not None:
        place = json.dumps(_shown(finish.exported), ensure_ascii=False)
        load = f"import sys; sys.path.insert(0, {place}); import network; "
        load = shlex.quote(f"{load}print(network.load())")
        commands.insert(0, (f"python -c {load}", "use it: plain PyTorch, no evonas"))
        commands.append(
            (f"evonas export {root} --out my_network --onnx", "a copy, with ONNX")
        )
    return commands


def _real(resolved: Resolved, root: str) -> list[tuple[str, str]]:
    """How a table's cell is trained, where it can be built."""
    task = resolved.config.task
    if task.table == "nasbench_graph":
        return []
    known = REAL_TASKS.get(task.dataset or "cifar10")
    data = f"task.name={known}" if known else "task.path=YOUR_DATA"
    return [
        (
            f"evonas train {root} --set {data}",
            "train this cell for real, test and export it",
        )
    ]


def _shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
