"""The workers of a run: ranks, processes, or this process itself."""

from __future__ import annotations

import importlib
import json
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from cluster import (
    Executor,
    InlineExecutor,
    Limits,
    ProcessExecutor,
    SimulatedExecutor,
)
from cluster.environment import under_mpi
from evonas.build.parts import GRACE_SECONDS, make_handle
from evonas.build.resolve import Resolved
from evonas.candidate import Candidate
from evonas.config import Config, FidelitySettings
from evonas.errors import ConfigError, EvonasWarning, InputError
from evonas.evaluation import Evaluator, EvaluatorHandle
from evonas.genome import smallest_networks
from evonas.tasks import load_reference

#: called once in every new worker process, so that the first candidate does not pay
_WARM_UP = "evonas.build.workers:import_training"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: time in which an evaluator of the user's own must be built, and the smallest networks
#: measured
_CHECK_SECONDS = 300.0
#: of the latency of each of the smallest networks
_MEASUREMENTS = 3


@contextmanager
def open_workers(resolved: Resolved, *, check: bool = True) -> Iterator[Executor]:
    """The workers: the other ranks under MPI, else those of the settings.

    Those of a table are simulated: they are this process, on a virtual clock.

    Args:
        resolved: the settings.
        check: build the evaluator there once where it may be impossible.

    Raises:
        ConfigError: an evaluator or loss of the user's own does not work there, or
            there is no such device.
    """
    config = resolved.config
    environment = worker_environment(config)
    warm_up = _WARM_UP if config.evaluator is None else ""
    executor: Executor
    if resolved.table is not None:
        refuse_table_under_mpi(resolved)
        executor = SimulatedExecutor(max(1, config.workers), attrgetter("seconds"))
    elif under_mpi():
        from cluster.mpi import open_executor

        executor = open_executor(environment, warm_up)
    elif config.workers == 0:
        executor = InlineExecutor()
        _warn_of_limits(config)
    else:
        executor = ProcessExecutor(config.workers, environment, warm_up)
    with executor:
        if check and resolved.table is None:
            _check_evaluator(resolved, executor)
        yield executor


def refuse_table_under_mpi(resolved: Resolved) -> None:
    """Complain about ranks that would have nothing to do.

    Raises:
        ConfigError: the task is a table, and this process a rank.
    """
    if resolved.table is not None and under_mpi():
        raise ConfigError(
            "task.table: expected one process, which looks everything up, got ranks; "
            "leave MPI out (`workers` are simulated)"
        )


def _warn_of_limits(config: Config) -> None:
    """Say which limits nothing can enforce in this process.

    Training looks at its time itself, between two steps; an evaluator of the user's own
    may not. The default limit is no promise that somebody relies on.
    """
    given, default = config.fidelity, FidelitySettings()
    without = []
    if given.memory_limit_bytes is not None:
        without.append("fidelity.memory_limit_bytes")
    if (
        config.evaluator is not None
        and given.time_limit_seconds != default.time_limit_seconds
        and given.time_limit_seconds is not None
    ):
        without.append("fidelity.time_limit_seconds")
    if without:
        warnings.warn(
            f"{' and '.join(without)}: expected processes of their own for "
            "evaluations, got workers: 0, which evaluates in this process, where "
            "nothing can be ended from outside; give --workers 1 or more to have "
            "limits enforced",
            EvonasWarning,
            stacklevel=3,
        )


def worker_environment(config: Config) -> dict[str, str]:
    """Variables of the processes that evaluate.

    Numerical libraries read their number of threads when they are loaded.
    """
    return dict.fromkeys(_THREADS, str(config.threads))


def import_training() -> None:
    """Load torch and what trains with it."""
    importlib.import_module("evonas.training.evaluator")


def _check_evaluator(resolved: Resolved, executor: Executor) -> None:
    """Build the evaluator once where it will be used, if that can go wrong.

    It can with an evaluator or a loss of the user's own, and with a device by name.

    Raises:
        ConfigError: it cannot be built; otherwise every candidate would fail.
    """
    config = resolved.config
    if config.evaluator is not None:
        setting = "evaluator"
    elif config.loss is not None:
        setting = "loss"
    elif config.device == "cuda":
        setting = "device"
    else:
        return
    value, failure = _asked(executor, _complaint, make_handle(resolved, None))
    if complaint := failure or value:
        where = config.source.where((setting,))
        said = complaint.removeprefix(f"{setting}: ")
        raise ConfigError(f"{where}`{setting}`: {said}")


def check_latency(resolved: Resolved, executor: Executor) -> None:
    """Hold the smallest networks of the space against a limit of the latency.

    Nobody can compute it, so a worker measures it. Only where networks are trained
    here: what an evaluator of the user's own runs on is its own affair.

    Raises:
        ConfigError: not even they are within the limit, or they cannot be measured.
    """
    config, limit = resolved.config, resolved.space.limits.latency_seconds
    if limit is None or config.evaluator or resolved.table is not None:
        return
    task = resolved.task
    smallest = smallest_networks(resolved.space, task.input_shape, task.outputs)
    payload = make_handle(resolved, None), [one.to_json() for one in smallest]
    found, failure = _asked(executor, _latencies, payload)
    key = "space.limits.latency_seconds"
    where = config.source.where(tuple(key.split(".")))
    if failure:
        raise ConfigError(f"{where}{key}: expected to be measured, got: {failure}")
    if found and min(found) > limit:
        raise ConfigError(
            f"{where}{key}: expected a limit that the smallest networks of the space "
            f"are within, got {limit:.3g} s; one sample through them takes "
            f"{min(found):.3g} s or longer here; raise the limit or allow smaller "
            "blocks"
        )


def _latencies(payload: tuple[EvaluatorHandle, list[dict[str, Any]]]) -> list[float]:
    """Seconds that candidates (in JSON form) take for one sample in this process.

    The best of a few measurements each, so that a moment in which the machine does
    something else refuses nothing.
    """
    handle, candidates = payload
    factory = load_reference(handle.factory, "evaluator")
    evaluator = factory(json.loads(handle.settings_text))
    return [
        min(
            evaluator.latency_seconds(Candidate.from_json(data))
            for _ in range(_MEASUREMENTS)
        )
        for data in candidates
    ]


def _asked(
    executor: Executor, function: Callable[[Any], Any], payload: Any
) -> tuple[Any, str]:
    """What a function gives on a worker, and what went wrong, or ""."""
    executor.submit(0, function, payload, Limits(seconds=_CHECK_SECONDS))
    for completion in executor.wait(_CHECK_SECONDS + GRACE_SECONDS):
        failure = completion.failure
        return completion.value, "" if failure is None else failure.detail
    return None, f"expected an answer within {_CHECK_SECONDS:.0f} s, got none"


def _complaint(handle: EvaluatorHandle) -> str:
    """Why an evaluator cannot be built in this process; "" when it can."""
    try:
        factory = load_reference(handle.factory, "evaluator")
        built = factory(json.loads(handle.settings_text))
    except InputError as error:
        return str(error)
    except Exception:
        return f"expected {handle.factory} to be built, got:\n{traceback.format_exc()}"
    if not isinstance(built, Evaluator):
        return (
            f"expected {handle.factory} to give an evonas.Evaluator, got "
            f"{type(built).__name__}"
        )
    return ""
