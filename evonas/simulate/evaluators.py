"""What simulated workers give back: drawn, looked up, or what another run has given."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evonas.architecture import Shape, training_memory_bytes
from evonas.errors import ConfigError
from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import evaluated
from evonas.storage import RunDirectory

#: the made-up fitness is best at so many layers, and falls over so many
_BEST_LAYERS, _SPREAD = 16.0, 12.0
#: how much of it the layers decide; the rest is a property of each candidate
_LAYERS_SHARE = 0.7
#: of its final value, what a training has at its start, and after how much of its
#: length the rest is down to a third
_AT_START, _RISE = 0.5, 0.25


@dataclass(frozen=True, slots=True)
class Timing:
    """Evaluation times with a heavy tail: log-normal.

    Attributes:
        mean: of an evaluation at the search's fidelity, in seconds.
        sigma: standard deviation of the logarithm; 0: all are equal.
        seed: of the draws; a candidate takes the same time whenever it is asked.
    """

    mean: float = 60.0
    sigma: float = 1.0
    seed: int = 0

    def seconds(self, key: str) -> float:
        """How long a candidate takes.

        Args:
            key: of the candidate.
        """
        location = math.log(self.mean) - self.sigma**2 / 2
        return math.exp(location + self.sigma * _generator(self.seed, key).normal())


def _generator(seed: int, text: str) -> np.random.Generator:
    """Draws that depend on a seed and a text alone."""
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8])])


def _share(request: Request, full: Fidelity) -> float:
    """How long a request takes, in evaluations at the search's fidelity."""
    work = request.effort * request.fidelity.epoch_cost
    return work / (full.effort * full.epoch_cost)


class DrawnEvaluator(Evaluator):
    """Draws seconds, and a fitness that a search can climb.

    The fitness has a best depth, a part of each candidate's own, and grows with the
    length of the training; it stands for nothing but a landscape.

    Args:
        timing: of evaluations.
        objectives: every record has them.
        full: fidelity at which the timing holds.
        input_shape: of one sample, for costs that are objectives.
        time_limit_seconds: after which an evaluation counts as timed out.
    """

    def __init__(
        self,
        timing: Timing,
        objectives: Sequence[Objective],
        full: Fidelity,
        input_shape: Shape,
        time_limit_seconds: float | None,
    ) -> None:
        self._timing = timing
        self._objectives = objectives
        self._full = full
        self._input_shape = input_shape
        self._time_limit = time_limit_seconds

    def evaluate(self, request: Request) -> Record:
        """A record that depends on candidate, fidelity and the timing's seed alone."""
        key = request.candidate.key()
        seconds = self._timing.seconds(key) * _share(request, self._full)
        if self._time_limit is not None and seconds > self._time_limit:
            return _timed_out(request, self._time_limit)
        quality = self._quality(request, key)
        costs = self._costs(request)
        return Record(
            request.request_id,
            key,
            request.fidelity,
            Outcome.OK,
            {
                one.metric: quality if one.direction == "maximise" else 1 - quality
                for one in self._objectives
                if one.metric not in costs
            },
            cost=costs,
            # What a scheduler continues; there is no such file.
            weights=f"{request.request_id}-{key[:12]}",
            seconds=seconds,
        )

    def _quality(self, request: Request, key: str) -> float:
        layers = len(request.candidate.architecture.layers)
        depth = math.exp(-(((layers - _BEST_LAYERS) / _SPREAD) ** 2))
        own = _generator(self._timing.seed, f"quality {key}").random()
        best = _LAYERS_SHARE * depth + (1 - _LAYERS_SHARE) * own
        trained = request.fidelity.effort / self._full.effort
        return best * (1 - (1 - _AT_START) * math.exp(-trained / _RISE))

    def _costs(self, request: Request) -> dict[str, float]:
        wanted = {one.metric for one in self._objectives}
        if not wanted & {"parameters", "multiply_adds", "training_memory_bytes"}:
            return {}
        candidate = request.candidate
        found = candidate.architecture.cost(self._input_shape)
        recipe = candidate.recipe
        memory = training_memory_bytes(found, recipe.batch_size, recipe.optimizer)
        return {
            "parameters": float(found.parameters),
            "multiply_adds": float(found.multiply_adds),
            "training_memory_bytes": float(memory),
        }


