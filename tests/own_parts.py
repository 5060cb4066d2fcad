"""What a user might bring: evaluators, losses and tasks by `package.module:Name`."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from synthetic import SyntheticEvaluator

from evonas.evaluation import Evaluator, Outcome, Record, Request
from evonas.run.state import weights_reference
from evonas.tasks import Metric, Task


def synthetic(settings: Mapping[str, Any]) -> Evaluator:
    """An evaluator that takes microseconds and needs no torch."""
    assert settings["threads"] >= 1
    return SyntheticEvaluator()


def slow(_: Mapping[str, Any]) -> Evaluator:
    """The same, in a time that lets somebody interrupt it."""
    return SyntheticEvaluator(seconds=0.1)


class Shares(Evaluator):
    """The same as shares from 0 to 1, which an accuracy must be to be kept for long."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """Score the candidate, in a time that lets somebody interrupt it."""
        record = SyntheticEvaluator(seconds=0.02).evaluate(request)
        value = record.metrics["validation_accuracy"]
        return replace(record, metrics={"validation_accuracy": (value + 2) / 4})


class Held(Evaluator):
    """The same; from some request on, evaluations wait for as long as a test wants.

    The folder of the command may have a file `hold` with the number of the first
    request that waits until it is gone. `ranks/` names the processes above those that
    wait or have waited.
    """

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """Score the candidate, perhaps later."""
        hold = Path("hold")
        while hold.exists() and request.request_id >= int(hold.read_text()):
            Path("ranks").mkdir(exist_ok=True)
            Path("ranks", str(os.getppid())).touch()
            time.sleep(0.02)
        return SyntheticEvaluator(seconds=0.05).evaluate(request)


class SlowInItsFirstJob(Evaluator):
    """Slow until the batch job was queued again: the first job cannot finish."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        again = os.environ.get("SLURM_RESTART_COUNT", "0") != "0"
        self._inner = SyntheticEvaluator(seconds=0.0 if again else 0.5)

    def evaluate(self, request: Request) -> Record:
        """Score the candidate."""
        return self._inner.evaluate(request)


class FailsFinally(Evaluator):
    """One whose final trainings diverge."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """Well in the search, and only there."""
        if request.purpose == "final":
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        return SyntheticEvaluator().evaluate(request)


class NeverWell(Evaluator):
    """One that no candidate gets through, most of them for one reason."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """One in five lacks memory, the others diverge, each after its own time."""
        if request.request_id % 5 == 0:
            return Record.failed(request, Outcome.OUT_OF_MEMORY, "no memory left")
        reason = f"the loss became nan by step {request.request_id}"
        return Record.failed(request, Outcome.DIVERGED, reason)


class SomeFail(Evaluator):
    """One that only networks with a batch norm get through."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """The others diverge."""
        layers = request.candidate.architecture.layers
        if not any(layer.op == "batch_norm" for layer in layers):
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        return SyntheticEvaluator().evaluate(request)


class Unmeasured(Evaluator):
    """One that reports its metric under a name of its own."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """Well, but for the name."""
        metrics = {"accuracy": 0.5}
        return SyntheticEvaluator().evaluate(request).at(metrics=metrics)


def failing(_: Mapping[str, Any]) -> Evaluator:
    """One that cannot be built."""
    raise RuntimeError("the licence server does not answer")


class Nothing:
    """No evaluator at all."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings


class ByParameters(Evaluator):
    """An evaluator that a user hands over as an object."""

    def evaluate(self, request: Request) -> Record:
        """The fewer parameters, the better."""
        return SyntheticEvaluator().evaluate(request)


def share_right(outputs: Any, targets: Any) -> float:
    """What accuracy is, by another name."""
    return float((outputs.argmax(1) == targets).mean())


right = Metric("right", "classification", "maximise", share_right)


def noise_task(_: Any) -> Task:
    """A task with nothing to learn."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (80, 6, 6)).astype(np.uint8), np.arange(80) % 2
    return Task.from_arrays(x[:60], y[:60], x[60:], y[60:], name="noise")


def squared(outputs: Any, targets: Any) -> Any:
    """A loss that works on torch tensors without importing torch."""
    wanted = outputs.new_zeros(outputs.shape).scatter_(1, targets[:, None], 1.0)
    return ((outputs - wanted) ** 2).mean()


class Noisy(Evaluator):
    """One whose results depend on the seed, with a test in the end.

    A file `log.txt` in the folder of the command gets a line for each full training and
    each test.
    """

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """A quality of the candidate, and luck."""
        record = SyntheticEvaluator(seconds=self.seconds).evaluate(request)
        luck = float(np.random.default_rng(request.seed).normal(0, 0.03))
        value = 0.8 + record.metrics["validation_accuracy"] / 10 + luck
        metrics = {"validation_accuracy": value}
        if request.purpose == "final":
            metrics["test_accuracy"] = value - 0.01
        if not request.searching:
            with open("log.txt", "a") as file:
                file.write(f"{request.purpose} {request.seed}\n")
        return record.at(metrics=metrics)

    seconds = 0.0


class Counted(Noisy):
    """The same; a file `trained.txt` gets a line for each training of the search.

    A file `die` names the request at which the process is killed, once.
    """

    def evaluate(self, request: Request) -> Record:
        """Write down what is trained."""
        die = Path("die")
        if die.exists() and request.request_id == int(die.read_text()):
            die.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if request.searching:
            with open("trained.txt", "a") as file:
                file.write(f"{request.request_id}\n")
        return super().evaluate(request)


class Keeping(Noisy):
    """The same, with weights for whoever wants them kept (by name alone)."""

    def evaluate(self, request: Request) -> Record:
        """Names the weights of a search's network."""
        record = super().evaluate(request)
        return record.at(weights=weights_reference(request))


class SlowlyNoisy(Noisy):
    """The same, in a time that lets somebody kill it."""

    seconds = 0.2


class Fickle(Noisy):
    """The same, but half of the retrainings diverge."""

    def evaluate(self, request: Request) -> Record:
        """By the seed."""
        if request.purpose == "retrain" and request.seed % 2:
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        return super().evaluate(request)


class NeverAgain(Noisy):
    """The same, but no retraining goes well."""

    def evaluate(self, request: Request) -> Record:
        """Each diverges."""
        if request.purpose == "retrain":
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        return super().evaluate(request)


class EditedMeanwhile(Evaluator):
    """The same; a person edits the set of the run `run` before its 8th network."""

    def __init__(self, _: Mapping[str, Any]) -> None:
        pass

    def evaluate(self, request: Request) -> Record:
        """Score the candidate."""
        from minibench.cli import main

        if request.request_id == 7:
            words = ["--edit", "run", "--from", "mine.yaml"]
            assert main(["constraints", *words]) == 0
        return SyntheticEvaluator().evaluate(request)
