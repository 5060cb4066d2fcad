"""The parts of a run: strategy, evaluator, plan, export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cluster import Limits
from evonas.advice import Advisor
from evonas.build.advice import Edits, find_knowledge, make_advisor
from evonas.build.islands import make_migration
from evonas.build.resolve import Resolved, scheduler_settings
from evonas.build.sequence import make_in_turn
from evonas.build.table_task import COMPUTED, front_measure
from evonas.config import Config
from evonas.evaluation import Evaluator, EvaluatorHandle, Fidelity, Record
from evonas.genome import check_space as check_values
from evonas.run import Budget, Known, Plan
from evonas.search import SearchStrategy, StrategyContext, schedule
from evonas.storage import RunDirectory
from evonas.tables import TableEvaluator

if TYPE_CHECKING:
    from minibench.advice import Knowledge

#: the evaluator that trains networks, built on the worker
TRAINING = "evonas.training.evaluator:from_settings"
#: hard limit over the evaluator's own: building, loading and measuring take time too
GRACE_SECONDS = 30.0
#: the final training's time limit, over what its epochs would make of the search's
FINAL_MARGIN = 2.0


def make_strategy(
    resolved: Resolved,
    advisor: Advisor | None = None,
    knowledge: Knowledge | None = None,
) -> SearchStrategy:
    """A fresh strategy in its first state, under the scheduler if there is one.

    Args:
        resolved: the settings.
        advisor: judges what it makes; None: nobody does.
        knowledge: of the run: what the strategy begins with; None: what the config's
            `constraints` give now.
    """
    config = resolved.config
    if knowledge is None:
        knowledge = find_knowledge(resolved, None)
    table = resolved.table
    context = StrategyContext(
        space=resolved.space,
        input_shape=resolved.task.input_shape,
        outputs=resolved.task.outputs,
        fidelity=resolved.fidelity,
        objectives=resolved.objectives,
        seed=config.seed,
        cells=None if table is None else table.space(resolved.space.limits),
        islands=config.islands.count > 1,
        advisor=advisor,
        topology=None if knowledge is None else knowledge.topology,
    )
    strategy = make_in_turn(config, context)
    name = config.fidelity.scheduler.name
    scheduled = schedule(strategy, name, scheduler_settings(config), context)
    if knowledge is not None and knowledge.seeds:
        scheduled.seed(knowledge.seeds)
    return scheduled


def check_space(resolved: Resolved) -> None:
    """Try the space's extremes, so that an impossible one is told before a run exists.

    Raises:
        ConfigError: a value that nothing accepts, or nothing fits into the limits.
    """
    task = resolved.task
    with resolved.config.source.locating():
        if resolved.table is None:
            check_values(resolved.space, task.input_shape, task.outputs)
        make_strategy(resolved).ask(1)


def make_evaluator(resolved: Resolved, weights: Path | None) -> Evaluator:
    """What evaluates: the table, or the handle of what is built on the workers."""
    if resolved.table is None:
        return make_handle(resolved, weights)
    config = resolved.config
    return TableEvaluator(
        resolved.table,
        time_limit_seconds=config.fidelity.time_limit_seconds,
        costs=any(one.metric in COMPUTED for one in resolved.objectives),
        latency_limit_seconds=resolved.space.limits.latency_seconds,
    )


def make_handle(resolved: Resolved, weights: Path | None) -> EvaluatorHandle:
    """The description of the evaluator; a user's own gets the same settings.

    Args:
        resolved: the settings.
        weights: folder that trained weights are written to; None: none are.
    """
    config = resolved.config
    settings = {
        "task": config.task.model_dump(mode="json"),
        "device": config.device,
        "threads": config.threads,
        "time_limit_seconds": config.fidelity.time_limit_seconds,
        "memory_limit_bytes": config.fidelity.memory_limit_bytes,
        "precision": config.precision,
        "cuda_graphs": config.cuda_graphs,
        "final_recipe": config.final.recipe,
        "latency": config.latency,
        "energy": config.energy,
        "latency_limit_seconds": resolved.space.limits.latency_seconds,
        "loss": config.loss,
        "metrics": list(config.metrics),
        "weights_directory": None if weights is None else str(weights.absolute()),
    }
    return EvaluatorHandle(config.evaluator or TRAINING, settings)


def make_plan(
    resolved: Resolved,
    directory: RunDirectory,
    evaluator: Evaluator | None = None,
    known: Known | None = None,
) -> Plan:
    """What a run in this directory is made of.

    Args:
        resolved: the settings.
        directory: of the run.
        evaluator: instead of the one that the settings describe.
        known: results that need no training, see `open_known`; None: there are none.
    """
    config = resolved.config
    final = config.final.epochs
    strategy = advisor = edits = None
    if not config.islands.whole:  # where there are islands, each has its own
        knowledge = find_knowledge(resolved, directory)
        advisor = make_advisor(resolved, knowledge)
        strategy = make_strategy(resolved, advisor, knowledge)
        edits = None if advisor is None else Edits(directory.root, resolved)
    return Plan(
        strategy=strategy,
        advisor=advisor,
        edits=edits,
        migration=make_migration(config, directory),
        evaluator=evaluator or make_evaluator(resolved, directory.weights),
        objectives=resolved.objectives,
        budget=Budget(**config.budget.model_dump()),
        final=Fidelity(final) if final else None,
        seed=config.seed,
        config_digest=resolved.digest,
        limits=hard_limits(config),
        final_limits=hard_limits(config, _final_share(resolved)),
        weights_quota_bytes=config.weights.quota_bytes,
        export=None if resolved.table is not None else export_network,
        final_recipe=config.final.recipe,
        known=known,
        measure_front=None
        if resolved.table is None
        else front_measure(
            config, resolved.table, resolved.space.limits, resolved.objectives
        ),
    )


def hard_limits(config: Config, share: float = 1.0) -> Limits:
    """At which a worker's process is ended, whatever it does.

    Args:
        config: has the limits of one evaluation of the search.
        share: how many times longer than that this one may take.
    """
    seconds = config.fidelity.time_limit_seconds
    return Limits(
        seconds=None if seconds is None else seconds * share + GRACE_SECONDS,
        memory_bytes=config.fidelity.memory_limit_bytes,
    )


def _final_share(resolved: Resolved) -> float:
    """How many times longer the final training may take than one of the search."""
    search = resolved.fidelity.effort * resolved.fidelity.epoch_cost
    return FINAL_MARGIN * max(1.0, resolved.config.final.epochs / search)


def export_network(payload: Mapping[str, Any], *, onnx: bool = False) -> None:
    """Write a trained network as a folder; runs where torch may be imported.

    Args:
        payload: `record` (JSON form) whose weights are exported, `weights_directory`,
            and `directory`, the folder to make.
        onnx: write `network.onnx` as well.

    Raises:
        InputError: the folder is not empty, or the weights are gone.
    """
    from evonas.network import export, load_state
    from evonas.training import export_info, stored_architecture

    record = Record.from_json(payload["record"])
    path = Path(payload["weights_directory"]) / f"{record.weights}.safetensors"
    state, metadata = load_state(path)
    architecture, shape = stored_architecture(metadata)
    info = export_info(metadata, record.metrics)
    export(architecture, shape, state, payload["directory"], info, onnx)
