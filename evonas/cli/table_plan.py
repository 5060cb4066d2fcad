"""`evonas search --dry-run` over a table of results."""

from __future__ import annotations

import statistics

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from evonas.build import Resolved, make_evaluator, make_strategy
from evonas.errors import SpaceExhaustedError
from evonas.run.wording import clock, number
from evonas.search import CoDeepNEAT, Scheduled, SearchStrategy
from evonas.tables import Table

#: cells of a large table that are tried for whether a strategy reaches them
TRIED = 15_625
#: cells that are drawn to tell how long their trainings took
DRAWN = 50


def print_table_plan(resolved: Resolved, table: Table) -> None:
    """Say what the table has and what the search would take of it.

    Args:
        resolved: the settings.
        table: that is searched.
    """
    strategy, evaluator = make_strategy(resolved), make_evaluator(resolved, None)
    requests = strategy.ask(DRAWN)
    while len(requests) < DRAWN:
        try:
            more = strategy.ask(DRAWN - len(requests))
        except SpaceExhaustedError:
            break
        if not more:
            break
        requests += more
    seconds = [evaluator.evaluate(request).seconds for request in requests]
    workers, budget = max(1, resolved.config.workers), resolved.config.budget
    mean = statistics.fmean(seconds)
    lengths = ", ".join(f"{epochs:g}" for epochs in table.epochs)
    rows = [
        ("table", f"{table.name}: {number(len(table))} cells, {lengths} epochs"),
        ("test metric", "yes" if table.has_test else "none: only validation is told"),
        ("measures", ", ".join(table.measures) or "none"),
        ("workers", f"{workers}, simulated"),
    ]
    inner: SearchStrategy = strategy
    if isinstance(strategy, Scheduled):
        rows.append(("rungs", strategy.words()))
        inner = strategy.inner
    if isinstance(inner, CoDeepNEAT):
        rows.append(("reach", _reach(inner, table)))
    if table.has_seconds:
        rows.append(
            ("one training", f"{clock(mean)} on average ({len(seconds)} drawn)")
        )
    if budget.evaluations is not None and table.has_seconds:
        total = clock(budget.evaluations * mean / workers)
        rows.append(
            ("search", f"{budget.evaluations} evaluations: {total} of its time")
        )
    if budget.minutes is not None and mean:
        count = number(round(budget.minutes * 60 / mean * workers))
        rows.append(
            ("search", f"about {count} evaluations in {budget.minutes:g} minutes")
        )
    grid = Grid(title="What this search would do", title_justify="left", box=None)
    grid.add_column(style="dim")
    grid.add_column()
    for name, text in rows:
        grid.add_row(name, escape(text))
    Console().print(grid)


def _reach(strategy: CoDeepNEAT, table: Table) -> str:
    """The share of the table's cells that blueprints and modules decode to."""
    rows = list(table.rows.values())
    tried = rows[:: -(-len(rows) // TRIED)]
    reached = strategy.reach(table.cell(row) for row in tried)
    which = "" if len(tried) == len(rows) else f" tried, evenly of {number(len(rows))}"
    return f"{reached:,} of {len(tried):,} cells{which} ({reached / len(tried):.0%})"
