"""One evaluation under way: from a request to a trained and measured network."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from evonas.architecture import Shape, scaled_width, training_memory_bytes
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError
from evonas.evaluation import Outcome
from evonas.network import Network, build, inherit, load_metadata, load_state
from evonas.training.checkpoint import Checkpoint
from evonas.training.continuing import CONTINUED, go_on, own_metadata
from evonas.training.judging import (
    parts_that_fit,
    refuse_if_too_slow,
    reserved_bytes,
)
from evonas.training.measuring import Measure
from evonas.training.memory_format import use_channels_last
from evonas.training.metadata import (
    stored_architecture,
    stored_recipe,
    weights_metadata,
)
from evonas.training.prediction import Workload, workload
from evonas.training.sharing import CONTEXT_BYTES, WAIT_SECONDS
from evonas.training.state import write_training
from evonas.training.stopped import StoppedError
from evonas.training.trainer import Training
from evonas.training.view import viewed_shape

if TYPE_CHECKING:
    from evonas.evaluation import Request
    from evonas.training.evaluator import TrainingEvaluator

#: how those say it that have no exception of their own
_OUT_OF_MEMORY = (
    "can't allocate memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
)


class Attempt:
    """One evaluation under way, with what is known of it so far.

    Args:
        evaluator: with task, data and settings.
        request: what is asked.
        started: `time.monotonic` of the evaluation's start.
        parts: into which batches are cut to need less memory.
        waited: seconds since the start in which an earlier attempt waited for memory;
            they do not count for the time limit.
    """

    def __init__(
        self,
        evaluator: TrainingEvaluator,
        request: Request,
        started: float,
        parts: int = 1,
        waited: float = 0.0,
    ) -> None:
        self.evaluator = evaluator
        self.request = request
        self.started = started
        self.parts = parts
        self.waited = waited
        self.recipe = request.candidate.recipe
        if not request.searching and request.resume is None:
            self.recipe = replace(self.recipe, **evaluator.settings.final_recipe)
        self.trained = scaled_width(
            request.candidate.architecture, request.fidelity.width
        )
        self.metrics: dict[str, float] = {}
        self.curve: list[dict[str, float]] = []
        self.cost: dict[str, float] = {}
        self.notes: list[str] = []
        self.weights: str | None = None
        self.tested = False

    def run(self) -> tuple[Outcome, str]:
        """Evaluate; how it ended and, unless well, why."""
        try:
            self._keep_recipe()
            self._judge_memory()
            self._await_memory()
            self._train(self._build())
        except StoppedError as stopped:
            return stopped.outcome, str(stopped)
        except Exception as error:
            if is_out_of_memory(error):
                return Outcome.OUT_OF_MEMORY, str(error)
            return Outcome.CRASHED, traceback.format_exc()
        return Outcome.OK, ""

    def _keep_recipe(self) -> None:
        """One that goes on keeps the recipe that it began with, a final one's too."""
        if self.request.resume is None:
            return
        path = self._path(self.request.resume)
        if path.is_file():
            self.recipe = stored_recipe(load_metadata(path))

    @property
    def shape(self) -> Shape:
        """Of one sample as the network reads it."""
        resolution = self.request.fidelity.resolution
        return viewed_shape(self.evaluator.task.input_shape, resolution)

    def _judge_memory(self) -> None:
        """Stop what cannot be, or cannot fit."""
        with _invalid_if_it_fails():
            self._account()
        # A full training is tried whatever it needs.
        if self.request.searching:
            self._cut_batches(self.shape)

    def _await_memory(self) -> None:
        """Let other processes on the device end first where their memory is needed."""
        shared, data = self.evaluator.shared, self.evaluator.data
        if shared is not None:
            self.waited += shared.reserve(
                reserved_bytes(self.trained, self.shape, self.recipe, self.parts),
                CONTEXT_BYTES + data.resident,
                WAIT_SECONDS - self.waited,
            )

    def _build(self) -> Network:
        """The network, ready on the device; what cannot be built is invalid."""
        evaluator = self.evaluator
        with _invalid_if_it_fails():
            network = build(self.trained, self.shape, self._seed(0))
        self._inherit(network)
        network.to(evaluator.device)
        use_channels_last(network)
        return network

    def _account(self) -> None:
        """Check what the network gives, and work out what it costs."""
        task, architecture = self.evaluator.task, self.request.candidate.architecture
        shape = task.input_shape
        given = architecture.shapes(shape)[architecture.order()[-1]]
        if given != (task.outputs,):
            raise ArchitectureError(
                f"the network gives {given} for an input of {shape}, but task "
                f"{task.name} needs ({task.outputs},)"
            )
        cost = architecture.cost(shape)
        self.cost = {
            "parameters": cost.parameters,
            "multiply_adds": cost.multiply_adds,
            "training_memory_bytes": training_memory_bytes(
                cost, self.recipe.batch_size, self.recipe.optimizer
            ),
        }

    def _cut_batches(self, shape: Shape) -> None:
        """Cut batches in two where whole ones cannot fit into the memory."""
        available = self.evaluator.available_bytes
        parts = parts_that_fit(self.trained, shape, self.recipe, self.parts, available)
        if parts > self.parts:
            self.parts = parts
            self.notes.append(
                f"a batch of {self.recipe.batch_size} does not fit into "
                f"{available:,} bytes: {in_parts(self.recipe.batch_size)}"
            )

    def _inherit(self, network: Network) -> None:
        """Take weights over from the request's ancestors, the later ones on top."""
        settled: set[str] = set()
        for reference in self.request.inherit:
            path = self._path(reference)
            if not path.is_file():
                self.notes.append(
                    f"the weights {reference} of an ancestor are gone: trained without"
                )
                continue
            state, metadata = load_state(path)
            architecture, shape = stored_architecture(metadata)
            found = inherit(state, architecture, network, shape=shape, settled=settled)
            settled.update(found.taken)

    def _train(self, network: Network) -> None:
        evaluator, request = self.evaluator, self.request
        settings, data = evaluator.settings, evaluator.data
        searching = request.searching
        latency_limit = settings.latency_limit_seconds if searching else None
        limit = settings.time_limit_seconds if searching else None
        deadline = None if limit is None else self.started + self.waited + limit
        torch.manual_seed(self._seed(1))  # of dropout
        training = Training(
            network,
            data,
            self.recipe,
            request.fidelity,
            evaluator.loss(self.recipe.label_smoothing),
            self._seed(2),
            deadline,
            parts=self.parts,
            keep=request.keep_weights,
            precision=evaluator.precision,
            cuda_graphs=settings.cuda_graphs,
        )
        measure = evaluator.measure(network, training.view)
        if settings.latency or latency_limit is not None:
            self._time(measure, latency_limit)
        checkpoint = None if searching else self._checkpoint()
        if checkpoint is None or not checkpoint.restore(training):
            self._continue(training)
        self._conduct(training, measure, self._judge(training, limit), checkpoint)
        with _averaged(training):
            if request.purpose == "final":
                self.tested = True
                self.metrics |= measure(data.test(), "test")
            if request.keep_weights:
                self._keep(training)
        if checkpoint is not None:
            checkpoint.remove()

    def _conduct(
        self,
        training: Training,
        measure: Measure,
        work: Workload,
        checkpoint: Checkpoint | None,
    ) -> None:
        """Train to the end, measuring every epoch."""
        evaluator = self.evaluator
        joules = 0.0 if evaluator.joules is None else evaluator.joules()
        started, first = time.monotonic(), training.step
        self.curve = training.curve
        values: dict[str, float] = {}
        for epoch, training_loss in training.epochs():
            with _averaged(training):
                values = measure(training.data.validation, "validation")
            self.curve.append(
                {"epoch": epoch, "training_loss": training_loss, **values}
            )
            if checkpoint is not None:
                checkpoint.write(training)
        if training.step > first:
            evaluator.calibration.add(work, time.monotonic() - started)
        # Where a training had come to its end before there is nothing to tell.
        if evaluator.joules is not None and (training.step > first or first == 0):
            self.metrics["energy_joules"] = evaluator.joules() - joules
        if not values:  # there was nothing to train
            with _averaged(training):
                values = measure(training.data.validation, "validation")
        self.metrics |= values

    def _checkpoint(self) -> Checkpoint | None:
        """Of a full training, where there is a folder for it."""
        settings, request = self.evaluator.settings, self.request
        if settings.weights_directory is None:
            return None
        identity = {
            **own_metadata(self.evaluator, request),
            "request": request.to_json(),
            "recipe": self.recipe.to_json(),
            "parts": self.parts,
            "device": self.evaluator.device.type,
            "precision": str(self.evaluator.precision.dtype),
            "threads": settings.threads,
            "loss": settings.loss,
        }
        return Checkpoint(self._path(self._reference), identity)

    @property
    def _reference(self) -> str:
        """A name that no other request has."""
        return f"{self.request.request_id}-{self.request.candidate.key()[:12]}"

    def _judge(self, training: Training, limit: float | None) -> Workload:
        """What is left to do; stop where that cannot end in time."""
        evaluator = self.evaluator
        work = workload(
            self.trained,
            training.view.shape,
            self.recipe,
            steps=training.total_steps - training.step,
            batch_size=training.batch_size,
            measured=len(training.marks()) * len(evaluator.data.validation.targets),
        )
        if limit is not None and evaluator.calibration.trusted:
            left = self.started + self.waited + limit - time.monotonic()
            refuse_if_too_slow(evaluator.calibration.predict(work), left, limit)
        return work

    def _continue(self, training: Training) -> None:
        """Go on from the request's stored training, where it has one."""
        reference = self.request.resume
        if reference is None:
            return
        path = self._path(reference)
        if path.is_file():
            own = own_metadata(self.evaluator, self.request)
            go_on(training, self.request, path, own)
        else:
            self.notes.append(
                f"the stored training {reference} is gone: trained from the start"
            )

    def _time(self, measure: Measure, limit: float | None) -> None:
        """Measure the latency, and stop where it is over the limit.

        It is the candidate's own, whatever the width or resolution that it is trained
        at.
        """
        fidelity = self.request.fidelity
        if (fidelity.resolution, fidelity.width) != (1, 1):
            measure = self.evaluator.untrained(self.request.candidate)
        seconds = measure.latency_seconds(1)
        self.metrics["latency_seconds"] = seconds
        whole = measure.latency_seconds(self.recipe.batch_size)
        self.metrics["latency_batch_seconds"] = whole
        if limit is not None and seconds > limit:
            raise StoppedError(
                Outcome.INVALID,
                f"one sample takes {seconds:.3g} s, the limit is {limit:.3g} s",
            )

    def _keep(self, training: Training) -> None:
        """Store weights and training."""
        request, evaluator = self.request, self.evaluator
        path = self._path(self._reference)
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = weights_metadata(
            Candidate(self.trained, self.recipe),
            evaluator.data,
            training.view,
            request.fidelity,
        )
        # Where there are no steps, there is nothing to go on from.
        states = {} if training.kept is None else {CONTINUED: training.kept}
        write_training(
            path,
            training.network.state_dict(),
            states,
            metadata | own_metadata(evaluator, request),
        )
        self.weights = self._reference

    def _path(self, reference: str) -> Path:
        directory = self.evaluator.settings.weights_directory
        assert directory is not None  # the request was checked for it
        return directory / f"{reference}.safetensors"

    def _seed(self, use: int) -> int:
        """The request's seed for one of its uses, so that their draws differ."""
        seeds = np.random.SeedSequence(self.request.seed).generate_state(3, np.uint64)
        return int(seeds[use] >> np.uint64(1))


@contextmanager
def _invalid_if_it_fails() -> Iterator[None]:
    """Whatever fails inside makes the candidate invalid, unless memory ran out."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise
        reason = traceback.format_exc()
        if isinstance(error, ArchitectureError):
            reason = str(error)
        raise StoppedError(Outcome.INVALID, reason) from error


def in_parts(batch_size: int) -> str:
    """How a batch is cut in two, for notes."""
    return (
        "each step adds up the gradients of two parts of at most "
        f"{math.ceil(batch_size / 2)} samples"
    )


def _averaged(training: Training) -> AbstractContextManager[None]:
    """The network with its averaged weights, where the recipe has an average."""
    return nullcontext() if training.average is None else training.average.applied()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on a device or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # Torch's allocator on the host and the libraries of a GPU, whose memory others may
    # have taken, raise a plain RuntimeError.
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in _OUT_OF_MEMORY
    )
