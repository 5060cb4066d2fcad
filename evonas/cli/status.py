"""`evonas status`: a run on one screen, also while it goes on."""

from __future__ import annotations

import shlex
from collections.abc import Container, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evonas.build import Reading, read_run
from evonas.cli.figures import front_words
from evonas.cli.options import Run
from evonas.config import Config
from evonas.run import Accounting, Incumbent, Loss, Opening, find
from evonas.run.wording import clock, number
from evonas.storage import RunDirectory

EXAMPLES = """\
Examples:

evonas status runs/first

watch -n 5 evonas status runs/first
"""

#: how many openings of the test data the screen has room for, and of lost workers
OPENINGS = 3
LOSSES = 3
#: what was saved, where its name in `result.json` is no word for it
_SAVED = {"database": "known from the database"}


def status(run: Run) -> None:
    """Show a run on one screen: how far it is, and its best networks.

    It only reads, so it may be called while the run goes on, by anyone.
    """
    directory = RunDirectory.open(run)
    reading = read_run(directory)
    result = directory.read_result()
    finished = result is not None and result["status"] == "finished"
    console = Console()
    for name, text in _head(directory, reading, result):
        console.print(f"[dim]{name:<12}[/dim]{escape(text)}", soft_wrap=True)
    if reading.state.incumbents.top:
        console.print()
        console.print(_table(directory, reading))
    if not finished and reading.holder is None:
        command = f"evonas resume {shlex.quote(str(run))}"
        console.print(f"\nGo on with: {escape(command)}", soft_wrap=True)


def _task(config: Config) -> str:
    task = config.task
    if task.table is not None:
        return f"the table {task.table} {task.dataset or ''}".strip()
    return str(task.name or task.path)


