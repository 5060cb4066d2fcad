"""One run of a comparison, from its settings to its curve; runs on a worker."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from cluster import SimulatedExecutor
from evonas.build import (
    Resolved,
    find_knowledge,
    make_advisor,
    make_evaluator,
    make_plan,
    make_strategy,
    open_workers,
    resolve,
)
from evonas.compare.curve import Watch, curve_of_run, judge_by_table
from evonas.config import config_from_json
from evonas.errors import InputError
from evonas.run import Budget, RunState, Session, run, shortcoming
from evonas.storage import RunDirectory


@dataclass(frozen=True)
class Job:
    """One run to do.

    Attributes:
        name: of the config.
        settings: of the config, resolved, as JSON text.
        seed: of the run.
        directory: of the run where networks are trained; a table needs none.
    """

    name: str
    settings: str
    seed: int
    directory: Path


def play(job: Job, stop: Callable[[], str] = str) -> dict[str, Any] | None:
    """Do a run, or go on with one that was interrupted.

    Args:
        job: the run.
        stop: a reason to stop now, or "".

    Returns:
        Plain JSON: `points` (see `Point`), `ended` (why), `networks`, `outcomes`,
        `wall_seconds`; or `complaint`, where the user's input is at fault. None: it was
        stopped.
    """
    start = time.perf_counter()
    try:
        resolved = _with_seed(_resolved(job.settings), job.seed)
        search = _over_table if resolved.table is not None else _by_training
        found = search(resolved, job, stop)
    except InputError as error:
        return {"complaint": str(error)}
    if found is None or "complaint" in found:
        return found
    return {**found, "wall_seconds": time.perf_counter() - start}


@lru_cache(maxsize=32)
def _resolved(settings: str) -> Resolved:
    """Settings are opened once a process, however many seeds they are played with."""
    return resolve(config_from_json(json.loads(settings)))


def _with_seed(resolved: Resolved, seed: int) -> Resolved:
    return replace(resolved, config=resolved.config.replaced(seed=seed))


class _Unwritten:
    """A journal that nobody reads: what a table has given is looked up again."""

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Keep nothing."""
        return 0


def _over_table(
    resolved: Resolved, job: Job, stop: Callable[[], str]
) -> dict[str, Any] | None:
    """A search over a table: in memory, on the virtual clock."""
    config, table = resolved.config, resolved.table
    assert table is not None
    epochs = config.final.epochs or config.fidelity.epochs
    minutes = config.budget.minutes
    watch = Watch(
        resolved.objectives[0].metric,
        judge_by_table(table, epochs),
        math.inf if minutes is None else minutes * 60,
    )
    failures: list[str] = []

    def observe(event: str, state: RunState) -> None:
        watch.observe(event, state)
        if event == "told" and not watch.points and state.latest is not None:
            record = state.latest.record
            failures.append(shortcoming(record, resolved.objectives))

    workers = max(1, config.workers)
    knowledge = find_knowledge(resolved, None)
    advisor = make_advisor(resolved, knowledge)
    with SimulatedExecutor(workers, attrgetter("seconds")) as executor:
        summary = run(
            make_strategy(resolved, advisor, knowledge),
            make_evaluator(resolved, None),
            executor,
            _Unwritten(),
            objectives=resolved.objectives,
            budget=Budget(**config.budget.model_dump()),
            advisor=advisor,
            stop=stop,
            observer=observe,
        )
    if not summary.complete:
        return None
    return _found(watch, summary.reason, summary.state, failures[-1:])


def _by_training(
    resolved: Resolved, job: Job, stop: Callable[[], str]
) -> dict[str, Any] | None:
    """An ordinary search in a run directory of its own, without an export."""
    directory = _directory(job.directory, resolved)
    with open_workers(resolved) as executor:
        plan = replace(make_plan(resolved, directory), export=None)
        with Session(directory, plan, executor, stop=stop) as session:
            finish = session.run()
            state = session.state
    if not finish.finished:
        return None
    watch = curve_of_run(directory, resolved)
    found = _found(watch, finish.summary.reason, state, [finish.failure])
    if "complaint" not in found and finish.final is not None:
        name = resolved.objectives[0].metric.removeprefix("validation_")
        test = finish.final.record.metrics.get(f"test_{name}")
        *points, end = watch.ended()
        found["points"] = [*points, end._replace(test=test)]
    return found


def _directory(path: Path, resolved: Resolved) -> RunDirectory:
    directory = RunDirectory(path)
    if path.exists() and not directory.journal.exists():
        # killed before it had begun
        shutil.rmtree(path)
    if not path.exists():
        return RunDirectory.create(path, resolved.config_text)
    return RunDirectory.open(path)


def _found(
    watch: Watch, reason: str, state: RunState, failures: list[str]
) -> dict[str, Any]:
    points = watch.ended()
    if not points:
        why = "; ".join(failures) or "it was out of its budget before the first result"
        return {
            "complaint": f"expected a network that can be evaluated, got none: {why}"
        }
    return {
        "points": points,
        "ended": reason,
        "networks": watch.networks,
        "outcomes": dict(state.accounting.outcomes),
    }
