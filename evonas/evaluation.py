"""What is asked and what comes back: fidelity, request, record, outcome.

The same four types serve training, tables and a user's own function, so that a strategy
never knows who evaluates.
"""

from __future__ import annotations

import importlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

from evonas.candidate import Candidate
from evonas.errors import ConfigError

Purpose = Literal["search", "audit", "final", "retrain"]


class Outcome(StrEnum):
    """How an evaluation ended. Each has its own policy, see the properties."""

    OK = "ok"
    #: cannot be built, or exceeds a limit: nothing was trained
    INVALID = "invalid"
    #: the loss became NaN or exploded
    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out_of_memory"
    #: the request's time limit passed
    TIMED_OUT = "timed_out"
    #: the evaluation raised, or its process died
    CRASHED = "crashed"
    #: the worker vanished with its request
    LOST = "lost"
    #: the run stopped it (wall time, signal)
    PREEMPTED = "preempted"

    @property
    def retried(self) -> bool:
        """Whether the request is issued again: it says nothing about the candidate."""
        return self in (Outcome.LOST, Outcome.PREEMPTED)


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How much one evaluation may use.

    Attributes:
        epochs: passes over the (shared) training data.
        data_share: share of the training data, (0, 1].
        resolution: side of the maps that networks read, as a share of the data's side,
            (0, 1]; images and series only. Networks are built for the smaller maps.
        width: channels and units of every layer but those that give the output, as a
            share of the architecture's own, (0, 1].
    """

    epochs: float = 1.0
    data_share: float = 1.0
    resolution: float = 1.0
    width: float = 1.0

    def __post_init__(self) -> None:
        for name in ("resolution", "width"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ConfigError(
                    f"fidelity.{name}: expected a share above 0 and up to 1, got "
                    f"{value!r}"
                )

    @property
    def effort(self) -> float:
        """Epochs over all of the training data that this amounts to.

        They count alike at any resolution and width: a training that goes on with
        larger maps or more channels keeps the epochs that it has, so that only then do
        efforts add up. What an epoch costs is `epoch_cost`.
        """
        return self.epochs * self.data_share

    @property
    def epoch_cost(self) -> float:
        """About what an epoch costs, as a share of one at full resolution and width.

        For estimates: the work of a convolution grows with the square of either.
        """
        return (self.resolution * self.width) ** 2

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        # every request and record has one, and `asdict` takes ten times as long
        return {
            "epochs": self.epochs,
            "data_share": self.data_share,
            "resolution": self.resolution,
            "width": self.width,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fidelity:
        """The inverse of `to_json`; absent fields take their defaults."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Request:
    """One evaluation asked for.

    **Going on.** With `resume` an evaluation goes on with the candidate's own stored
    training. `fidelity` is then all that is reached in the end, not what is added:

    - at the very fidelity that the training has reached, nothing is trained; the
      network is measured as it is stored (and tested for purpose `final`);
    - with more of anything, what is missing is trained, by the candidate's own recipe;
    - a training that would have to be shortened is refused.

    Ask with the seed of the first request: where the stored training is gone, the
    training begins anew from that seed. So may an evaluator that cannot go on.

    Attributes:
        request_id: number within its run: the strategy counts from 0 up, what no
            strategy asks for (`final`, `retrain`) from −1 down, so that the two never
            meet.
        candidate: what to evaluate.
        fidelity: how much the evaluation may use.
        seed: of initial weights and data order, 63 bits.
        purpose: `search`; `audit` (a refused candidate trained all the same); `final`
            (a full training, or what `resume` names, and the test of it); `retrain` (a
            full training like a final one, without the test).
        inherit: references of stored weights of ancestors to start from.
        resume: reference of this candidate's own stored training to go on with, see
            above: the `weights` of its record; None: a training from its start.
        resumed: the fidelity of that record, so that what the request adds is known
            without the file; None without `resume`.
        keep_weights: store the trained weights, with what `resume` needs to go on, and
            give their reference in the record.
        read: markings of layers whose learned values are wanted back.
        origin: the strategy's own note, plain JSON.
    """

    request_id: int
    candidate: Candidate
    fidelity: Fidelity
    seed: int
    purpose: Purpose = "search"
    inherit: tuple[str, ...] = ()
    resume: str | None = None
    resumed: Fidelity | None = None
    keep_weights: bool = False
    read: tuple[str, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def searching(self) -> bool:
        """Whether the search asks for it, rather than a full training after it."""
        return self.purpose in ("search", "audit")

    @property
    def effort(self) -> float:
        """Epochs over all of the training data that it adds to what is trained."""
        return self.fidelity.effort - (self.resumed.effort if self.resumed else 0.0)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "request_id": self.request_id,
            "candidate": self.candidate.to_json(),
            "fidelity": self.fidelity.to_json(),
            "seed": self.seed,
            "purpose": self.purpose,
            "inherit": list(self.inherit),
            "resume": self.resume,
            "resumed": None if self.resumed is None else self.resumed.to_json(),
            "keep_weights": self.keep_weights,
            "read": list(self.read),
            "origin": dict(self.origin),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """The inverse of `to_json`."""
        resumed = data.get("resumed")
        return cls(
            **{
                **data,
                "candidate": Candidate.from_json(data["candidate"]),
                "fidelity": Fidelity.from_json(data["fidelity"]),
                "resumed": None if resumed is None else Fidelity.from_json(resumed),
                "inherit": tuple(data["inherit"]),
                "read": tuple(data["read"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What came back from one evaluation.

    Attributes:
        request_id: of the request.
        candidate_key: `Candidate.key()` of what was evaluated.
        fidelity: at which it was evaluated.
        outcome: how it ended.
        metrics: name → value: `validation_<metric>` and `validation_loss`, and
            `latency_seconds`, `energy_joules` where asked for. Finite numbers only.
        curve: one entry an epoch: {"epoch", "training_loss", "validation_<metric>", …}.
        prefix_metrics: metrics at lower fidelities passed on the way: [{"fidelity": …,
            "metrics": …}], so that schedulers need not ask again.
        readings: marking → learned values of that layer (nested lists of floats).
        cost: {"parameters", "multiply_adds", "training_memory_bytes"} of the candidate.
        weights: reference in the weights store, or None.
        seconds: wall time of the evaluation on its worker.
        worker: who evaluated it, as text (`inline`, `process-1`, `rank-3`).
        error: full remote traceback or reason, for every outcome but OK.
        notes: for people: what was done otherwise than asked, and why.
        tested: whether test data were read for it, also where that failed.
        reused: id of the database's record that stands in for a training, with its
            metrics and the seconds that it took where it was done; "": it was evaluated
            for this request.
    """

    request_id: int
    candidate_key: str
    fidelity: Fidelity
    outcome: Outcome
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Mapping[str, float], ...] = ()
    prefix_metrics: tuple[Mapping[str, Any], ...] = ()
    readings: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    weights: str | None = None
    seconds: float = 0.0
    worker: str = ""
    error: str = ""
    notes: tuple[str, ...] = ()
    tested: bool = False
    reused: str = ""

    @property
    def ok(self) -> bool:
        """Whether the metrics can be used."""
        return self.outcome is Outcome.OK

    @property
    def reason(self) -> str:
        """`error` in one line: the last one of a traceback, else the first."""
        lines = self.error.strip().splitlines() or [""]
        return lines[-1 if lines[0].startswith("Traceback ") else 0].strip()

    def value(self, name: str) -> float:
        """A metric or a cost by name; NaN where the record has none."""
        found = self.metrics.get(name, self.cost.get(name, math.nan))
        return float(found)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "request_id": self.request_id,
            "candidate_key": self.candidate_key,
            "fidelity": self.fidelity.to_json(),
            "outcome": self.outcome.value,
            "metrics": dict(self.metrics),
            "curve": [dict(point) for point in self.curve],
            "prefix_metrics": [dict(point) for point in self.prefix_metrics],
            "readings": dict(self.readings),
            "cost": dict(self.cost),
            "weights": self.weights,
            "seconds": self.seconds,
            "worker": self.worker,
            "error": self.error,
            "notes": list(self.notes),
            "tested": self.tested,
            # most runs have none
            **({"reused": self.reused} if self.reused else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        """The inverse of `to_json`."""
        return cls(
            **{
                **data,
                "fidelity": Fidelity.from_json(data["fidelity"]),
                "outcome": Outcome(data["outcome"]),
                "curve": tuple(data["curve"]),
                "prefix_metrics": tuple(data["prefix_metrics"]),
                "notes": tuple(data.get("notes", ())),
            }
        )

    @classmethod
    def failed(
        cls, request: Request, outcome: Outcome, error: str, **more: Any
    ) -> Record:
        """The record of an evaluation that gave no metrics."""
        return cls(
            request.request_id,
            request.candidate.key(),
            request.fidelity,
            outcome,
            error=error,
            **more,
        )

    def at(self, **changes: Any) -> Record:
        """A copy with some fields replaced."""
        return replace(self, **changes)


class Evaluator(ABC):
    """Turns a request into a record; a bad network is an outcome, no exception."""

    @abstractmethod
    def evaluate(self, request: Request) -> Record:
        """Evaluate one request, at its fidelity, with its seed."""

    def predicted_seconds(self, request: Request) -> float | None:
        """Seconds that `evaluate` will take, where that is known; None: it is not.

        Asked in the manager, before a request is given out: nothing is begun that
        cannot end before the session does.

        Args:
            request: to be evaluated.
        """
        return None


class EvaluatorHandle(Evaluator):
    """An evaluator by description, built on first use in the process that evaluates.

    The manager passes handles around without importing what they build (torch, data).

    Args:
        factory: `package.module:function` that makes an `Evaluator` of the settings.
        settings: plain JSON.
    """

    def __init__(self, factory: str, settings: Mapping[str, Any]) -> None:
        self.factory = factory
        self.settings_text = json.dumps(settings, sort_keys=True)

    def evaluate(self, request: Request) -> Record:
        """Build the evaluator if this process has not yet, then evaluate."""
        return _built(self.factory, self.settings_text).evaluate(request)


@lru_cache(maxsize=4)
def _built(factory: str, settings_text: str) -> Evaluator:
    module, _, name = factory.partition(":")
    function: Callable[[Any], Evaluator] = getattr(
        importlib.import_module(module), name
    )
    return function(json.loads(settings_text))
