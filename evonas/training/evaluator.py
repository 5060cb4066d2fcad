"""The evaluator that trains: a request becomes a network, a training and a record."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch

from evonas.architecture import scaled_width, training_memory_bytes
from evonas.candidate import Candidate
from evonas.errors import ConfigError
from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
from evonas.network import Network, build
from evonas.tasks import Metric, Task, TaskSettings, find_metric, open_task
from evonas.training.attempt import Attempt, in_parts
from evonas.training.data import DeviceData
from evonas.training.energy import energy_counter
from evonas.training.extent import Extent
from evonas.training.judging import Estimate, memory_bytes
from evonas.training.losses import Loss, default_loss, user_loss
from evonas.training.measuring import Measure
from evonas.training.memory_format import use_channels_last
from evonas.training.precision import Precision
from evonas.training.prediction import Calibration, workload
from evonas.training.settings import TrainingSettings
from evonas.training.sharing import shared_device
from evonas.training.view import InputView, viewed_shape


class TrainingEvaluator(Evaluator):
    """Trains candidates on one task, on one device.

    **Equal requests give equal metrics** on a CPU with the same number of threads,
    whatever ran before in the process; torch's global generator and thread count are
    left as they were. **Test data are read** only for a request of purpose `final`.

    Args:
        task: what to train on.
        settings: how to train, beside the recipe.
    """

    def __init__(self, task: Task, settings: TrainingSettings) -> None:
        self.task = task
        self.settings = settings
        self.device = find_device(settings.device)
        self.metrics = (
            task.measure,
            *(_extra_metric(name, task) for name in settings.metrics),
        )
        self.user_loss = user_loss(settings.loss) if settings.loss else None
        self.available_bytes = memory_bytes(self.device, settings.memory_limit_bytes)
        self.shared = shared_device(self.device)
        self.calibration = Calibration()
        self.precision = Precision(settings.precision, self.device)
        self.joules = energy_counter(self.device) if settings.energy else None

    @cached_property
    def data(self) -> DeviceData:
        """The task's data on the device, placed there at the first request."""
        settings = self.settings
        return DeviceData(
            self.task, self.device, settings.split_seed, settings.validation_share
        )

    def evaluate(self, request: Request) -> Record:
        """Train and measure one candidate; whatever goes wrong is an outcome.

        Raises:
            ConfigError: the request wants something that this evaluator cannot do.
        """
        self._check(request)
        started = time.monotonic()
        with _own_torch_state(self.settings.threads, self.device):
            try:
                attempt, outcome, error = self._try(request, started)
            finally:
                if self.shared is not None:
                    self.shared.release(self._free_memory)
        return Record(
            request.request_id,
            request.candidate.key(),
            request.fidelity,
            outcome,
            metrics=attempt.metrics if outcome is Outcome.OK else {},
            curve=tuple(attempt.curve),
            cost=attempt.cost,
            weights=attempt.weights,
            seconds=time.monotonic() - started,
            error=error,
            notes=tuple(attempt.notes),
            tested=attempt.tested,
        )

    def latency_seconds(self, candidate: Candidate) -> float:
        """Time of one sample through a candidate that nothing was trained of."""
        with _own_torch_state(self.settings.threads, self.device):
            return self.untrained(candidate).latency_seconds(1)

    def untrained(self, candidate: Candidate) -> Measure:
        """Measures a candidate's network as it is built, at full resolution and width.

        Args:
            candidate: the weights do not matter: they are always the same.
        """
        network = build(candidate.architecture, self.task.input_shape, 0)
        network.to(self.device)
        use_channels_last(network)
        view = InputView(self.data, candidate.recipe, Fidelity())
        return self.measure(network, view)

    def measure(self, network: Network, view: InputView) -> Measure:
        """Measures a network with this evaluator's metrics, loss and precision."""
        return Measure(
            network, self.data, view, self.metrics, self.loss(), self.precision
        )

    def estimate(self, request: Request) -> Estimate:
        """What the training of a request will need, without running it.

        Args:
            request: from its start; a stored training is not looked at.
        """
        fidelity, recipe = request.fidelity, request.candidate.recipe
        architecture = scaled_width(request.candidate.architecture, fidelity.width)
        shape = viewed_shape(self.task.input_shape, fidelity.resolution)
        extent = Extent.of(recipe, fidelity, len(self.data.train_positions))
        work = workload(
            architecture,
            shape,
            recipe,
            steps=extent.total_steps,
            batch_size=extent.batch_size,
            measured=len(extent.marks()) * len(self.data.validation.targets),
        )
        cost = architecture.cost(shape)
        return Estimate(
            cost.parameters,
            cost.multiply_adds,
            training_memory_bytes(cost, extent.batch_size, recipe.optimizer),
            self.calibration.predict(work),
        )

    def loss(self, label_smoothing: float = 0.0) -> Loss:
        """What a training makes small, and what it is judged by (without smoothing)."""
        return self.user_loss or default_loss(
            self.task.kind, label_smoothing, self.data.class_weights
        )

    def _try(self, request: Request, started: float) -> tuple[Attempt, Outcome, str]:
        """Train; once more with batches in two parts where memory ran out."""
        attempt = Attempt(self, request, started)
        outcome, error = attempt.run()
        if outcome is Outcome.OUT_OF_MEMORY:
            # The failed attempt's network is garbage now, and the device's as well.
            waited = attempt.waited
            del attempt
            self._free_memory()
            size = request.candidate.recipe.batch_size
            attempt = Attempt(self, request, started, parts=2, waited=waited)
            attempt.notes.append(
                f"memory ran out at a batch of {size}: {in_parts(size)}"
            )
            outcome, error = attempt.run()
            if outcome is Outcome.OUT_OF_MEMORY:
                self._free_memory()
        return attempt, outcome, error

    def _free_memory(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _check(self, request: Request) -> None:
        wishes = {
            "wants its weights kept": request.keep_weights,
            "inherits weights": bool(request.inherit),
            "goes on from a stored training": request.resume is not None,
        }
        for wish, wished in wishes.items():
            if wished and self.settings.weights_directory is None:
                raise ConfigError(
                    f"request {request.request_id} {wish}, but the evaluator has no "
                    "weights_directory; name one in its settings"
                )
        if request.resume is not None and request.inherit:
            raise ConfigError(
                f"request {request.request_id}: expected `resume` or `inherit`, got "
                "both; a training that goes on has its weights already"
            )
        if request.read:
            raise ConfigError(
                f"request {request.request_id}: expected no readings, got "
                f"read={list(request.read)}, which TrainingEvaluator does not offer; "
                "leave it empty"
            )


def from_settings(settings: Mapping[str, Any]) -> TrainingEvaluator:
    """The evaluator of plain JSON settings, for `EvaluatorHandle`.

    Args:
        settings: `task`, the task's section, whose split is used; and the fields of
            `TrainingSettings`.
    """
    rest = dict(settings)
    task = TaskSettings.from_json(rest.pop("task"))
    rest.setdefault("split_seed", task.split_seed)
    rest.setdefault("validation_share", task.validation_share)
    return TrainingEvaluator(open_task(task), TrainingSettings.from_json(rest))


def find_device(name: str) -> torch.device:
    """The device of a setting: "auto", "cpu", "cuda" or "cuda:<number>".

    Raises:
        ConfigError: no such device here.
    """
    count = torch.cuda.device_count()
    if name == "auto":
        name = "cuda" if count else "cpu"
    known = ["cpu", *(["cuda"] if count else []), *(f"cuda:{n}" for n in range(count))]
    if name not in known:
        raise ConfigError(
            f"device: expected auto or one of {', '.join(known)} on this machine, "
            f"got {name!r}"
        )
    return torch.device(name)


def _extra_metric(name: str, task: Task) -> Metric:
    metric = find_metric(name, "metrics")
    if metric.kind != task.kind:
        raise ConfigError(
            f"metrics: {name!r} is for {metric.kind}, but {task.name} is a {task.kind} "
            "task; remove it"
        )
    return metric


@contextmanager
def _own_torch_state(threads: int, device: torch.device) -> Iterator[None]:
    """Threads set and the global generators free to use; both put back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        torch.set_num_threads(before)
