"""Tests of what stored weights know about themselves."""

from __future__ import annotations

import numpy as np
import torch
from small_networks import blobs, plane, request

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from evonas.training import export_info, stored_architecture
from evonas.training.data import DeviceData
from evonas.training.metadata import weights_metadata
from evonas.training.view import InputView


def _view(data: DeviceData) -> InputView:
    return InputView(data, Recipe(), Fidelity())


def test_an_export_needs_nothing_but_the_weights_file() -> None:
    """Layout, normalisation, classes and recipe come back as they were."""
    task = blobs()
    data = DeviceData(task, torch.device("cpu"), 0, 0.2)
    candidate = request(learning_rate=0.03).candidate
    metadata = weights_metadata(candidate, data, _view(data))
    assert all(isinstance(text, str) for text in metadata.values())
    info = export_info(metadata, {"test_accuracy": 0.9})
    assert (info.task, info.kind, info.layout) == (
        "blobs",
        "classification",
        "image_hw",
    )
    assert (info.mean, info.std) == (data.input_scale.mean, data.input_scale.std)
    assert info.dtype == "uint8"
    assert info.value_range == (float(task.x_train.min()), float(task.x_train.max()))
    assert info.classes == task.classes
    assert info.metrics == {"test_accuracy": 0.9}
    assert info.recipe["learning_rate"] == 0.03
    architecture, shape = stored_architecture(metadata)
    assert architecture == candidate.architecture
    assert shape == (1, 8, 8)


def test_a_regression_keeps_the_scale_of_its_targets() -> None:
    """Without it the outputs would mean nothing."""
    task = plane()
    data = DeviceData(task, torch.device("cpu"), 0, 0.2)
    info = export_info(weights_metadata(request().candidate, data, _view(data)), {})
    assert (info.target_mean, info.target_std) == (
        data.target_scale.mean,
        data.target_scale.std,
    )
    assert np.isclose(info.target_std[0], task.y_train.std(), rtol=0.2)
