"""What is compared: configs that differ in their method and in nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evonas.build import (
    Resolved,
    check_space,
    refuse_islands,
    refuse_reuse,
    resolve,
)
from evonas.config import Config, load_config
from evonas.errors import ConfigError

#: settings that say where things lie, not what a run gives
_PLACES = ("path", "directory", "cache")


@dataclass(frozen=True)
class Contestant:
    """One config of a comparison.

    Attributes:
        name: of the config's file, without its ending.
        resolved: its settings.
        digest: of whatever a run of it depends on, the seed apart; equal for equal
            settings and data.
    """

    name: str
    resolved: Resolved
    digest: str

    @property
    def strategy(self) -> str:
        """Name of its method."""
        return self.resolved.config.strategy.name

    @property
    def metric(self) -> str:
        """What is measured on validation and test data, `accuracy` say."""
        return self.resolved.objectives[0].metric.removeprefix("validation_")


def read_contestants(
    paths: Sequence[Path], overrides: Sequence[str] = (), *, final: bool = False
) -> tuple[Contestant, ...]:
    """Read and check the configs of a comparison.

    Args:
        paths: of the config files, at least one; their names must differ.
        overrides: `dotted.key=value` texts, for all of them.
        final: whether each run's best network is trained finally, as its config says;
            of no effect on tables.

    Raises:
        ConfigError: a config is wrong, or they would not be compared fairly: other
            budgets, other tasks.
        DataError: the data of one are missing or wrong.
    """
    contestants = tuple(_read(path, overrides, final=final) for path in paths)
    names: dict[str, Path] = {}
    for path, one in zip(paths, contestants, strict=True):
        if one.name in names:
            raise ConfigError(
                f"expected configs of different names, since results are told by them, "
                f"got {names[one.name]} and {path}; rename one"
            )
        names[one.name] = path
    for one in contestants:
        _check_alone(one)
    for other in contestants[1:]:
        _check_pair(contestants[0], other)
    _check_trainings(contestants)
    for one in contestants:
        check_space(one.resolved)
    return contestants


def _read(path: Path, overrides: Sequence[str], *, final: bool) -> Contestant:
    return contestant_of(path.stem, load_config(path, overrides), final=final)


def contestant_of(name: str, config: Config, *, final: bool = False) -> Contestant:
    """A config as one of a comparison.

    Args:
        name: that its runs go by.
        config: its settings.
        final: as for `read_contestants`.

    Raises:
        ConfigError: it is wrong, or has islands or results of earlier searches.
        DataError: its data are missing or wrong.
    """
    refuse_islands(config, "a comparison")
    refuse_reuse(config, "a comparison")
    resolved = resolve(config)
    changes: dict[str, Any] = {"seed": 0, "out": None}
    if resolved.table is None and not final:
        changes["final"] = resolved.config.final.model_dump(mode="json") | {"epochs": 0}
    resolved = replace(resolved, config=resolved.config.replaced(**changes))
    return Contestant(name, resolved, _digest(resolved))


def _digest(resolved: Resolved) -> str:
    data = resolved.config.to_json()
    for name in ("out", "seed", "weights", "reuse"):
        del data[name]
    data["task"] = _task(resolved)
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _task(resolved: Resolved) -> dict[str, Any]:
    settings = resolved.config.task.model_dump(mode="json")
    given = {name: value for name, value in settings.items() if name not in _PLACES}
    return {**given, "version": resolved.task.version}


def _check_alone(one: Contestant) -> None:
    """Complain about a config whose incumbents validation does not choose."""
    first = one.resolved.objectives[0].metric
    if not first.startswith("validation_"):
        raise ConfigError(
            f"{one.name}: objectives: expected a validation metric first, by which "
            f"incumbents are chosen, got {first}; put it behind one"
        )


#: setting → its part that must be equal in all configs
_EQUAL: Mapping[str, Callable[[Resolved], Mapping[str, Any]]] = {
    "task": _task,
    "budget": lambda one: one.config.budget.model_dump(mode="json"),
    "objectives": lambda one: {"first": one.objectives[0].metric},
    "final": lambda one: one.config.final.model_dump(mode="json"),
    "workers": lambda one: {"count": one.config.workers},
    "evaluator": lambda one: {"name": one.config.evaluator},
    # of layers, the space is a matter of the method
    "space": lambda one: {} if one.table is None else one.config.space,
}


def _check_pair(first: Contestant, other: Contestant) -> None:
    for setting, part in _EQUAL.items():
        ours, theirs = part(first.resolved), part(other.resolved)
        if ours == theirs:
            continue
        keys = [k for k in {**ours, **theirs} if ours.get(k) != theirs.get(k)]
        found = "; ".join(
            f"{one.name}: {', '.join(f'{key} {values.get(key)}' for key in keys)}"
            for one, values in ((first, ours), (other, theirs))
        )
        raise ConfigError(
            f"{setting}: expected the same in all configs that are compared, got "
            f"{found}; make them equal, with --set for all of them at once"
        )


def _check_trainings(contestants: Sequence[Contestant]) -> None:
    """Complain about a budget that counts trainings of different lengths alike."""
    if contestants[0].resolved.config.budget.evaluations is None:
        return
    lengths = {one.name: _trainings(one.resolved) for one in contestants}
    scheduled = [
        one.name
        for one in contestants
        if one.resolved.config.fidelity.scheduler.name != "none"
    ]
    if scheduled or len(set(lengths.values())) > 1:
        words = "; ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ConfigError(
            "budget.evaluations: expected trainings of one length, or they are no "
            f"equal budget, got {words}; give budget.minutes (or budget.epochs) "
            "instead, and budget.evaluations=null"
        )


def _trainings(resolved: Resolved) -> str:
    scheduler = resolved.config.fidelity.scheduler.name
    under = "" if scheduler == "none" else f" under {scheduler}"
    fidelity = resolved.fidelity
    shares = "".join(
        f", {name} {value:g}"
        for name, value in fidelity.to_json().items()
        if name != "epochs" and value != 1
    )
    return f"{fidelity.epochs:g} epochs{shares}{under}"
