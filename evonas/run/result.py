"""The content of `result.json` (its keys are fixed; more may join)."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from evonas.population import gains
from evonas.run.incumbents import Incumbent
from evonas.run.savings import saved
from evonas.run.state import RunState

_PACKAGES = ("evonas", "torch", "numpy", "networkx", "deap", "mpi4py", "pydantic")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def network_summary(state: RunState, found: Incumbent) -> dict[str, Any]:
    """One network as `result.json` tells it.

    `fitness` is the one it was selected by; `metrics` and `fidelity` are those of its
    final training where it had one, with the test metric in it. Of a table's cell it
    tells the cell, too.
    """
    record, request = found.record, found.request
    final = state.final_of(found)
    shown = record if final is None else final.record
    values = gains(state.incumbents.objectives[:1], record)
    cell = request.candidate.cell
    return {
        "id": record.request_id,
        **({} if cell is None else {"cell": cell.to_json()}),
        "fingerprint": request.candidate.architecture.fingerprint(),
        "fitness": None if values is None else values[0],
        "metrics": dict(shown.metrics),
        "parameters": record.cost.get("parameters"),
        "multiply_adds": record.cost.get("multiply_adds"),
        "fidelity": shown.fidelity.to_json(),
        "search_metrics": dict(record.metrics),
        "search_fidelity": record.fidelity.to_json(),
        "weights": shown.weights,
    }


def result(
    state: RunState,
    *,
    seed: int,
    finished: bool,
    exported: Mapping[str, Any] | None,
    failure: str = "",
    measure_front: Callable[[Sequence[Incumbent]], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The whole content of `result.json`.

    Args:
        state: of the run.
        seed: of the configuration.
        finished: whether search, final training and export are done.
        exported: `id` and `weights` of the network in the export folder; None: none.
        failure: see `Finish`.
        measure_front: see `Plan`.
    """
    accounting = state.accounting
    report = {} if state.strategy is None else state.strategy.report()
    best, front = state.incumbents.best, state.incumbents.front
    return {
        "status": "finished" if finished else "stopped",
        "reason": state.stopped,
        "detail": state.stopped_detail,
        "failure": failure,
        "seed": seed,
        "evaluations": accounting.evaluations,
        "epochs": accounting.epochs,
        "outcomes": dict(accounting.outcomes),
        "lost": [one.to_json() for one in state.losses],
        "wall_seconds": accounting.elapsed_seconds,
        "utilisation": accounting.utilisation,
        "workers": accounting.workers,
        "worker_seconds": accounting.shares(),
        "saved": saved(accounting, report),
        "best": None if best is None else network_summary(state, best),
        "front": [network_summary(state, one) for one in front],
        "hypervolume": measure_front(front) if measure_front and front else None,
        "exported": None if exported is None else dict(exported),
        "tests": [opening.to_json() for opening in state.openings],
        "constraints": None if state.advisor is None else state.advisor.report(),
        **report,
        "versions": versions(),
    }
