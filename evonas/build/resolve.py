"""A config with nothing left open: what it names is opened, every default filled in."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evonas.build.island_settings import check_islands
from evonas.build.reuse_settings import check_reuse
from evonas.build.sequence import filled_sequence
from evonas.build.strategies import strategy_settings
from evonas.build.table_task import check_rungs, directions, open_settings
from evonas.candidate import Recipe
from evonas.config import Config, Direction, parse_settings
from evonas.config.parse import did_you_mean
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity
from evonas.population import Objective
from evonas.search import SCHEDULERS, STRATEGIES
from evonas.search.schedulers import RungSettings
from evonas.space import Space, space_from_json
from evonas.tables import Table
from evonas.tasks import Task, find_metric, open_task

#: costs and measurements that any record may have; all are better when smaller
COSTS = (
    "parameters",
    "multiply_adds",
    "training_memory_bytes",
    "latency_seconds",
    "latency_batch_seconds",
    "energy_joules",
    "validation_loss",
)


@dataclass(frozen=True)
class Resolved:
    """A config with nothing left open, and what was opened on the way.

    Attributes:
        config: every default is filled in, so that its file gives the same run even
            when defaults change.
        task: with its data; or the table of results instead.
        space: of the task, with the config's changes.
        objectives: the first one is the fitness.
    """

    config: Config
    task: Task | Table
    space: Space
    objectives: tuple[Objective, ...]

    @property
    def table(self) -> Table | None:
        """The table that is searched, if one is."""
        return self.task if isinstance(self.task, Table) else None

    @property
    def digest(self) -> str:
        """Of whatever the records depend on, see `Config.digest`."""
        return self.config.digest(self.task.version)

    @property
    def config_text(self) -> str:
        """The run's own `config.yaml`."""
        return (
            "# The settings of this run, every default filled in.\n"
            f"{self.config.to_yaml()}"
        )

    @property
    def fidelity(self) -> Fidelity:
        """At which candidates are evaluated."""
        found = self.config.fidelity
        return Fidelity(found.epochs, found.data_share, found.resolution, found.width)


def resolve(config: Config) -> Resolved:
    """Open what the config names, check what only the rooms know, fill in defaults.

    Raises:
        ConfigError: a setting is wrong; with its file and line.
        DataError: the task's data are missing or wrong.
    """
    check_islands(config)
    if config.task.table is not None:
        return _resolve_table(config)
    with config.source.locating():
        task = open_task(config.task.model_dump(mode="json"))
        task.split(config.task.split_seed, config.task.validation_share)
        space = space_from_json(
            config.space, task.modality, task.input_shape, vocabulary=task.tokens
        )
        _check_vocabulary(space, task)
        if config.loss is not None and config.task.class_weights == "balanced":
            raise ConfigError(
                "task.class_weights: has no meaning with a `loss` of your own, which "
                "is called with outputs and targets alone; remove one of them"
            )
        for name in config.metrics:
            _check_metric(name, task)
        objectives = _objectives(config, _measured(config, task))
        _check_shares(config, task)
        for setting in ("evaluator", "loss"):
            _check_findable(getattr(config, setting), setting)
    strategy = strategy_settings(config)
    with config.source.locating():
        scheduler = _scheduler(config)
        sequence = filled_sequence(config)
    wanted = {objective.metric for objective in objectives}
    latency = space.limits.latency_seconds is not None or bool(
        wanted & {"latency_seconds", "latency_batch_seconds"}
    )
    filled = config.replaced(
        # A metric of the user's own stays a reference: its name alone says nothing.
        task=config.task.model_dump(mode="json")
        | {
            "metric": config.task.metric or task.metric,
            "validation_share": config.task.validation_share or task.validation_share,
        },
        strategy={"name": config.strategy.name, **strategy.model_dump(mode="json")},
        fidelity=config.fidelity.model_dump(mode="json") | {"scheduler": scheduler},
        sequence=sequence,
        space=space.to_json(),
        objectives=[
            {"metric": one.metric, "direction": one.direction} for one in objectives
        ],
        latency=config.latency or latency,
        energy=config.energy or "energy_joules" in wanted,
    )
    with config.source.locating():
        check_reuse(filled)
    return Resolved(filled, task, space, objectives)


def _resolve_table(config: Config) -> Resolved:
    """Like `resolve`, for a table of results."""
    with config.source.locating():
        config, table, space = open_settings(config)
        objectives = _objectives(config, directions(table))
    strategy = strategy_settings(config)
    with config.source.locating():
        scheduler = _scheduler(config)
        sequence = filled_sequence(config)
    filled = config.replaced(
        strategy={"name": config.strategy.name, **strategy.model_dump(mode="json")},
        fidelity=config.fidelity.model_dump(mode="json") | {"scheduler": scheduler},
        sequence=sequence,
        space={"limits": space.limits.to_json()},
        objectives=[
            {"metric": one.metric, "direction": one.direction} for one in objectives
        ],
    )
    resolved = Resolved(filled, table, space, objectives)
    rungs = scheduler_settings(filled)
    if isinstance(rungs, RungSettings):
        with config.source.locating():
            check_rungs(table, resolved.fidelity, rungs)
    return resolved


