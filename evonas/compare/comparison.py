"""A whole comparison: read, refuse, run what is missing, tell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import Executor, InlineExecutor, ProcessExecutor
from cluster.environment import under_mpi
from evonas.build import worker_environment
from evonas.compare.conduct import Conductor, Observer, Unwatched
from evonas.compare.contestants import Contestant, read_contestants
from evonas.compare.folder import ComparisonFolder
from evonas.compare.page import write_files
from evonas.compare.summary import summarise
from evonas.errors import ConfigError


@dataclass(frozen=True)
class Comparison:
    """How a call of `compare` ended.

    Attributes:
        directory: with its files.
        finished: False: it was stopped, and the same call goes on.
        summary: as `summary.json` has it; None: it was stopped.
    """

    directory: Path
    finished: bool
    summary: Mapping[str, Any] | None = None


def compare(
    configs: Sequence[Path | str],
    seeds: int,
    out: Path | str,
    *,
    overrides: Sequence[str] = (),
    workers: int | None = None,
    final: bool = False,
    stop: Callable[[], str] = str,
    observer: Observer | None = None,
) -> Comparison:
    """Play every config with every seed under the same budget, and compare them.

    Runs that an earlier call has finished in `out` are not made again.

    Args:
        configs: files that differ in their method; results are told by their names.
        seeds: how many; the runs have the seeds from 0 up.
        out: directory of the comparison; made where it is missing.
        overrides: `dotted.key=value` texts, for all configs.
        workers: runs at once; 0: in this process, one after the other; None: as many
            as keep every core busy. Of no effect under MPI, whose ranks work.
        final: where networks are trained, train each run's best finally.
        stop: a reason to stop now, or "".
        observer: is told how far it is.

    Raises:
        InputError: a setting is wrong or the comparison would not be fair; nothing has
            been started.
    """
    if seeds < 1:
        raise ConfigError(f"seeds: expected at least 1, got {seeds}")
    paths = [Path(config) for config in configs]
    if not paths:
        raise ConfigError("expected at least one config, got none")
    contestants = read_contestants(paths, overrides, final=final)
    folder = ComparisonFolder(Path(out))
    folder.create()
    with folder.lock():
        if not conduct(folder, contestants, seeds, workers, stop, observer):
            return Comparison(folder.root, finished=False)
        played = {
            one.name: [folder.played(one, seed) for seed in range(seeds)]
            for one in contestants
        }
        summary = summarise(contestants, played)
        write_files(folder, contestants, played, summary)
    return Comparison(folder.root, finished=True, summary=summary)


def conduct(
    folder: ComparisonFolder,
    contestants: Sequence[Contestant],
    seeds: int,
    workers: int | None = None,
    stop: Callable[[], str] = str,
    observer: Observer | None = None,
) -> bool:
    """Make the runs that a folder lacks; False: it was stopped, the same call goes on.

    Args:
        folder: made, and its lock held.
        contestants: what is played; here their tasks may differ.
        seeds: how many, from 0 up.
        workers: as for `compare`.
        stop: a reason to stop now, or "".
        observer: is told how far it is.

    Raises:
        InputError: a run cannot be done, by the user's fault.
        LostWorkerError: no worker is left, or one run has cost several.
    """
    with _executor(contestants, workers) as executor:
        folder.begin(contestants)
        conductor = Conductor(
            folder, contestants, executor, stop, observer or Unwatched()
        )
        return conductor.conduct(seeds)


@contextmanager
def _executor(
    contestants: Sequence[Contestant], workers: int | None
) -> Iterator[Executor]:
    """What does the runs: the other ranks under MPI, else local processes."""
    config = contestants[0].resolved.config
    environment = worker_environment(config)
    executor: Executor
    if under_mpi():
        from cluster.mpi import open_executor

        executor = open_executor(environment)
    elif workers == 0:
        executor = InlineExecutor()
    else:
        executor = ProcessExecutor(workers or _cores(contestants[0]), environment)
    with executor:
        yield executor


def _cores(one: Contestant) -> int:
    """Runs that keep every core busy; one that trains has workers of its own."""
    cores = len(os.sched_getaffinity(0))
    if one.resolved.table is not None:
        return cores
    config = one.resolved.config
    return max(1, cores // (max(1, config.workers) * config.threads))
