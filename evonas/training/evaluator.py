"""The evaluator that trains: a request becomes a network, a training and a record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch

from evonas.architecture import training_memory_bytes
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError
from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.network import Network, build, load_into, load_state, save, transfer
from evonas.tasks import Metric, Task, TaskSettings, find_metric, open_task
from evonas.training.data import DeviceData
from evonas.training.losses import Loss, default_loss, user_loss
from evonas.training.measuring import latency_seconds, measure
from evonas.training.memory_format import use_channels_last
from evonas.training.metadata import (
    stored_architecture,
    stored_fidelity,
    weights_metadata,
)
from evonas.training.settings import TrainingSettings
from evonas.training.trainer import StoppedError, Training


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
            attempt = _Attempt(self, request, started)
            outcome, error = attempt.run()
        if outcome is Outcome.OUT_OF_MEMORY and self.device.type == "cuda":
            torch.cuda.empty_cache()
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
        )

    def latency_seconds(self, candidate: Candidate) -> float:
        """Time of one sample through a candidate that nothing was trained of."""
        with _own_torch_state(self.settings.threads, self.device):
            network = build(candidate.architecture, self.task.input_shape, 0)
            network.to(self.device)
            use_channels_last(network)
            return latency_seconds(network, self.data)

    def _check(self, request: Request) -> None:
        if request.keep_weights and self.settings.weights_directory is None:
            raise ConfigError(
                f"request {request.request_id} wants its weights kept, but the "
                "evaluator has no weights_directory; name one in its settings"
            )
        if request.inherit and self.settings.weights_directory is None:
            raise ConfigError(
                f"request {request.request_id} inherits weights, but the evaluator has "
                "no weights_directory; name one in its settings"
            )
        if request.resume is not None and self.settings.weights_directory is None:
            raise ConfigError(
                f"request {request.request_id} resumes a stored training, but the "
                "evaluator has no weights_directory; name one in its settings"
            )
        if (request.resume is not None and request.purpose != "final") or request.read:
            raise ConfigError(
                f"request {request.request_id}: expected a training from its start, or "
                "the test of a stored one, and no readings, got "
                f"resume={request.resume!r} and read={list(request.read)}, which "
                "TrainingEvaluator does not offer; leave both empty"
            )


class _Attempt:
    """One evaluation under way, with what is known of it so far."""

    def __init__(
        self, evaluator: TrainingEvaluator, request: Request, started: float
    ) -> None:
        self.evaluator = evaluator
        self.request = request
        self.started = started
        self.metrics: dict[str, float] = {}
        self.curve: list[dict[str, float]] = []
        self.cost: dict[str, float] = {}
        self.weights: str | None = None

    def run(self) -> tuple[Outcome, str]:
        """Evaluate; how it ended and, unless well, why."""
        try:
            self._train(self._build())
        except StoppedError as stopped:
            return stopped.outcome, str(stopped)
        except Exception as error:
            if is_out_of_memory(error):
                return Outcome.OUT_OF_MEMORY, str(error)
            return Outcome.CRASHED, traceback.format_exc()
        return Outcome.OK, ""

    def _build(self) -> Network:
        """The network, ready on the device; whatever fails makes it invalid."""
        evaluator, candidate = self.evaluator, self.request.candidate
        shape, outputs = evaluator.task.input_shape, evaluator.task.outputs
        try:
            architecture, recipe = candidate.architecture, candidate.recipe
            given = architecture.shapes(shape)[architecture.order()[-1]]
            if given != (outputs,):
                raise ArchitectureError(
                    f"the network gives {given} for an input of {shape}, but task "
                    f"{evaluator.task.name} needs ({outputs},)"
                )
            cost = architecture.cost(shape)
            self.cost = {
                "parameters": cost.parameters,
                "multiply_adds": cost.multiply_adds,
                "training_memory_bytes": training_memory_bytes(
                    cost, recipe.batch_size, recipe.optimizer
                ),
            }
            network = build(architecture, shape, self._seed(0))
        except Exception as error:
            if is_out_of_memory(error):
                raise
            reason = traceback.format_exc()
            if isinstance(error, ArchitectureError):
                reason = str(error)
            raise StoppedError(Outcome.INVALID, reason) from error
        self._inherit(network)
        network.to(evaluator.device)
        use_channels_last(network)
        return network

    def _inherit(self, network: Network) -> None:
        """Take weights over from the request's ancestors, the later ones on top."""
        directory = self.evaluator.settings.weights_directory
        if directory is None:
            return
        for reference in self.request.inherit:
            state, metadata = load_state(directory / f"{reference}.safetensors")
            transfer(state, stored_architecture(metadata)[0], network)

    def _train(self, network: Network) -> None:
        evaluator, request = self.evaluator, self.request
        settings, data = evaluator.settings, evaluator.data
        searching = request.purpose != "final"
        latency_limit = settings.latency_limit_seconds if searching else None
        if settings.latency or latency_limit is not None:
            self._time(network, latency_limit)
        judged_by = evaluator.user_loss or default_loss(
            evaluator.task.kind, class_weights=data.class_weights
        )
        values: dict[str, float] = {}
        if request.resume is None:
            values = self._fit(network, judged_by)
        else:
            self._restore(network, request.resume)
        self.metrics |= values or measure(
            network, data, data.validation, evaluator.metrics, judged_by, "validation"
        )
        if request.purpose == "final":
            self.metrics |= measure(
                network, data, data.test(), evaluator.metrics, judged_by, "test"
            )
        if request.keep_weights:
            self._keep(network)

    def _fit(self, network: Network, judged_by: Loss) -> dict[str, float]:
        """Train from the start; what validation says in the end, if there was a step.

        The curve has what it said after every epoch.
        """
        evaluator, request = self.evaluator, self.request
        data, recipe = evaluator.data, request.candidate.recipe
        limit = evaluator.settings.time_limit_seconds
        if limit is None or request.purpose == "final":
            deadline = None
        else:
            deadline = self.started + limit
        torch.manual_seed(self._seed(1))  # of dropout
        training = Training(
            network,
            data,
            recipe,
            request.fidelity,
            evaluator.user_loss
            or default_loss(
                evaluator.task.kind, recipe.label_smoothing, data.class_weights
            ),
            self._seed(2),
            deadline,
        )
        values: dict[str, float] = {}
        for epoch, training_loss in training.epochs():
            values = measure(
                network,
                data,
                data.validation,
                evaluator.metrics,
                judged_by,
                "validation",
            )
            self.curve.append(
                {"epoch": epoch, "training_loss": training_loss, **values}
            )
        return values

    def _restore(self, network: Network, reference: str) -> None:
        """Take over the weights of the same training, which has come to its end.

        Raises:
            ConfigError: it has not, or nobody knows.
        """
        directory = self.evaluator.settings.weights_directory
        assert directory is not None  # the request was checked for it
        path = directory / f"{reference}.safetensors"
        found = stored_fidelity(load_into(network, path))
        if found != self.request.fidelity:
            raise ConfigError(
                f"{path}: expected weights trained to {self.request.fidelity}, got "
                f"{found or 'some that do not say'}; train the candidate again"
            )

    def _time(self, network: Network, limit: float | None) -> None:
        """Measure the latency, and stop where it is over the limit."""
        seconds = latency_seconds(network, self.evaluator.data)
        self.metrics["latency_seconds"] = seconds
        if limit is not None and seconds > limit:
            raise StoppedError(
                Outcome.INVALID,
                f"one sample takes {seconds:.3g} s, the limit is {limit:.3g} s",
            )

    def _keep(self, network: Network) -> None:
        """Store the weights under a name that no other request has."""
        directory = self.evaluator.settings.weights_directory
        assert directory is not None  # the request was checked for it
        key = self.request.candidate.key()
        reference = f"{self.request.request_id}-{key[:12]}"
        directory.mkdir(parents=True, exist_ok=True)
        save(
            network,
            directory / f"{reference}.safetensors",
            weights_metadata(
                self.request.candidate, self.evaluator.data, self.request.fidelity
            ),
        )
        self.weights = reference

    def _seed(self, use: int) -> int:
        """The request's seed for one of its uses, so that their draws differ."""
        seeds = np.random.SeedSequence(self.request.seed).generate_state(3, np.uint64)
        return int(seeds[use] >> np.uint64(1))


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


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on a device or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # Torch's allocator on the host raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


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
