"""Tests of measuring a network."""

from __future__ import annotations

import math

import numpy as np
import own_learning
import pytest
import torch
from small_networks import blobs, convolutional

from evonas.evaluation import Outcome
from evonas.network import Network, build
from evonas.tasks import METRICS
from evonas.training.data import DeviceData
from evonas.training.losses import default_loss
from evonas.training.measuring import latency_seconds, measure
from evonas.training.trainer import StoppedError

DATA = DeviceData(blobs(samples=400), torch.device("cpu"), 0, 0.5)
LOSS = default_loss("classification")


def _network() -> Network:
    return build(convolutional(dropout=0.5), DATA.task.input_shape, 0)


def test_loss_and_metrics_are_those_of_the_whole_part() -> None:
    """Measured in chunks, in eval mode, equal to one pass over everything."""
    network = _network()
    metrics = (METRICS["accuracy"], METRICS["cross_entropy"])
    values = measure(network, DATA, DATA.test(), metrics, LOSS, "test")
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
        measure(network, DATA, DATA.validation, (), LOSS, "validation")
    assert caught.value.outcome is Outcome.DIVERGED


def test_a_metric_that_gives_no_number_is_named() -> None:
    """It is the metric's fault, not the network's."""
    metrics = (own_learning.not_a_number,)
    with pytest.raises(ValueError, match="metric 'not_a_number' gave nan"):
        measure(_network(), DATA, DATA.validation, metrics, LOSS, "validation")


def test_latency_is_a_time() -> None:
    """Of one sample, so well under a second here."""
    assert 0 < latency_seconds(_network(), DATA) < 1
