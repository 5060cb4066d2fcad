"""A search with islands as directories: each island is a run of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from evonas.build.resolve import Resolved
from evonas.config import Config
from evonas.errors import ConfigError
from evonas.run import Migration
from evonas.storage import RunDirectory

#: keeps the seeds of islands apart from others that follow from a run's seed
_STREAM = 0x15_1A4D


def make_migration(config: Config, directory: RunDirectory) -> Migration | None:
    """The exchange of an island with the others; None: the run is no island.

    Args:
        config: of the run.
        directory: of the run.
    """
    islands = config.islands
    if islands.index is None:
        return None
    return Migration(
        RunDirectory(directory.root.parent.parent),
        islands.index,
        islands.count,
        topology=islands.topology,
        interval=islands.interval,
        migrants=islands.migrants,
        wait=islands.wait,
        patience_seconds=islands.patience_minutes * 60,
        seed=config.seed,
    )


def prepare_islands(resolved: Resolved, directory: RunDirectory) -> list[RunDirectory]:
    """Make the islands' directories, or bring their settings up to date.

    Call it holding the lock of the whole, before any island works.

    Args:
        resolved: settings of the whole.
        directory: of the whole.

    Raises:
        RunDirectoryError: they cannot be written.
    """
    found = []
    for index in range(resolved.config.islands.count):
        text = island_settings(resolved.config, index).to_yaml()
        text = f"# Island {index} of the search in ../..\n{text}"
        island = directory.island(index)
        if island.config.exists():
            island.write_config(text)
            # Its search goes on where the budget was raised; it leaves again if not.
            (island.champions / "last.json").unlink(missing_ok=True)
        else:
            island = RunDirectory.create(island.root, text)
        found.append(island)
    return found


def island_settings(config: Config, index: int) -> Config:
    """The settings of one island: an even part of all that is counted.

    Args:
        config: of the whole, every default filled in.
        index: of the island.
    """
    count = config.islands.count
    budget = config.budget
    seeds = np.random.SeedSequence([config.seed, index, _STREAM])
    return config.replaced(
        seed=int(seeds.generate_state(1, np.uint64)[0] >> 1),
        workers=share(config.workers, count, index),
        budget={
            "evaluations": budget.evaluations
            and share(budget.evaluations, count, index),
            "epochs": budget.epochs and budget.epochs / count,
            "minutes": budget.minutes,
        },
        # The best of all lie in the directory of the whole, too.
        weights={"quota_bytes": config.weights.quota_bytes // (count + 1)},
        islands=_islands(config, index),
        out=None,
    )


def check_workers(config: Config) -> None:
    """Complain about islands that nobody would work on.

    Raises:
        ConfigError: there are fewer workers than islands.
    """
    count = config.islands.count
    if config.workers < count:
        raise ConfigError(
            f"islands: expected {count} workers or more, one for each island, got "
            f"workers: {config.workers}; give --workers {count}, or take fewer islands"
        )


def check_ranks(config: Config, ranks: int) -> None:
    """Complain about islands, if there are any, that too few ranks would work on.

    Args:
        config: of the whole.
        ranks: of the job.

    Raises:
        ConfigError: there are fewer than two for each island, and one for the whole.
    """
    count = config.islands.count
    needed = 1 + 2 * count
    if config.islands.whole and ranks < needed:
        raise ConfigError(
            f"islands: expected {needed} ranks or more, one for the whole and two for "
            f"each of {count} islands (its manager and a worker), got {ranks}; start "
            f"{needed} (--mpi {needed}, mpirun -n {needed}), or take fewer islands"
        )


def _islands(config: Config, index: int) -> dict[str, Any]:
    return {**config.islands.model_dump(mode="json"), "index": index}


def share(total: int, count: int, index: int) -> int:
    """How many of `total` one of `count` has; the first ones have one more."""
    return total // count + (index < total % count)
