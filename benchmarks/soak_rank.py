"""One rank of the jobs that `soak.py` disturbs: `python soak_rank.py RUN SEED`."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cluster import Executor
from evonas.evaluation import Evaluator, Outcome, Record, Request

#: evaluations of one run
EVALUATIONS = 200
#: mean length of an evaluation, in seconds; log-normal
SECONDS = 0.02
#: a rank that sent nothing for so many seconds counts as lost
SILENCE = 1.5


@dataclass(frozen=True)
class Quick(Evaluator):
    """Scores a candidate by its key; one in ten diverges.

    Attributes:
        notes: folder in which each rank leaves its process id; "": none, and no sleep.
    """

    notes: str = ""

    def evaluate(self, request: Request) -> Record:
        """Sleep for a while that depends on the request alone."""
        if self.notes:
            (Path(self.notes) / f"rank-{os.getppid()}").touch()
            generator = np.random.default_rng(request.seed)
            time.sleep(SECONDS * generator.lognormal(-0.5, 1.0))
        key = request.candidate.key()
        luck = int(key[:8], 16) / 2**32
        if luck < 0.1:
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        metrics = {"validation_accuracy": luck}
        return Record(request.request_id, key, request.fidelity, Outcome.OK, metrics)


def warm_up() -> None:
    """Import this file in a child before it gets work."""


def conduct(path: Path, seed: int, evaluator: Evaluator, executor: Executor) -> bool:
    """Start or resume the run in `path`; whether it is finished."""
    # only the manager needs them
    import evonas.run.loop
    from evonas.evaluation import Fidelity
    from evonas.population import Objective
    from evonas.run import Budget, Plan, Session
    from evonas.search import CoDeepNEAT, CoDeepNEATSettings, StrategyContext
    from evonas.space import default_space
    from evonas.storage import RunDirectory

    # Three ranks lost with one request would be its fault, and change the search.
    evonas.run.loop.ATTEMPTS = 1000
    shape = (1, 8, 8)
    context = StrategyContext(default_space("image", shape), shape, 10, seed=seed)
    sizes = {"size": 10, "species": 2}
    settings = CoDeepNEATSettings(networks=20, modules=sizes, blueprints=sizes)
    if not path.exists():
        RunDirectory.create(path, f"seed: {seed}\n")
    plan = Plan(
        strategy=CoDeepNEAT(settings, context),
        evaluator=evaluator,
        objectives=(Objective("validation_accuracy"),),
        budget=Budget(EVALUATIONS),
        final=Fidelity(3.0),
        seed=seed,
        config_digest=f"soak-{seed}",
    )
    with Session(RunDirectory.open(path), plan, executor) as session:
        return session.run().finished


def manage(run: str, seed: str) -> int:
    """What rank 0 does: 0 finished, 3 not."""
    from cluster import mpi
    from evonas.errors import LostWorkerError

    notes = Path(run + ".notes")
    (notes / "manager").write_text(str(os.getpid()))
    try:
        with mpi.open_executor({}, "soak_rank:warm_up", SILENCE) as executor:
            done = conduct(Path(run), int(seed), Quick(str(notes)), executor)
    except LostWorkerError:
        return 3
    return 0 if done else 3


def records(path: Path) -> dict[int, list[Any]]:
    """Request → what matters of its record; raises where the journal is not sound."""
    from evonas.storage import Journal

    asked: set[int] = set()
    found: dict[int, list[Any]] = {}
    journal = path / "journal.jsonl"
    for event in Journal.read(journal) if journal.exists() else ():
        if event.name == "asked":
            new = {request["request_id"] for request in event.data["requests"]}
            if asked & new:
                raise AssertionError(f"asked twice: {sorted(asked & new)}")
            asked |= new
        elif event.name == "told":
            record = event.data["record"]
            number = record["request_id"]
            if number not in asked or number in found:
                raise AssertionError(f"{number} was told twice, or not asked")
            if record["outcome"] != "lost":
                keys = ("candidate_key", "outcome", "metrics")
                found[number] = [record[key] for key in keys]
    return found


if __name__ == "__main__":
    # functions for workers must belong to a module that these can import
    from soak_rank import manage as managed

    from cluster import mpi

    mpi.run_ranks(lambda: managed(*sys.argv[1:]))