class TimedEvaluator(Evaluator):
    """What another evaluator gives, with seconds that are drawn.

    Args:
        inner: looks up what counts.
        timing: of evaluations.
        full: fidelity at which it holds.
        time_limit_seconds: after which an evaluation counts as timed out.
    """

    def __init__(
        self,
        inner: Evaluator,
        timing: Timing,
        full: Fidelity,
        time_limit_seconds: float | None,
    ) -> None:
        self._inner = inner
        self._timing = timing
        self._full = full
        self._time_limit = time_limit_seconds

    def evaluate(self, request: Request) -> Record:
        """The inner record; one that is not OK took no time."""
        record = self._inner.evaluate(request)
        if not record.ok:
            return record
        drawn = self._timing.seconds(record.candidate_key)
        seconds = drawn * _share(request, self._full)
        if self._time_limit is not None and seconds > self._time_limit:
            return _timed_out(request, self._time_limit)
        return record.at(seconds=seconds)


class ReplayedEvaluator(Evaluator):
    """Seconds, outcomes and metrics of another run's records.

    A candidate that the run has evaluated gets its own record, any other that of one
    which its key chooses.

    Args:
        directory: of the run.
        objectives: of the search; the records must have them.

    Raises:
        ConfigError: the run has no record of use.
        RunDirectoryError: its journal is damaged.
    """

    def __init__(
        self, directory: RunDirectory, objectives: Sequence[Objective]
    ) -> None:
        asked_and_told = [
            (Request.from_json(request), Record.from_json(record))
            for request, record in evaluated(directory)
        ]
        self._records = [one for one in asked_and_told if _work(one[0]) > 0]
        self._own = {
            record.candidate_key: number
            for number, (_, record) in enumerate(self._records)
        }
        good = [record for _, record in self._records if record.ok]
        if not good or sum(record.seconds for record in good) <= 0:
            raise ConfigError(
                f"--from-run {directory.root}: expected a run with evaluations that "
                f"went well and took time, got {len(good)}; name another run"
            )
        for one in objectives:
            if not all(math.isfinite(record.value(one.metric)) for record in good):
                known = ", ".join(sorted({*good[0].metrics, *good[0].cost}))
                raise ConfigError(
                    f"--from-run {directory.root}: expected records with {one.metric}, "
                    f"which is an objective, got {known}; name a run of the same task"
                )

    def evaluate(self, request: Request) -> Record:
        """What the run has given or could have, longer where more is asked."""
        key = request.candidate.key()
        number = self._own.get(key)
        if number is None:
            number = int(_generator(0, key).integers(len(self._records)))
        asked, record = self._records[number]
        return record.at(
            request_id=request.request_id,
            candidate_key=key,
            fidelity=request.fidelity,
            seconds=record.seconds * _work(request) / _work(asked),
            weights=f"{request.request_id}-{key[:12]}" if record.ok else None,
            curve=(),
            prefix_metrics=(),
            readings={},
        )


def _work(request: Request) -> float:
    return request.effort * request.fidelity.epoch_cost


def _timed_out(request: Request, limit: float) -> Record:
    return Record.failed(
        request,
        Outcome.TIMED_OUT,
        f"it took longer than the limit of {limit:g} s",
        seconds=limit,
    )


def replayed(path: Path, objectives: Sequence[Objective]) -> ReplayedEvaluator:
    """What a run directory's records give.

    Args:
        path: of the run.
        objectives: of the search.

    Raises:
        InputError: it is no run directory, or has nothing of use.
    """
    return ReplayedEvaluator(RunDirectory.open(path), objectives)
