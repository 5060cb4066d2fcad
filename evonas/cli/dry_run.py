"""`evonas search --dry-run`: every setting, and what the search would take."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass, replace

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cluster import Completion, Executor
from evonas.build import (
    Resolved,
    hard_limits,
    make_evaluator,
    make_strategy,
    open_workers,
)
from evonas.cli.figures import clock, number
from evonas.errors import InputError
from evonas.evaluation import Record, Request

#: candidates that are drawn to tell how large they are
DRAWN = 16
#: epochs that the tried candidate is trained for, at most
TRIED_EPOCHS = 1.0


@dataclass(frozen=True)
class Trial:
    """One candidate, tried on this machine.

    Attributes:
        record: what came back.
        seconds: that its evaluation at the search's full fidelity would take.
        final_seconds: that the final training would take.
    """

    record: Record
    seconds: float
    final_seconds: float


def dry_run(resolved: Resolved, ranks: int | None) -> None:
    """Print every setting, draw some candidates, try one of them, estimate the rest.

    Args:
        resolved: the settings.
        ranks: of the MPI job that is planned, if one is.

    Raises:
        InputError: the candidate could not be evaluated.
    """
    print(resolved.config_text, flush=True)
    requests = make_strategy(resolved).ask(DRAWN)
    sizes = [
        request.candidate.architecture.cost(resolved.task.input_shape)
        for request in requests
    ]
    middle = sorted(range(len(sizes)), key=lambda i: sizes[i].multiply_adds)
    one = resolved.config.replaced(workers=min(1, resolved.config.workers))
    with open_workers(replace(resolved, config=one)) as executor:
        trial = _try(resolved, executor, requests[middle[len(middle) // 2]])
    workers = max(1, resolved.config.workers if ranks is None else ranks - 1)
    console = Console()
    table = Table(title="What this search would do", title_justify="left", box=None)
    table.add_column(style="dim")
    table.add_column()
    for name, text in (
        ("evaluations", _evaluations(resolved, trial, workers)),
        ("parameters", _spread([size.parameters for size in sizes])),
        ("multiply-adds", _spread([size.multiply_adds for size in sizes])),
        ("one evaluation", f"{trial.seconds:.1f} s (measured on the middle one)"),
        ("search", _search_time(resolved, trial, workers)),
        ("final training", clock(trial.final_seconds)),
    ):
        table.add_row(name, escape(text))
    console.print(table)


def _try(resolved: Resolved, executor: Executor, request: Request) -> Trial:
    """Evaluate one candidate, twice: the first time pays for loading torch and data."""
    fidelity = resolved.fidelity
    tried = replace(fidelity, epochs=min(TRIED_EPOCHS, fidelity.epochs))
    evaluator, limits = make_evaluator(resolved, None), hard_limits(resolved.config)
    record = None
    for ticket in (0, 1):
        executor.submit(
            ticket, evaluator.evaluate, replace(request, fidelity=tried), limits
        )
        completions: list[Completion] = []
        while not completions:
            completions = executor.wait(60.0)
        (completion,) = completions
        record = completion.value
        if completion.failure is not None or not record.ok:
            failure = completion.failure
            reason = record.error if failure is None else failure.detail
            raise InputError(
                f"expected a network of this space to be evaluated, got: {reason}"
            )
    assert record is not None
    seconds = completion.seconds
    per_epoch = seconds / tried.epochs
    full_epoch = per_epoch / fidelity.data_share
    return Trial(
        record,
        seconds=per_epoch * fidelity.epochs,
        final_seconds=full_epoch * resolved.config.final.epochs,
    )


def _evaluations(resolved: Resolved, trial: Trial, workers: int) -> str:
    budget = resolved.config.budget
    at_once = f"{workers} at once"
    if budget.evaluations is not None:
        return f"{budget.evaluations}, {at_once}"
    assert budget.minutes is not None
    count = budget.minutes * 60 / trial.seconds * _parallel(workers)
    return f"about {number(round(count))} in {budget.minutes:g} minutes, {at_once}"


def _search_time(resolved: Resolved, trial: Trial, workers: int) -> str:
    budget, notes = resolved.config.budget, ""
    seconds = float("inf")
    if budget.evaluations is not None:
        seconds = budget.evaluations * trial.seconds / _parallel(workers)
    if budget.minutes is not None:
        seconds = min(seconds, budget.minutes * 60)
    cores = os.cpu_count() or 1
    if workers > cores:
        notes = f" ({workers} workers share {cores} cores)"
    return f"about {clock(seconds)} on this machine{notes}"


def _parallel(workers: int) -> int:
    """Workers that really run at the same time."""
    return min(workers, os.cpu_count() or 1)


def _spread(values: list[int]) -> str:
    return (
        f"{number(min(values))} to {number(max(values))}, "
        f"middle {number(statistics.median_low(values))} ({len(values)} drawn)"
    )
