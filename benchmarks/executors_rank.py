"""A rank of a job that `executors.py` times: `... NAME COUNT SECONDS SEED`.

Rank 0 prints one JSON line: wall seconds from the first evaluation asked to the last
one back, seconds that the workers were in evaluations, the same two up to the start of
the last evaluation (no drain), and CPU seconds of rank 0.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

#: evaluations that warm every worker up first, for each of them
WARM = 3


def lengths(count: int, mean: float, seed: int) -> list[float]:
    """Seconds of each evaluation: log-normal, the same for everyone."""
    if mean == 0:
        return [0.0] * count
    drawn = np.random.default_rng(seed).lognormal(-0.125, 0.5, count)
    return [float(mean * one) for one in drawn]


def evaluate(seconds: float) -> tuple[float, float]:
    """Sleep; gives its start and its end on the clock that all processes share."""
    start = time.monotonic()
    if seconds:
        time.sleep(seconds)
    return start, time.monotonic()


def told(start: float, cpu: float, spans: list[tuple[float, float]]) -> None:
    """Print the answer."""
    last = max(begun for begun, _ in spans)
    found = {
        "wall": time.monotonic() - start,
        "busy": sum(end - begun for begun, end in spans),
        "count": len(spans),
        "cpu": time.process_time() - cpu,
        "wall_before_drain": last - start,
        "busy_before_drain": sum(min(end, last) - begun for begun, end in spans),
    }
    print(json.dumps(found), flush=True)


def evonas(count: int, mean: float, seed: int) -> None:
    """This executor."""
    # functions for workers must belong to a module that these can import
    import executors_rank

    from cluster import Limits, mpi

    def manage() -> int:
        with mpi.open_executor() as executor:

            def each(works: list[float]) -> list[tuple[float, float]]:
                for ticket, work in enumerate(works):
                    executor.submit(ticket, executors_rank.evaluate, work, Limits())
                spans: list[tuple[float, float]] = []
                while len(spans) < len(works):
                    spans += [done.value for done in executor.wait(1.0)]
                return spans

            each([0.05] * (WARM * executor.workers))
            start, cpu = time.monotonic(), time.process_time()
            told(start, cpu, each(lengths(count, mean, seed)))
        return 0

    mpi.run_ranks(manage)


def futures(count: int, mean: float, seed: int) -> None:
    """mpi4py.futures, whose manager is rank 0 too."""
    import executors_rank
    from mpi4py import MPI
    from mpi4py.futures import MPICommExecutor

    with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
        if executor is not None:
            warm = [0.05] * (WARM * (MPI.COMM_WORLD.size - 1))
            list(executor.map(executors_rank.evaluate, warm))
            start, cpu = time.monotonic(), time.process_time()
            works = lengths(count, mean, seed)
            spans = list(executor.map(executors_rank.evaluate, works, unordered=True))
            told(start, cpu, spans)


def deephyper(count: int, mean: float, seed: int) -> None:
    """DeepHyper's evaluator over MPI, without its search."""
    import executors_rank
    from deephyper.evaluator import Evaluator
    from mpi4py import MPI

    with Evaluator.create(executors_rank.job, method="mpicomm") as evaluator:
        if evaluator.is_master:
            warm = WARM * (MPI.COMM_WORLD.size - 1)
            evaluator.submit([{"seconds": 0.05}] * warm)
            evaluator.gather("ALL")
            start, cpu = time.monotonic(), time.process_time()
            works = [{"seconds": one} for one in lengths(count, mean, seed)]
            evaluator.submit(works)
            jobs: list[object] = []
            while len(jobs) < count:
                jobs += evaluator.gather("BATCH", 1)
            # of what an evaluation gives back, it keeps metadata as they are
            told(start, cpu, [tuple(job.metadata["span"]) for job in jobs])


def job(running: object) -> dict[str, object]:
    """What DeepHyper calls."""
    span = evaluate(running["seconds"])  # type: ignore[index]
    return {"output": 0.0, "metadata": {"span": span}}


def propulate(count: int, mean: float, seed: int) -> None:
    """Propulate, in which every rank breeds for itself: an island of all ranks."""
    import random
    import tempfile

    from mpi4py import MPI
    from propulate import Propulator
    from propulate.utils import get_default_propagator

    world = MPI.COMM_WORLD
    works = lengths(count, mean, seed)[world.rank :: world.size]
    todo = iter(works)
    # the kind of generator that it asks for
    generator = random.Random(world.rank)
    spans: list[tuple[float, float]] = []

    def loss(_: object) -> float:
        spans.append(evaluate(next(todo, 0.0)))
        return generator.random()

    limits = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
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
        start, cpu = time.monotonic(), time.process_time()
        island.propulate(logging_interval=count + 1, debug=0)
        world.Barrier()
        everyone = world.gather(spans, root=0)
        if everyone is not None:
            told(start, cpu, [one for some in everyone for one in some])


PROGRAMS: dict[str, Callable[[int, float, int], None]] = {
    one.__name__: one for one in (evonas, futures, deephyper, propulate)
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
