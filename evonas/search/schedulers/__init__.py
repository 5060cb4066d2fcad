"""Schedulers: who is trained for how long, whatever the strategy.

`SCHEDULERS` maps the names that configurations use in `fidelity.scheduler` to settings
and policy. `schedule` puts a strategy under one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from evonas.config import Settings
from evonas.search.schedulers.asha import Asha
from evonas.search.schedulers.contender import Yardstick
from evonas.search.schedulers.halving import Halving
from evonas.search.schedulers.policy import Policy
from evonas.search.schedulers.rungs import Bracket, Rungs
from evonas.search.schedulers.scheduled import Scheduled
from evonas.search.schedulers.settings import (
    AshaSettings,
    HalvingSettings,
    HyperbandSettings,
    NoSchedulerSettings,
    RungSettings,
)
from evonas.search.strategy import SearchStrategy, StrategyContext

#: settings, rungs, objectives and the strategy's cohort → policy
MakePolicy = Callable[[Any, Rungs, int, int | None], Policy]


class SchedulerEntry(NamedTuple):
    """One scheduler: how it is set and how its policy is made; None: there is none."""

    settings: type[Settings]
    make: MakePolicy | None


def _halving(
    settings: HalvingSettings, rungs: Rungs, objectives: int, cohort: int | None
) -> Policy:
    candidates = settings.candidates or cohort or rungs.full_size
    return Halving(rungs, [Bracket(0, candidates)], objectives)


def _hyperband(
    _settings: HyperbandSettings, rungs: Rungs, objectives: int, _cohort: int | None
) -> Policy:
    return Halving(rungs, rungs.hyperband(), objectives)


def _asha(
    _settings: AshaSettings, rungs: Rungs, objectives: int, _cohort: int | None
) -> Policy:
    return Asha(rungs, objectives)


SCHEDULERS: dict[str, SchedulerEntry] = {
    "none": SchedulerEntry(NoSchedulerSettings, None),
    "successive_halving": SchedulerEntry(HalvingSettings, _halving),
    "hyperband": SchedulerEntry(HyperbandSettings, _hyperband),
    "asha": SchedulerEntry(AshaSettings, _asha),
}


def schedule(
    inner: SearchStrategy, name: str, settings: Settings, context: StrategyContext
) -> SearchStrategy:
    """A strategy under a scheduler.

    Args:
        inner: the strategy, new.
        name: of the scheduler.
        settings: of the scheduler, `filled`.
        context: that the strategy was made with; its fidelity is the full one.
    """
    make = SCHEDULERS[name].make
    if make is None:
        return inner
    assert isinstance(settings, RungSettings)  # those of every entry with a policy
    rungs = Rungs.below(context.fidelity, settings.rungs, settings.reduction)
    return Scheduled(
        name,
        inner,
        make(settings, rungs, len(context.objectives), inner.cohort),
        Yardstick(rungs, context.objectives, settings.promote_by == "extrapolated"),
        settings.audit_share,
        context.seed,
    )


__all__ = [
    "SCHEDULERS",
    "AshaSettings",
    "HalvingSettings",
    "HyperbandSettings",
    "NoSchedulerSettings",
    "RungSettings",
    "Scheduled",
    "SchedulerEntry",
    "schedule",
]
