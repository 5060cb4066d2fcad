"""Searches with islands in threads of this process, over a made-up table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from published_tables import made_up_table

from cluster import SimulatedExecutor
from evonas.evaluation import Fidelity
from evonas.population import Objective
from evonas.run import Budget, Finish, Migration, Plan, RunState, Session
from evonas.search import STRATEGIES, SearchStrategy, StrategyContext
from evonas.space import Limits, default_space
from evonas.storage import Journal, RunDirectory
from evonas.tables import TableEvaluator

#: all cells with the same last operation
TABLE = made_up_table(
    ["".join(ops) + "3" for ops in itertools.product("01234", repeat=5)], seconds=7.0
)
OBJECTIVES = (Objective("validation_accuracy"),)
INTERVAL = 5


#: name → settings with which three exchanges change what it asks
METHODS: dict[str, dict[str, Any]] = {
    "aging_evolution": {"population": 6, "sample": 3},
    "codeepneat": {"networks": 4, "tries": 20},
}


def strategy(
    seed: int, name: str = "aging_evolution", **settings: Any
) -> SearchStrategy:
    """One of the methods, over the table's cells."""
    context = StrategyContext(
        default_space("image", (3, 32, 32)),
        TABLE.input_shape,
        TABLE.outputs,
        fidelity=Fidelity(200),
        seed=seed,
        cells=TABLE.space(Limits()),
        islands=True,
    )
    entry = STRATEGIES[name]
    chosen = entry.settings_over(cells=True)(**METHODS[name], **settings)
    return entry.make(chosen, context)


def search(
    run: Path,
    index: int,
    count: int,
    *,
    evaluations: int = 20,
    workers: int = 1,
    stop_after: int | None = None,
    method: Mapping[str, Any] = MappingProxyType({}),
    **exchange: Any,
) -> Finish:
    """Start or resume one island; it stops by itself after so many records."""
    directory = RunDirectory(run).island(index)
    if not directory.config.exists():
        RunDirectory.create(directory.root, "seed: 0\n")
    told = [0]

    def observe(event: str, state: RunState) -> None:
        told[0] = state.accounting.evaluations

    def stop() -> str:
        return "test" if stop_after is not None and told[0] >= stop_after else ""

    plan = Plan(
        strategy=strategy(index, **method),
        evaluator=TableEvaluator(TABLE),
        objectives=OBJECTIVES,
        budget=Budget(evaluations),
        final=Fidelity(200),
        seed=index,
        config_digest="abc",
        migration=Migration(
            # one that fails would otherwise keep the others for an hour
            RunDirectory(run),
            index,
            count,
            **{"interval": INTERVAL, "patience_seconds": 20.0, **exchange},
        ),
    )
    with (
        SimulatedExecutor(workers, attrgetter("seconds")) as executor,
        Session(directory, plan, executor, stop=stop, observer=observe) as session,
    ):
        return session.run()


def together(run: Path, count: int, **more: Any) -> list[Finish]:
    """All islands of a search side by side."""
    with ThreadPoolExecutor(count) as threads:
        return list(
            threads.map(lambda index: search(run, index, count, **more), range(count))
        )


def events(run: Path, index: int) -> Sequence[Mapping[str, Any]]:
    """What an island asked, was told and took in; without what a stop changes."""
    found = []
    for event in Journal.read(RunDirectory(run).island(index).journal):
        if event.name == "told":
            record = event.data["record"]
            found.append({"told": record["candidate_key"]})
        elif event.name == "adopted":
            taken = [one["record"]["candidate_key"] for one in event.data["champions"]]
            found.append({"adopted": taken, "missing": event.data["missing"]})
    return found
