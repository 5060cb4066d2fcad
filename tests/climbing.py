"""Playing a scheduled search without training: curves, made-up networks, strategies."""

from __future__ import annotations

import dataclasses
from typing import Any

from searching import context, luck, record

from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.search import (
    SCHEDULERS,
    STRATEGIES,
    CoDeepNEAT,
    CoDeepNEATSettings,
    RandomSearch,
    RandomSettings,
    SearchStrategy,
    StrategyContext,
    schedule,
)
from evonas.search.schedulers import RungSettings

#: CoDeepNEAT whose generations are over soon
SMALL: dict[str, Any] = {
    "networks": 5,
    "modules": {"size": 6, "species": 2},
    "blueprints": {"size": 4, "species": 2},
    "tries": 10,
}

#: rungs of 1, 3 and 9 epochs
FULL = Fidelity(9.0)


def any_request() -> Request:
    """A request as random search asks it, number 40."""
    (asked,) = RandomSearch(RandomSettings(), context()).ask(1)
    return dataclasses.replace(asked, request_id=40)


def inner_strategy(name: str, problem: StrategyContext) -> SearchStrategy:
    """Random search, BOHB's model, or CoDeepNEAT in one of its modes."""
    if name == "random":
        return RandomSearch(RandomSettings(tries=60), problem)
    if name == "bohb":
        entry = STRATEGIES[name]
        settings = entry.settings(draws=2, least_results=3, random_share=0.2, tries=30)
        return entry.make(settings, problem)
    return CoDeepNEAT(CoDeepNEATSettings(**SMALL, mode=name), problem)  # type: ignore[arg-type]


def under(
    scheduler: str, inner: SearchStrategy, problem: StrategyContext, **keys: Any
) -> SearchStrategy:
    """A strategy under a scheduler with these settings."""
    settings = SCHEDULERS[scheduler].settings(**keys)
    assert isinstance(settings, RungSettings)
    filled = type(settings)(**settings.filled(problem.fidelity.epochs))
    return schedule(inner, scheduler, filled, problem)


def scheduled(
    scheduler: str, inner: str = "random", seed: int = 0, **keys: Any
) -> SearchStrategy:
    """A search over a table with rungs of 1, 3 and 9 epochs."""
    metrics = keys.pop("metrics", ("validation_accuracy",))
    problem = dataclasses.replace(
        context(seed, metrics=metrics, **keys.pop("space", {})), fidelity=FULL
    )
    return under(scheduler, inner_strategy(inner, problem), problem, **keys)


def accuracy(request: Request, epochs: float) -> float:
    """What a network has learned after so many epochs.

    Networks differ in what they can learn and in how fast, so that short trainings
    mislead now and then.
    """
    quality = luck(request)
    speed = 0.3 + 0.7 * (int(request.candidate.key()[8:16], 16) / 2**32)
    return quality * (1.0 - (1.0 + speed * epochs) ** -1.5)


def trained(request: Request, failing: int = 0) -> Record:
    """The record of a training that is equal however often it was interrupted.

    Args:
        request: asked.
        failing: one network in so many diverges after 2 epochs; 0: none.
    """
    epochs = request.fidelity.epochs
    if failing and int(request.candidate.key()[:8], 16) % failing == 0 and epochs > 2:
        return record(request, Outcome.DIVERGED)
    first = request.resumed.epochs if request.resumed is not None else 0.0
    passed = range(int(first) + 1, int(epochs) + 1)
    points = [
        {"epoch": float(n), "validation_accuracy": accuracy(request, n)} for n in passed
    ]
    return record(request, accuracy(request, epochs)).at(
        curve=tuple(points), weights=f"{request.request_id}-weights"
    )


def number_of(request: Request) -> int:
    """The request that the candidate began with."""
    found: int = request.origin["scheduler"]["first"]
    return found


def rung_of(request: Request) -> int:
    """The rung that it leads to."""
    found: int = request.origin["scheduler"]["rung"]
    return found