def _head(
    directory: RunDirectory, reading: Reading, result: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    config, accounting = reading.config, reading.state.accounting
    state = "stopped" if result is None else str(result["status"])
    if reading.holder is not None:
        state = f"running ({reading.holder})"
    budget = []
    if config.budget.evaluations is not None:
        budget.append(f"{config.budget.evaluations} evaluations")
    if config.budget.minutes is not None:
        budget.append(f"{config.budget.minutes:g} minutes")
    outcomes = ", ".join(
        f"{count} {outcome.replace('_', ' ')}"
        for outcome, count in sorted(accounting.outcomes.items())
    )
    under_way = sum(one.searching for one in reading.state.outstanding.values())
    rows = [
        ("run", str(directory.root)),
        ("state", state),
        ("task", _task(config)),
        ("strategy", _strategy(config)),
        (
            "evaluations",
            str(accounting.evaluations)
            + (f" of {' or '.join(budget)}" if budget else "")
            + (f", {under_way} under way" if under_way else ""),
        ),
        ("epochs", f"{accounting.epochs:.4g} of training{_limit(config)}"),
        ("outcomes", outcomes or "none yet"),
        (
            "time",
            f"{clock(accounting.elapsed_seconds)} by {accounting.workers} workers, "
            f"busy {accounting.utilisation:.0%}",
        ),
    ]
    rows += _islands(directory, config)
    rows += _shares(accounting)
    rows += _saved(result or {})
    rejected = {} if result is None else result.get("rejected", {})
    if rejected:
        counts = sorted(rejected.items(), key=lambda one: -one[1])
        words = ", ".join(f"{count:,} {reason}" for reason, count in counts)
        rows.append(("drawn again", words))
    if words := front_words(result or {}):
        rows.append(("front", words))
    rows += _lost(reading.state.losses, reading.state.outstanding)
    if result is not None and result.get("failure"):
        rows.append(("failure", result["failure"]))
    rows += _ledger(reading.state.openings)
    if directory.export.exists():
        rows.append(("exported to", str(directory.export)))
    return rows


def _islands(directory: RunDirectory, config: Config) -> list[tuple[str, str]]:
    """How far each population of the search is; a line each."""
    rows = []
    for index in range(config.islands.count if config.islands.whole else 0):
        island = directory.island(index)
        if not island.config.exists():
            continue
        reading = read_run(island)
        state, result = reading.state, island.read_result()
        how = "stopped" if result is None else str(result["status"])
        words = [
            f"running ({reading.holder})" if reading.holder is not None else how,
            f"{state.accounting.evaluations} evaluations by "
            f"{state.accounting.workers} workers",
            f"{state.exchanges} exchanges",
        ]
        if state.incumbents.best is not None:
            name = state.incumbents.objectives[0].metric
            value = number(state.incumbents.best.record.value(name))
            words.append(f"best {name} {value}")
        rows.append((f"island {index}", ", ".join(words)))
    return rows


def _shares(accounting: Accounting) -> list[tuple[str, str]]:
    """Where the workers' time went, all of them together."""
    shares = accounting.shares()
    total = sum(sum(one.values()) for one in shares.values())
    if not total:
        return []
    parts = {
        name: sum(one[name] for one in shares.values()) / total
        for name in ("busy", "idle", "communication", "lost")
    }
    words = ", ".join(f"{share:.1%} {name}" for name, share in parts.items())
    return [("workers' time", words)]


def _saved(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What did not have to be trained, as the last stop has written it."""
    words = [
        f"{one['hours']:.3g} worker-hours ({one['count']:,} {_SAVED.get(name, name)})"
        for name, one in result.get("saved", {}).items()
        if one["count"]
    ]
    return [("saved", ", ".join(words))] if words else []


def _ledger(openings: Sequence[Opening]) -> list[tuple[str, str]]:
    """Who opened the test data, and for which network; a line each, the last few."""
    rows = []
    if len(openings) > OPENINGS:
        earlier = len(openings) - OPENINGS
        rows.append(("tested", f"{earlier} earlier (`tested_at` in journal.jsonl)"))
    for one in openings[-OPENINGS:]:
        found = ", ".join(
            f"{key} {number(value)}" for key, value in one.metrics.items()
        )
        rows.append(("tested", f"#{one.network}, {one}: {found or one.outcome}"))
    return rows


def _lost(
    losses: Sequence[Loss], open_requests: Container[int]
) -> list[tuple[str, str]]:
    """Workers that were lost at work, and what became of it; a line each, the last."""
    rows = []
    if len(losses) > LOSSES:
        earlier = len(losses) - LOSSES
        rows.append(("lost", f"{earlier} earlier (`lost` in result.json)"))
    for one in losses[-LOSSES:]:
        then = "issued again" if one.id in open_requests else "done by another since"
        rows.append(
            ("lost", f"#{one.id} after {clock(one.seconds)}: {one.reason}; {then}")
        )
    return rows


def _strategy(config: Config) -> str:
    """Its name, and that of its scheduler."""
    scheduler = config.fidelity.scheduler.name
    under = "" if scheduler == "none" else f", scheduler {scheduler}"
    return f"{config.strategy.name}{under}"


def _limit(config: Config) -> str:
    """What the budget allows in epochs, if it does."""
    allowed = config.budget.epochs
    return "" if allowed is None else f", {allowed:g} allowed"


def _table(directory: RunDirectory, reading: Reading) -> Table:
    """The best networks, one a line, with their final training where they had one."""
    state = reading.state
    objectives = [one.metric for one in state.incumbents.objectives]
    finals = {one.record.candidate_key: one for one in state.finals if one.record.ok}
    tests = sorted(
        {
            name
            for one in finals.values()
            for name in one.record.metrics
            if name.startswith("test_")
        }
    )
    costs = [name for name in ("parameters", "multiply_adds") if name not in objectives]
    table = Table(title="Best networks", title_justify="left", box=None)
    table.add_column("id", justify="right")
    shown: list[Incumbent] = list(state.incumbents.top)
    known = {one.record.request_id for one in shown}
    shown += [
        one for one in state.incumbents.front if one.record.request_id not in known
    ]
    known |= {one.record.request_id for one in shown}
    # whatever else was trained by its number
    trained = {one.request.origin["request_id"] for one in finals.values()} - known
    if trained:
        found = find(directory, trained)
        shown += [found[number] for number in sorted(found)]
    costs = [name for name in costs if any(name in one.record.cost for one in shown)]
    lengths = {one.record.fidelity.epochs for one in shown}
    epochs = ["epochs"] if len(lengths) > 1 else []
    for name in (*objectives, *epochs, *tests, *costs):
        table.add_column(name, justify="right")
    for one in shown:
        final = finals.get(one.record.candidate_key)
        row = [number(one.record.value(name)) for name in objectives]
        row += [f"{one.record.fidelity.epochs:.3g}" for _ in epochs]
        row += [
            "" if final is None else number(final.record.metrics[name])
            for name in tests
        ]
        row += [number(one.record.value(name)) for name in costs]
        table.add_row(str(one.record.request_id), *row)
    return table
