"""A search on a virtual cluster: the real session, on made-up workers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import get_args

import numpy as np

from cluster.virtual import ClusterModel, VirtualCluster
from evonas.build import Resolved, make_evaluator, make_plan
from evonas.config import Config
from evonas.errors import ConfigError, LostWorkerError
from evonas.evaluation import Evaluator
from evonas.run import RunState, Session
from evonas.search import STRATEGIES
from evonas.simulate.evaluators import DrawnEvaluator, TimedEvaluator, Timing, replayed
from evonas.simulate.figures import Figures, figures_of
from evonas.simulate.timed import TimedStrategy
from evonas.storage import RunDirectory

#: keeps the draws of failures apart from all others of the seed
_STREAM = 0xFA11


def make_workers_evaluator(
    resolved: Resolved, timing: Timing | None, run: Path | None
) -> Evaluator:
    """What the simulated workers give back.

    Args:
        resolved: the settings.
        timing: of evaluations; None: the table's own where there is one, else the
            default one.
        run: directory of a run whose records are given back instead; None: none.

    Raises:
        ConfigError: the table has no times, or the run nothing of use.
        RunDirectoryError: it is no run directory.
    """
    limit = resolved.config.fidelity.time_limit_seconds
    if run is not None:
        return replayed(run, resolved.objectives)
    table = resolved.table
    if table is None:
        return DrawnEvaluator(
            timing or Timing(seed=resolved.config.seed),
            resolved.objectives,
            resolved.fidelity,
            resolved.task.input_shape,
            limit,
        )
    if timing is not None:
        # its limit is one of drawn seconds, none of the table's
        untimed = replace(resolved, config=_without_limit(resolved))
        inner = make_evaluator(untimed, None)
        return TimedEvaluator(inner, timing, resolved.fidelity, limit)
    if not table.has_seconds:
        raise ConfigError(
            f"task.table: expected a table that tells how long trainings took, got "
            f"{table.name}, which does not; give --mean, the seconds of an evaluation"
        )
    return make_evaluator(resolved, None)


def modes_of(resolved: Resolved) -> tuple[str, ...]:
    """The modes that the strategy can have; none where there is no choice."""
    settings = STRATEGIES[resolved.config.strategy.name].settings
    field = settings.model_fields.get("mode")
    return () if field is None else get_args(field.annotation)


def with_mode(resolved: Resolved, mode: str) -> Resolved:
    """The same settings with another mode of the strategy."""
    strategy = {**resolved.config.strategy.model_dump(mode="json"), "mode": mode}
    return replace(resolved, config=resolved.config.replaced(strategy=strategy))


def simulate(
    resolved: Resolved,
    evaluator: Evaluator,
    model: ClusterModel,
    *,
    stop: Callable[[], str] = str,
    observer: Callable[[str, RunState], None] = lambda _event, _state: None,
) -> Figures | None:
    """Search on a virtual cluster, with session, strategy and journal as in earnest.

    Args:
        resolved: the settings; their budget ends the search.
        evaluator: what the workers give back.
        model: of the cluster.
        stop: a reason to stop now, or "".
        observer: called after each event, on the manager's time.

    Returns:
        The figures; None: it was stopped.

    Raises:
        ConfigError: every worker has died before the end.
    """
    config = resolved.config
    rng = np.random.default_rng([config.seed, _STREAM])
    mode = config.strategy.settings.get("mode", "") if modes_of(resolved) else ""
    cluster = VirtualCluster(model, attrgetter("seconds"), rng)
    with tempfile.TemporaryDirectory(prefix="evonas-simulate-") as folder, cluster:
        directory = RunDirectory.create(Path(folder) / "run", resolved.config_text)
        plan = make_plan(resolved, directory, evaluator)
        assert plan.strategy is not None  # islands are refused before
        strategy = TimedStrategy(plan.strategy)
        plan = replace(
            plan, strategy=strategy, final=None, export=None, measure_front=None
        )
        with Session(directory, plan, cluster, stop=stop, observer=observer) as session:
            cluster.begin()
            try:
                finish = session.run()
                # what the manager did with the last results takes time, too
                cluster.wait(0.0)
            except LostWorkerError:
                raise ConfigError(
                    f"--failures {model.failures:g}: expected workers that outlive the "
                    f"search, got none left after {cluster.clock.now():.0f} s and "
                    f"{session.state.accounting.evaluations} evaluations; lower it, or "
                    "make the search shorter"
                ) from None
    if not finish.finished:
        return None
    accounting = finish.summary.state.accounting
    return figures_of(
        cluster,
        mode=mode,
        evaluations=accounting.evaluations,
        ask_seconds=strategy.ask_seconds,
        tell_seconds=strategy.tell_seconds,
        ended=finish.summary.reason,
        outcomes=dict(accounting.outcomes),
    )


def _without_limit(resolved: Resolved) -> Config:
    fidelity = resolved.config.fidelity.model_dump(mode="json")
    return resolved.config.replaced(fidelity={**fidelity, "time_limit_seconds": None})
