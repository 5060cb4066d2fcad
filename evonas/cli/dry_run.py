"""`evonas search --dry-run`: every setting, and what the search would take."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cluster import Executor
from evonas.build import (
    Resolved,
    check_latency,
    hard_limits,
    make_evaluator,
    make_strategy,
    open_known,
    open_workers,
)
from evonas.cli.table_plan import print_table_plan
from evonas.errors import InputError
from evonas.evaluation import Record, Request
from evonas.run import shortcoming
from evonas.run.completions import record_of
from evonas.run.wording import clock, number
from evonas.search import Scheduled

if TYPE_CHECKING:
    from minibench.reuse import Reuse

#: candidates that are drawn to tell how large they are
DRAWN = 16
#: of them, how many are tried at most until one goes well
TRIED = 5
#: seconds after which no other one is tried
TRYING_SECONDS = 300.0
#: epochs that a tried candidate is trained for, at most
TRIED_EPOCHS = 1.0


@dataclass(frozen=True)
class Trial:
    """One candidate, tried on this machine.

    Attributes:
        seconds: that its evaluation at the search's full fidelity would take.
        mean_seconds: that an evaluation takes on average; less with a scheduler.
        final_seconds: that the final training would take.
        failures: why those that were tried before are of no use.
    """

    seconds: float
    mean_seconds: float
    final_seconds: float
    failures: tuple[str, ...]

    @property
    def words(self) -> str:
        """What one evaluation would take, and which candidate says so."""
        which = "the middle one"
        if self.failures:
            which = (
                f"number {len(self.failures) + 1} from the middle; "
                f"{len(self.failures)} before it failed, the last one "
                f"{self.failures[-1]}"
            )
        text = f"{self.seconds:.1f} s (measured on {which})"
        if self.mean_seconds != self.seconds:
            text += f" at the full fidelity, {self.mean_seconds:.1f} s on average"
        return text


def dry_run(resolved: Resolved, ranks: int | None) -> None:
    """Print every setting, draw some candidates, try one of them, estimate the rest.

    Where that one cannot be evaluated a few others are tried, and it is told.

    Args:
        resolved: the settings.
        ranks: of the MPI job that is planned, if one is.

    Raises:
        InputError: none of those that were tried could be evaluated.
    """
    print(resolved.config_text, flush=True)
    if resolved.table is not None:
        print_table_plan(resolved, resolved.table)
        return
    strategy = make_strategy(resolved)
    scheduled = strategy if isinstance(strategy, Scheduled) else None
    effort = resolved.fidelity.effort if scheduled is None else scheduled.mean_effort
    requests = strategy.ask(DRAWN)
    sizes = [
        request.candidate.architecture.cost(resolved.task.input_shape)
        for request in requests
    ]
    by_size = sorted(range(len(sizes)), key=lambda i: sizes[i].multiply_adds)
    half = len(by_size) // 2
    # from the middle outwards
    order = sorted(by_size, key=lambda i: abs(by_size.index(i) - half))
    one = resolved.config.replaced(workers=min(1, resolved.config.workers))
    with open_known(resolved) as known:
        reused = [] if known is None else [("reuse", _known(resolved, known))]
    with open_workers(replace(resolved, config=one)) as executor:
        check_latency(resolved, executor)
        chosen = [requests[i] for i in order[:TRIED]]
        trial = _try(resolved, executor, chosen, effort)
    workers = max(1, resolved.config.workers if ranks is None else ranks - 1)
    console = Console()
    table = Table(title="What this search would do", title_justify="left", box=None)
    table.add_column(style="dim")
    table.add_column()
    for name, text in (
        ("evaluations", _evaluations(resolved, trial, workers, effort)),
        ("parameters", _spread([size.parameters for size in sizes])),
        ("multiply-adds", _spread([size.multiply_adds for size in sizes])),
        *([("rungs", scheduled.words())] if scheduled is not None else []),
        *reused,
        ("one evaluation", trial.words),
        ("search", _search_time(resolved, trial, workers)),
        ("final training", clock(trial.final_seconds)),
    ):
        table.add_row(name, escape(text))
    console.print(table)


def _try(
    resolved: Resolved,
    executor: Executor,
    requests: Sequence[Request],
    mean_effort: float,
) -> Trial:
    """Evaluate candidates one by one until one goes well.

    That one twice: the first time pays for loading torch and the data.
    """
    fidelity = resolved.fidelity
    tried = replace(fidelity, epochs=min(TRIED_EPOCHS, fidelity.epochs))
    failures: list[str] = []
    first_error = ""
    started = time.monotonic()
    for request in requests:
        short = replace(request, fidelity=tried, keep_weights=False)
        for _ in range(2):
            record = _evaluated(resolved, executor, short)
            if reason := shortcoming(record, resolved.objectives):
                failures.append(reason)
                first_error = first_error or record.error.strip() or reason
                break
        else:
            per_epoch = record.seconds / tried.epochs
            full_epoch = per_epoch / (fidelity.data_share * fidelity.epoch_cost)
            return Trial(
                seconds=per_epoch * fidelity.epochs,
                mean_seconds=per_epoch
                * fidelity.epochs
                * (mean_effort / fidelity.effort),
                final_seconds=full_epoch * resolved.config.final.epochs,
                failures=tuple(failures),
            )
        if time.monotonic() - started > TRYING_SECONDS:
            break
    raise InputError(
        f"expected a network of this space to be evaluated, got none of "
        f"{len(failures)} tried; the first one: {first_error}"
    )


def _evaluated(resolved: Resolved, executor: Executor, request: Request) -> Record:
    """The record of one evaluation under the limits of the search."""
    evaluator, limits = make_evaluator(resolved, None), hard_limits(resolved.config)
    executor.submit(request.request_id, evaluator.evaluate, request, limits)
    while True:
        for completion in executor.wait(60.0):
            return record_of(request, completion)


def _evaluations(
    resolved: Resolved, trial: Trial, workers: int, mean_effort: float
) -> str:
    budget = resolved.config.budget
    at_once = f"{workers} at once"
    if budget.evaluations is not None:
        return f"{budget.evaluations}, {at_once}"
    if budget.epochs is not None:
        count = math.ceil(budget.epochs / mean_effort)
        return f"about {number(count)} of {budget.epochs:g} epochs together, {at_once}"
    assert budget.minutes is not None
    count = round(budget.minutes * 60 / trial.mean_seconds * _parallel(workers))
    return f"about {number(count)} in {budget.minutes:g} minutes, {at_once}"


def _search_time(resolved: Resolved, trial: Trial, workers: int) -> str:
    budget, notes = resolved.config.budget, ""
    seconds = float("inf")
    if budget.evaluations is not None:
        seconds = budget.evaluations * trial.mean_seconds / _parallel(workers)
    if budget.epochs is not None:
        per_epoch = trial.seconds / resolved.fidelity.effort
        seconds = min(seconds, budget.epochs * per_epoch / _parallel(workers))
    if budget.minutes is not None:
        seconds = min(seconds, budget.minutes * 60)
    cores = os.cpu_count() or 1
    if workers > cores:
        notes = f" ({workers} workers share {cores} cores)"
    return f"about {clock(seconds)} on this machine{notes}"


def _parallel(workers: int) -> int:
    """Workers that really run at the same time."""
    return min(workers, os.cpu_count() or 1)


def _known(resolved: Resolved, known: Reuse) -> str:
    """What a database may save."""
    given = resolved.config.reuse
    return (
        f"{number(known.count())} results of {known.problem} in {given.database} "
        f"({' or '.join(given.states)}); an equal candidate is not trained again"
    )


def _spread(values: list[int]) -> str:
    return (
        f"{number(min(values))} to {number(max(values))}, "
        f"middle {number(statistics.median_low(values))} ({len(values)} drawn)"
    )
