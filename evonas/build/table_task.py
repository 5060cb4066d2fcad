"""A config whose task is a table of results: what it may say, and its defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evonas.config import Config, Direction
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity
from evonas.population import Objective
from evonas.run import Incumbent
from evonas.search.schedulers import RungSettings
from evonas.search.schedulers.rungs import Rungs
from evonas.space import Limits, Space, space_from_json
from evonas.tables import Table, TableFront, open_table

#: costs that follow from a cell's architecture
COMPUTED = ("multiply_adds", "training_memory_bytes")


def open_settings(config: Config) -> tuple[Config, Table, Space]:
    """The table, the settings with the defaults that it has, and the space's limits.

    Raises:
        ConfigError: a setting has no meaning with a table, or the table lacks it.
        DataError: the table's file or package is missing or damaged.
    """
    task = config.task
    assert task.table is not None
    _refuse(config)
    table = open_table(task.table, task.path, task.dataset)
    unknown = sorted(set(config.space) - {"limits"})
    if unknown:
        raise ConfigError(
            f"space.{unknown[0]}: has no meaning for {table.name}, whose cells are the "
            "space; only space.limits has. Remove it"
        )
    space = space_from_json(
        {"limits": config.space.get("limits") or {}}, table.modality, table.input_shape
    )
    if config.budget.minutes is not None and not table.has_seconds:
        raise ConfigError(
            f"budget.minutes: expected a table that tells how long trainings took, got "
            f"{table.name}, which does not; give budget.evaluations"
        )
    return _with_defaults(config, table), table, space


def _refuse(config: Config) -> None:
    """Complain about settings that only training has."""
    given = {
        "evaluator": config.evaluator,
        "loss": config.loss,
        "metrics": config.metrics,
        "latency": config.latency,
        "energy": config.energy,
        "final.recipe": config.final.recipe,
        "reuse": config.reuse.database,
    }
    for name, value in given.items():
        if value:
            raise ConfigError(
                f"{name}: has no meaning with task.table, where nothing is trained; "
                "remove it"
            )


def _with_defaults(config: Config, table: Table) -> Config:
    """The longest training, no limit of its time, and the table's own end."""
    fidelity, final = config.fidelity, config.final
    longest = table.epochs[-1]
    changes: dict[str, Any] = {}
    if "epochs" not in fidelity.model_fields_set:
        changes["epochs"] = longest
    if "time_limit_seconds" not in fidelity.model_fields_set:
        changes["time_limit_seconds"] = None
    for name in ("data_share", "resolution", "width"):
        if getattr(fidelity, name) != 1:
            raise ConfigError(
                f"fidelity.{name}: expected 1, as {table.name} was made with, got "
                f"{getattr(fidelity, name):g}"
            )
    epochs = final.epochs if "epochs" in final.model_fields_set else longest
    if epochs:
        table.check_epochs(epochs, "final.epochs")
    filled = config.replaced(
        fidelity=fidelity.model_dump(mode="json") | changes,
        final={"epochs": epochs},
    )
    table.check_epochs(filled.fidelity.epochs, "fidelity.epochs")
    return filled


def check_rungs(table: Table, fidelity: Fidelity, scheduler: RungSettings) -> None:
    """Hold the lengths that a scheduler will ask for against the table.

    Raises:
        ConfigError: the table lacks one of them.
    """
    rungs = Rungs.below(fidelity, scheduler.rungs, scheduler.reduction)
    lengths = ", ".join(f"{one.epochs:g}" for one in rungs.fidelities)
    for rung in rungs.fidelities:
        table.check_epochs(
            rung.epochs,
            f"fidelity.scheduler (fidelity.epochs, reduction and rungs give {lengths} "
            "epochs)",
        )


def directions(table: Table) -> dict[str, Direction]:
    """What may be an objective, and which way it is better."""
    known: dict[str, Direction] = {f"validation_{table.metric}": table.direction}
    return known | dict.fromkeys((*table.measures, "parameters", *COMPUTED), "minimise")


def front_measure(
    config: Config, table: Table, limits: Limits, objectives: Sequence[Objective]
) -> Callable[[Sequence[Incumbent]], dict[str, Any]] | None:
    """What holds a search's Pareto front against the table's own.

    None where there is one objective, or where an objective or a limit is no value of
    the table but follows from the unrolled networks, which would all have to be made.

    Args:
        config: with every default.
        table: that is searched.
        limits: of every candidate.
        objectives: of the search.
    """
    if len(objectives) < 2:
        return None
    fidelity = config.fidelity
    try:
        known = TableFront(
            table,
            objectives,
            fidelity.epochs,
            limits=limits,
            time_limit_seconds=fidelity.time_limit_seconds,
        )
    except ConfigError:
        return None

    def measure(front: Sequence[Incumbent]) -> dict[str, Any]:
        cells = [one.request.candidate.cell for one in front]
        return known.measure([cell.key() for cell in cells if cell is not None])

    return measure
