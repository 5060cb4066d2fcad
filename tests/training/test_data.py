"""Tests of data on the device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_networks import blobs, convolutional, plane, sequences

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from evonas.network import build
from evonas.tasks import Task
from evonas.training.augment import Augmentation
from evonas.training.data import DeviceData
from evonas.training.memory_format import use_channels_last
from evonas.training.trainer import Training

CPU = torch.device("cpu")


def _data(task: Task) -> DeviceData:
    return DeviceData(task, CPU, split_seed=0, validation_share=0.25)


@pytest.mark.parametrize("task", [blobs(), blobs(channels=3), plane()])
def test_training_batches_are_normalised_and_in_the_tasks_shape(task: Task) -> None:
    """Over the training samples every channel has mean 0 and deviation 1."""
    data = _data(task)
    inputs, targets = data.batch(data.train_positions, None, torch.Generator())
    assert inputs.shape[1:] == task.input_shape
    assert inputs.dtype == torch.float32
    assert len(targets) == len(inputs) == len(data.train_positions)
    axes = (0, *range(2, inputs.dim()))
    channels = task.input_shape[0]
    torch.testing.assert_close(
        inputs.mean(axes), torch.zeros(channels), atol=1e-4, rtol=0
    )
    deviation = inputs.std(axes, correction=0)
    torch.testing.assert_close(deviation, torch.ones(channels), atol=1e-4, rtol=0)


def test_data_stay_bytes_and_share_their_memory_with_the_task() -> None:
    """On a CPU nothing is copied; conversion happens a batch at a time."""
    task = blobs()
    data = _data(task)
    assert data.inputs.dtype == torch.uint8
    assert data.inputs.data_ptr() == task.x_train.ctypes.data


def test_an_array_of_the_task_cache_is_shared_with_all_who_map_it(
    tmp_path: Path,
) -> None:
    """Torch takes the copy-on-write map as it is; writing changes nobody else's."""
    task = blobs()
    np.save(tmp_path / "x.npy", task.x_train)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    data = _data(replace(task, x_train=mapped))
    assert data.inputs.data_ptr() == mapped.ctypes.data
    data.inputs[0] += 1
    assert np.array_equal(np.load(tmp_path / "x.npy"), task.x_train)


def test_read_only_arrays_are_copied() -> None:
    """Torch cannot share memory that must not change."""
    task = blobs()
    task.x_train.setflags(write=False)
    assert len(_data(task).inputs) == len(task.x_train)


@pytest.mark.parametrize("task", [blobs(), blobs(channels=3), plane(), sequences()])
def test_data_that_stream_give_equal_batches(task: Task) -> None:
    """Bit for bit: training with augmentation, validation and test."""
    limit = task.x_train.nbytes - 1
    resident = DeviceData(task, CPU, 0, 0.25, resident_bytes=limit + 1)
    streamed = DeviceData(task, CPU, 0, 0.25, resident_bytes=limit)
    assert (resident.streams, streamed.streams) == (False, True)
    augmentation = None
    if task.modality == "image":
        recipe = Recipe(shift=0.5, horizontal_flip=0.5)
        augmentation = Augmentation(recipe, resident.input_scale.mean, 255.0)
    positions = resident.train_positions[torch.arange(20).flip(0)]
    for first, second in zip(
        *(
            (
                *data.batch(positions, augmentation, torch.Generator().manual_seed(1)),
                *data.chunks(data.validation),
                *data.chunks(data.test()),
                data.validation.targets,
            )
            for data in (resident, streamed)
        ),
        strict=True,
    ):
        assert torch.equal(first, second)


def test_a_training_on_streamed_data_is_the_same_training() -> None:
    """Every epoch has the same loss, to the last bit."""
    losses = []
    for limit in (None, 0):
        data = DeviceData(blobs(), CPU, 0, 0.25, limit)
        network = build(convolutional(), data.task.input_shape, 3)
        use_channels_last(network)
        training = Training(
            *(network, data, Recipe(batch_size=8, horizontal_flip=0.5), Fidelity(2.0)),
            *(torch.nn.functional.cross_entropy, 5),
        )
        losses.append(list(training.epochs()))
    assert losses[0] == losses[1]
    assert len(losses[0]) == 2


def test_tokens_stay_whole_numbers() -> None:
    """They have neither mean nor deviation."""
    data = _data(sequences())
    inputs, _ = data.batch(data.train_positions[:4], None, torch.Generator())
    assert inputs.dtype == torch.int64


def test_augmentation_works_on_raw_pixels_before_normalisation() -> None:
    """An image that is moved out leaves black, which is not the mean."""
    data = _data(blobs())
    augmentation = Augmentation(Recipe(shift=1.0), data.input_scale.mean, 255.0)
    inputs, _ = data.batch(
        data.train_positions, augmentation, torch.Generator().manual_seed(0)
    )
    black = -data.input_scale.mean[0] / data.input_scale.std[0]
    assert float(inputs.min()) == pytest.approx(black, abs=1e-5)
    shares = (inputs - black).abs() < 1e-5
    assert shares.float().mean() > 0.3


def test_parts_hold_their_samples_in_order() -> None:
    """Validation by positions, test as a whole, in chunks that cover them once."""
    task = blobs(samples=600)
    data = _data(task)
    splits = task.split(0, 0.25)
    for part, raw in (
        (data.validation, task.x_train[splits.validation]),
        (data.test(), task.x_test),
    ):
        chunks = list(data.chunks(part))
        expected = data.prepare(torch.from_numpy(raw))
        torch.testing.assert_close(torch.cat(chunks), expected)
        assert len(part.targets) == len(part.truth) == len(raw)
    assert len(list(data.chunks(data.test()))) > 1
    assert np.array_equal(data.validation.truth, task.y_train[splits.validation])


def test_values_are_standardised_for_the_loss_and_scaled_back_for_metrics() -> None:
    """Targets near 1,000 become numbers near 0, and outputs thousands again."""
    task = plane()
    data = _data(task)
    train = data.targets[data.train_positions]
    assert float(train.mean()) == pytest.approx(0, abs=1e-3)
    assert float(train.std(correction=0)) == pytest.approx(1, abs=1e-3)
    back = data.in_own_unit(data.validation.targets)
    np.testing.assert_allclose(back, data.validation.truth, rtol=1e-5)
