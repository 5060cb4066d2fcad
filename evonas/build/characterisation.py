"""What the data of a config are like, as the mini-benchmark database describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from evonas.build.parts import make_evaluator
from evonas.build.resolve import Resolved, resolve
from evonas.config import Config, config_from_json
from evonas.errors import ConfigError
from evonas.tasks import Task
from minibench.characterize import MEASURED, USUAL, ProbeSettings, probe, trainings
from minibench.descriptors import describe_task
from minibench.probenets import DCN_PROBE
from minibench.problems import Characterisation

#: is told how many trainings there will be; what it gives is called after each
Watching = Callable[[int], AbstractContextManager[Callable[[], object]]]


def _unwatched(_: int) -> AbstractContextManager[Callable[[], object]]:
    return nullcontext(lambda: None)


def characterised(
    section: Mapping[str, Any],
    threads: int,
    names: Sequence[str] = (DCN_PROBE,),
    settings: ProbeSettings | None = USUAL,
    watching: Watching = _unwatched,
) -> tuple[Resolved, list[Characterisation]]:
    """What the data of a config are like.

    Args:
        section: the config's `task`; no table of results.
        threads: of the processor.
        names: of the ProbeNets to train.
        settings: of their trainings; None: none is trained.
        watching: shows how far they are.

    Returns:
        Settings of a search on the data, and the numbers.

    Raises:
        ConfigError: the section names a table.
    """
    resolved = _resolved(section, threads)
    data = _samples(resolved)
    found = list(describe_task(data))
    if settings is not None:
        evaluator = make_evaluator(resolved, None)
        with watching(trainings(names, settings)) as advance:
            found += probe(
                data, evaluator, names, settings, progress=lambda record: advance()
            )
    return resolved, found


def _resolved(section: Mapping[str, Any], threads: int) -> Resolved:
    """The settings of a search on the data, with the metric of probes measured."""

    def config(metrics: Sequence[str]) -> Config:
        return config_from_json(
            {
                "task": dict(section),
                "strategy": {"name": "random"},
                "budget": {"evaluations": 1},
                "metrics": list(metrics),
                "threads": threads,
            }
        )

    resolved = resolve(config(()))
    data = _samples(resolved)
    wanted = MEASURED[data.kind]
    return resolved if data.metric == wanted else resolve(config([wanted]))


def _samples(resolved: Resolved) -> Task:
    if not isinstance(resolved.task, Task):
        raise ConfigError(
            f"task: expected data with samples, got the table {resolved.task.name}, "
            "which has results alone"
        )
    return resolved.task
