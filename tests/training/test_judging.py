"""What cannot fit is an outcome without being tried."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from small_networks import blobs, branching, convolutional, request

from evonas.evaluation import Outcome
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.judging import memory_bytes, parts_that_fit
from evonas.training.prediction import ENOUGH
from evonas.training.trainer import Training


def _evaluator(**settings: Any) -> TrainingEvaluator:
    return TrainingEvaluator(blobs(), TrainingSettings(device="cpu", **settings))


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is taken while this is in use."""

    def refuse(self: Training) -> torch.Tensor:
        raise AssertionError("a step was taken")

    monkeypatch.setattr(Training, "_take_step", refuse)


def _needed(batch: int) -> int:
    record = _evaluator().evaluate(
        request(convolutional(filters=40), batch_size=batch, procedure="evaluate_only")
    )
    return int(record.cost["training_memory_bytes"])


@pytest.mark.usefixtures("untouched")
def test_what_cannot_fit_into_the_memory_is_not_tried() -> None:
    """The outcome is the same as if it had run out; the record keeps the cost."""
    record = _evaluator(memory_limit_bytes=10_000).evaluate(request())
    assert record.outcome is Outcome.OUT_OF_MEMORY
    assert "there are 10,000; not tried" in record.error
    assert record.cost["training_memory_bytes"] > 10_000


def test_what_fits_in_two_parts_is_trained_so() -> None:
    """Noted in the record; a final training is tried whatever it needs."""
    asked = request(convolutional(filters=40), batch_size=40)
    limit = (_needed(40) + _needed(20)) // 2
    record = _evaluator(memory_limit_bytes=int(limit * 0.8)).evaluate(asked)
    assert record.ok, record.error
    assert "two parts of at most 20 samples" in record.notes[0]
    final = replace(asked, purpose="final")
    assert _evaluator(memory_limit_bytes=1000).evaluate(final).notes == ()


def test_parts_are_kept_where_they_fit() -> None:
    """A training that ran out of memory goes on with its two parts."""
    candidate = request(batch_size=16).candidate
    architecture, recipe = candidate.architecture, candidate.recipe
    assert parts_that_fit(architecture, (1, 8, 8), recipe, 1, 10**9) == 1
    assert parts_that_fit(architecture, (1, 8, 8), recipe, 2, 10**9) == 2


def test_memory_is_the_devices_or_what_the_settings_leave() -> None:
    """Whichever is less."""
    whole = memory_bytes(torch.device("cpu"), None)
    assert whole > 10**8
    assert memory_bytes(torch.device("cpu"), 1000) == 1000
    assert memory_bytes(torch.device("cpu"), whole * 2) == whole


def test_what_is_far_too_slow_is_not_tried_once_the_machine_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before that, and near the limit, it is tried."""
    evaluator = _evaluator(time_limit_seconds=60)
    slow = request(branching(), epochs=3e5)
    for number in range(ENOUGH):
        evaluator.evaluate(request(branching(), number=number))
    assert evaluator.estimate(slow).seconds > 200
    monkeypatch.setattr(Training, "_take_step", None)
    record = evaluator.evaluate(slow)
    assert record.outcome is Outcome.TIMED_OUT
    assert "the limit is 60 s; not tried" in record.error


def test_an_estimate_needs_no_training() -> None:
    """Costs of the network as it is trained: of its width and resolution."""
    evaluator, asked = _evaluator(), request(convolutional())
    whole = evaluator.estimate(asked)
    small = evaluator.estimate(
        replace(asked, fidelity=replace(asked.fidelity, width=0.5))
    )
    assert whole.parameters == asked.candidate.architecture.cost((1, 8, 8)).parameters
    assert small.parameters < whole.parameters
    assert small.training_memory_bytes < whole.training_memory_bytes
    assert 0 < small.seconds < 10
