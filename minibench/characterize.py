"""The ProbeNet numbers of a data set, among them its DCN.

The DCN of TAPAS (Istrate et al., arXiv 1806.00250) is the best validation accuracy that
the deep normalized ProbeNet reaches in a few epochs: about how hard the data are, for a
thousandth of what a search costs. Whoever asks gives the evaluator: this room knows
nothing of training.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evonas.candidate import Candidate, Recipe
from evonas.errors import ConfigError, DataError
from evonas.evaluation import Evaluator, Fidelity, Record, Request
from evonas.tasks import Task
from minibench.probenets import (
    DCN_PROBE,
    SIDE,
    probe_resolution,
    probenet,
)
from minibench.problems import Characterisation

#: what a probe reaches: a share of what can be reached at all, so that data sets of one
#: kind can be compared
MEASURED = {"classification": "accuracy", "regression": "r2"}


@dataclass(frozen=True)
class ProbeSettings:
    """How probes are trained; numbers of other settings cannot be compared.

    Attributes:
        epochs: of each training.
        samples: of the training set that are trained on, at most.
        seeds: trainings whose best accuracies are averaged.
    """

    epochs: int = 10
    samples: int = 10_000
    seeds: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "samples", "seeds"):
            if getattr(self, name) < 1:
                raise ConfigError(
                    f"{name}: expected 1 or more, got {getattr(self, name)}"
                )


#: what is done where nothing else is asked for
USUAL = ProbeSettings()

#: without augmentation, of which every modality has another one
RECIPE = Recipe(
    optimizer="adamw", learning_rate=3e-3, weight_decay=1e-4, schedule="cosine"
)


def probe(
    task: Task,
    evaluator: Evaluator,
    names: Sequence[str] = (DCN_PROBE,),
    settings: ProbeSettings = USUAL,
    progress: Callable[[Record], object] = lambda _: None,
) -> tuple[Characterisation, ...]:
    """Train ProbeNets on a task: one number each, and `dcn` for the one that has it.

    Args:
        task: only its training samples are read, some of them to validate.
        evaluator: that trains on this task and measures accuracy, of a regression r2.
        names: of `PROBENETS`.
        settings: of the trainings.
        progress: called after each training.

    Raises:
        ConfigError: a name is unknown.
        DataError: a training failed: it says how.
    """
    found = []
    for name in names:
        request = _request(task, name, settings)
        values: list[float] = []
        for seed in range(settings.seeds):
            record = evaluator.evaluate(
                Request(len(values), request.candidate, request.fidelity, seed)
            )
            progress(record)
            values.append(_best(record, name, task))
        described = _described(task, request, settings)
        value = float(f"{statistics.fmean(values):.6g}")
        found.append(Characterisation(f"probenet.{name}", value, described))
        if name == DCN_PROBE:
            found.append(Characterisation("dcn", value, described))
    return tuple(found)


def trainings(names: Iterable[str], settings: ProbeSettings) -> int:
    """How many trainings `probe` will do."""
    return len(list(names)) * settings.seeds


def _request(task: Task, name: str, settings: ProbeSettings) -> Request:
    size = len(task.split(0).train)
    fidelity = Fidelity(
        epochs=float(settings.epochs),
        data_share=min(1.0, settings.samples / size),
        resolution=probe_resolution(task),
    )
    return Request(0, Candidate(probenet(name, task), RECIPE), fidelity, 0)


def _best(record: Record, name: str, task: Task) -> float:
    """The best value of all epochs, at least 0: what a constant answer has."""
    metric = f"validation_{MEASURED[task.kind]}"
    points = [*record.curve, record.metrics] if record.ok else []
    values = [point[metric] for point in points if metric in point]
    if not values:
        raise DataError(
            f"ProbeNet {name} on {task.name}: expected a training with {metric}, got "
            f"the outcome {record.outcome.value}: {record.reason or 'no such metric'}"
        )
    return max(0.0, *(one for one in values if math.isfinite(one)))


def _described(task: Task, request: Request, settings: ProbeSettings) -> dict[str, Any]:
    """What two numbers must have in common to be compared."""
    return {
        "metric": MEASURED[task.kind],
        "epochs": settings.epochs,
        "samples": settings.samples,
        "seeds": settings.seeds,
        "side": SIDE,
        "recipe": request.candidate.recipe.lasting_json(),
    }