def scheduler_settings(config: Config) -> Any:
    """The scheduler's own settings, checked."""
    scheduler = config.fidelity.scheduler
    if scheduler.name not in SCHEDULERS:
        where = config.source.where(("fidelity", "scheduler", "name"))
        raise ConfigError(
            f"{where}`fidelity.scheduler`: expected one of {', '.join(SCHEDULERS)}, "
            f"got {scheduler.name!r}{did_you_mean(scheduler.name, list(SCHEDULERS))}"
        )
    return parse_settings(
        SCHEDULERS[scheduler.name].settings,
        scheduler.settings,
        config.source,
        at=("fidelity", "scheduler"),
        beside=("name",),
    )


def _scheduler(config: Config) -> dict[str, Any]:
    """The section of the scheduler with every default filled in."""
    settings = scheduler_settings(config)
    name = config.fidelity.scheduler.name
    entry = STRATEGIES.get(config.strategy.name)
    implied = "none" if entry is None else entry.scheduler
    if implied != "none" and name not in ("none", implied):
        raise ConfigError(
            f"fidelity.scheduler: expected {implied} with the strategy "
            f"{config.strategy.name}, got {name}; another strategy takes any scheduler"
        )
    if name == "none" and implied != "none":
        name, settings = implied, SCHEDULERS[implied].settings()
    if not isinstance(settings, RungSettings):
        return {"name": name}
    return {"name": name, **settings.filled(config.fidelity.epochs)}


def _measured(config: Config, task: Task) -> dict[str, Direction]:
    """What may be an objective and which way it is better; the task's metric first."""
    known: dict[str, Direction] = {f"validation_{task.metric}": task.direction}
    for name in config.metrics:
        metric = find_metric(name, "metrics")
        known[f"validation_{metric.name}"] = metric.direction
    return known | dict.fromkeys(COSTS, "minimise")


def _objectives(
    config: Config, known: Mapping[str, Direction]
) -> tuple[Objective, ...]:
    """The objectives with their directions; by default the first that is known."""
    if not config.objectives:
        return (Objective(*next(iter(known.items()))),)
    objectives: list[Objective] = []
    for place, given in enumerate(config.objectives):
        # Only its author knows what an evaluator of the user's own reports.
        if given.metric not in known and not (config.evaluator and given.direction):
            own = " and a direction: maximise or minimise" if config.evaluator else ""
            raise ConfigError(
                f"objectives[{place}].metric: expected one of {', '.join(known)}{own}, "
                f"got {given.metric!r}{did_you_mean(given.metric, list(known))} "
                "(further metrics go into `metrics`)"
            )
        if given.metric in (one.metric for one in objectives):
            raise ConfigError(
                f"objectives[{place}].metric: expected each objective once, got "
                f"{given.metric!r} again; remove one"
            )
        direction = given.direction or known[given.metric]
        objectives.append(Objective(given.metric, direction))
    return tuple(objectives)


def _check_vocabulary(space: Space, task: Task) -> None:
    if space.vocabulary < task.tokens:
        raise ConfigError(
            f"space.vocabulary: expected {task.tokens} or more, as many as {task.name} "
            f"has different tokens, got {space.vocabulary}; leave it out"
        )


def _check_shares(config: Config, task: Task) -> None:
    """Complain about a final recipe or a resolution that the task cannot have."""
    try:
        Recipe.from_json(config.final.recipe)
    except ConfigError as error:
        raise ConfigError(f"final.{error}") from None
    if config.fidelity.resolution < 1 and len(task.input_shape) < 2:
        raise ConfigError(
            f"fidelity.resolution: expected 1 for {task.name}, whose samples of shape "
            f"{task.input_shape} have no sides, got {config.fidelity.resolution}"
        )


def _check_metric(name: str, task: Task) -> None:
    metric = find_metric(name, "metrics")
    if metric.kind != task.kind:
        raise ConfigError(
            f"metrics: expected metrics for {task.kind} as {task.name} needs, got "
            f"{name!r}, which is for {metric.kind}"
        )


def _check_findable(reference: str | None, setting: str) -> None:
    """Complain about a module that is nowhere, without importing it.

    It may import torch, which the manager never does; the worker says the rest.
    """
    if reference is None:
        return
    module = reference.partition(":")[0]
    try:
        found = module in sys.modules or importlib.util.find_spec(module) is not None
    except ImportError:
        found = False
    if not found:
        raise ConfigError(
            f"{setting}: expected a module that Python finds, got {module!r} of "
            f"{reference!r}; start evonas where {module.partition('.')[0]} lies, or "
            f"set PYTHONPATH (searched: {', '.join(p or '.' for p in sys.path)})"
        )
