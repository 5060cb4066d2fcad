"""Tests of measuring a network."""

from __future__ import annotations

import math

import numpy as np
import own_learning
import pytest
import torch
from small_networks import blobs, convolutional

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity, Outcome
from evonas.network import Network, build
from evonas.tasks import METRICS, Metric
from evonas.training.data import DeviceData
from evonas.training.losses import default_loss
from evonas.training.measuring import Measure
from evonas.training.stopped import StoppedError
from evonas.training.view import InputView

DATA = DeviceData(blobs(samples=400), torch.device("cpu"), 0, 0.5)
LOSS = default_loss("classification")


def _network() -> Network:
    return build(convolutional(dropout=0.5), DATA.task.input_shape, 0)


def _measure(network: Network, *metrics: Metric) -> Measure:
    view = InputView(DATA, Recipe(), Fidelity())
    return Measure(network, DATA, view, metrics, LOSS)


def test_loss_and_metrics_are_those_of_the_whole_part() -> None:
    """Measured in chunks, in eval mode, equal to one pass over everything."""
    network = _network()
    metrics = (METRICS["accuracy"], METRICS["cross_entropy"])
    values = _measure(network, *metrics)(DATA.test(), "test")
    assert set(values) == {"test_loss", "test_accuracy", "test_cross_entropy"}
    with torch.no_grad():
        inputs = DATA.prepare(torch.from_numpy(DATA.task.x_test))
        outputs = network.eval()(inputs).numpy()
    accuracy = np.mean(outputs.argmax(1) == DATA.task.y_test)
    assert values["test_accuracy"] == pytest.approx(accuracy)
    assert values["test_loss"] == pytest.approx(values["test_cross_entropy"])


def test_outputs_that_are_no_numbers_mean_divergence() -> None:
    """Running statistics may overflow where the training loss did not."""
    network = _network()
    with torch.no_grad():
        next(network.parameters()).fill_(math.nan)
    with pytest.raises(StoppedError, match="validation loss became nan") as caught:
        _measure(network)(DATA.validation, "validation")
    assert caught.value.outcome is Outcome.DIVERGED


def test_a_metric_that_gives_no_number_is_named() -> None:
    """It is the metric's fault, not the network's."""
    measure = _measure(_network(), own_learning.not_a_number)
    with pytest.raises(ValueError, match="metric 'not_a_number' gave nan"):
        measure(DATA.validation, "validation")


def test_latency_is_a_time() -> None:
    """Of one sample or of many, more than there are in the validation data."""
    measure = _measure(_network())
    assert 0 < measure.latency_seconds(1) < 1
    assert 0 < measure.latency_seconds(700) < 10
