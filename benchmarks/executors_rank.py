"""One rank of a job that `executors.py` times: `executors_rank.py NAME COUNT SECONDS`.

Rank 0 prints one JSON line: wall seconds from the first evaluation asked to the last
one back, seconds that the workers were in evaluations, and CPU seconds of rank 0.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

#: evaluations that warm every worker up first, for each of them
WARM = 3


def lengths(count: int, mean: float) -> list[float]:
    """Seconds of each evaluation: log-normal, the same for everyone."""
    if mean == 0:
        return [0.0] * count
    drawn = np.random.default_rng(0).lognormal(-0.125, 0.5, count)
    return [float(mean * one) for one in drawn]


def evaluate(seconds: float) -> float:
    """Sleep; gives how long it really took."""
    if seconds == 0:
        return 0.0
    start = time.perf_counter()
    time.sleep(seconds)
    return time.perf_counter() - start


def told(start: float, cpu: float, busy: list[float]) -> None:
    """Print the answer."""
    found = {
        "wall": time.perf_counter() - start,
        "busy": sum(busy),
        "count": len(busy),
        "cpu": time.process_time() - cpu,
    }
    print(json.dumps(found), flush=True)


def evonas(count: int, mean: float) -> None:
    """This executor."""
    # functions for workers must belong to a module that these can import
    import executors_rank

    from cluster import Limits, mpi

    def manage() -> int:
        with mpi.open_executor() as executor:

            def each(works: list[float]) -> list[float]:
                for ticket, work in enumerate(works):
                    executor.submit(ticket, executors_rank.evaluate, work, Limits())
                busy: list[float] = []
                while len(busy) < len(works):
                    busy += [done.value for done in executor.wait(1.0)]
                return busy

            each([0.05] * (WARM * executor.workers))
            start, cpu = time.perf_counter(), time.process_time()
            told(start, cpu, each(lengths(count, mean)))
        return 0

    mpi.run_ranks(manage)


def futures(count: int, mean: float) -> None:
    """mpi4py.futures, whose manager is rank 0 too."""
    import executors_rank
    from mpi4py import MPI
    from mpi4py.futures import MPICommExecutor

    with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
        if executor is not None:
            warm = [0.05] * (WARM * (MPI.COMM_WORLD.size - 1))
            list(executor.map(executors_rank.evaluate, warm))
            start, cpu = time.perf_counter(), time.process_time()
            works = lengths(count, mean)
            busy = list(executor.map(executors_rank.evaluate, works, unordered=True))
            told(start, cpu, busy)


def deephyper(count: int, mean: float) -> None:
    """DeepHyper's evaluator over MPI, without its search."""
    import executors_rank
    from deephyper.evaluator import Evaluator
    from mpi4py import MPI

    with Evaluator.create(executors_rank.job, method="mpicomm") as evaluator:
        if evaluator is not None:
            warm = WARM * (MPI.COMM_WORLD.size - 1)
            evaluator.submit([{"seconds": 0.05}] * warm)
            evaluator.gather("ALL")
            start, cpu = time.perf_counter(), time.process_time()
            works = [{"seconds": one} for one in lengths(count, mean)]
            evaluator.submit(works)
            jobs: list[object] = []
            while len(jobs) < count:
                jobs += evaluator.gather("BATCH", 1)
            told(start, cpu, [float(job.output) for job in jobs])


def job(running: object) -> float:
    """What DeepHyper calls."""
    return evaluate(running["seconds"])  # type: ignore[index]


def propulate(count: int, mean: float) -> None:
    """Propulate, in which every rank breeds for itself: an island of all ranks."""
    import random
    import tempfile

    from mpi4py import MPI
    from propulate import Propulator
    from propulate.utils import get_default_propagator

    world = MPI.COMM_WORLD
    works = lengths(count, mean)[world.rank :: world.size]
    todo = iter(works)
    busy: list[float] = []

    def loss(_: object) -> float:
        busy.append(evaluate(next(todo, 0.0)))
        return random.random()

    limits = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
    generator = random.Random(world.rank)
    with tempfile.TemporaryDirectory() as folder:
        propagator = get_default_propagator(2 * world.size, limits, rng=generator)
        island = Propulator(
            loss_fn=loss,
            propagator=propagator,
            rng=generator,
            island_comm=world,
            generations=len(works),
            checkpoint_path=folder,
        )
        world.Barrier()
        start, cpu = time.perf_counter(), time.process_time()
        island.propulate(logging_interval=0, debug=0)
        world.Barrier()
        everyone = world.gather(busy, root=0)
        if everyone is not None:
            told(start, cpu, [one for some in everyone for one in some])


PROGRAMS: dict[str, Callable[[int, float], None]] = {
    one.__name__: one for one in (evonas, futures, deephyper, propulate)
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](int(sys.argv[2]), float(sys.argv[3]))
