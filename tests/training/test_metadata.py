"""Tests of what stored weights know about themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_networks import blobs, plane, request

from evonas.candidate import Candidate
from evonas.evaluation import Fidelity
from evonas.tasks import Task
from evonas.tasks.vocabulary import Vocabulary, words
from evonas.training import export_info, stored_architecture
from evonas.training.data import DeviceData
from evonas.training.metadata import stored_fidelity, weights_metadata
from evonas.training.view import InputView


def _metadata(
    task: Task, candidate: Candidate, fidelity: Fidelity | None = None
) -> dict[str, str]:
    data, reached = _data(task), fidelity or Fidelity()
    view = InputView(data, candidate.recipe, reached)
    return weights_metadata(candidate, data, view, reached)


def _data(task: Task) -> DeviceData:
    return DeviceData(task, torch.device("cpu"), 0, 0.2)


def test_an_export_needs_nothing_but_the_weights_file() -> None:
    """Layout, normalisation, classes and recipe come back as they were."""
    task = blobs()
    data = _data(task)
    candidate = request(learning_rate=0.03).candidate
    metadata = _metadata(task, candidate, Fidelity(2.0, 0.5))
    assert stored_fidelity(metadata) == Fidelity(2.0, 0.5)
    assert stored_fidelity({}) is None
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
    data = _data(task)
    info = export_info(_metadata(task, request().candidate), {})
    assert (info.target_mean, info.target_std) == (
        data.target_scale.mean,
        data.target_scale.std,
    )
    assert np.isclose(info.target_std[0], task.y_train.std(), rtol=0.2)


def test_what_people_need_for_inputs_of_their_own_goes_along() -> None:
    """Vocabulary, column names, what a sample is; older files have none of them."""
    vocabulary = Vocabulary.build(["b a b"], words(), 4)
    facts = {"vocabulary": vocabulary, "features": ("x", "y"), "about_inputs": "Tides"}
    metadata = _metadata(replace(plane(), **facts), request().candidate)
    info = export_info(metadata, {})
    assert info.vocabulary is not None
    assert info.vocabulary["tokens"] == ["<pad>", "<unk>", "b", "a"]
    assert (info.features, info.about_inputs) == (("x", "y"), "Tides")
    old = export_info({k: v for k, v in metadata.items() if k not in facts}, {})
    assert (old.vocabulary, old.features, old.about_inputs) == (None, (), "")


def test_balanced_weights_are_those_of_the_training_part() -> None:
    """On the device, for the default loss."""
    data = DeviceData(blobs().weighted("balanced"), torch.device("cpu"), 0, 0.2)
    assert data.class_weights is not None
    assert data.class_weights.tolist() == pytest.approx([1, 1, 1], rel=0.1)
    assert DeviceData(blobs(), torch.device("cpu"), 0, 0.2).class_weights is None
