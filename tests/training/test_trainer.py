"""Tests of the training loop."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import blobs, branching, convolutional, layer, request

from evonas.architecture import Architecture
from evonas.evaluation import Fidelity, Outcome
from evonas.network import build
from evonas.training.data import DeviceData
from evonas.training.losses import Loss, default_loss
from evonas.training.memory_format import use_channels_last
from evonas.training.stopped import StoppedError
from evonas.training.trainer import Training

DATA = DeviceData(blobs(), torch.device("cpu"), 0, 0.2)


def _training(
    epochs: float = 1.0,
    data_share: float = 1.0,
    architecture: Architecture | None = None,
    loss: Loss | None = None,
    deadline: float | None = None,
    seed: int = 3,
    parts: int = 1,
    **recipe: Any,
) -> Training:
    candidate = request(architecture, **recipe).candidate
    network = build(candidate.architecture, DATA.task.input_shape, 1)
    use_channels_last(network)
    return Training(
        network,
        DATA,
        candidate.recipe,
        Fidelity(epochs, data_share),
        loss or default_loss("classification"),
        seed,
        deadline,
        parts=parts,
    )


def _spy(training: Training) -> list[torch.Tensor]:
    """The positions of every batch that will be asked for."""
    seen: list[torch.Tensor] = []
    take = training._next_positions

    def look() -> torch.Tensor:
        seen.append(take())
        return seen[-1]

    training._next_positions = look  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("weights", [None, [1.0, 5.0, 0.2]])
@settings(max_examples=10)
@given(size=st.integers(3, 41), smoothing=st.sampled_from([0.0, 0.2]))
def test_a_batch_in_parts_has_the_gradients_of_the_whole(
    weights: list[float] | None, size: int, smoothing: float
) -> None:
    """Whatever its samples count: a second try in parts is the same training."""
    loss = default_loss(
        "classification", smoothing, None if weights is None else torch.tensor(weights)
    )
    found = []
    for parts in (1, 2, 3):
        training = _training(loss=loss, architecture=branching(), parts=parts)
        value = training._gradients(torch.arange(size))
        gradients = [one.grad for one in training.network.parameters()]
        found.append([value, *(one for one in gradients if one is not None)])
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            torch.testing.assert_close(same, one, rtol=1e-3, atol=1e-5)


def test_training_lowers_the_loss() -> None:
    """Of a task that a small network can learn."""
    training = _training(epochs=6, architecture=branching())
    losses = [loss for _, loss in training.epochs()]
    assert losses[-1] < 0.5 * losses[0]


@settings(max_examples=15)
@given(st.floats(0.1, 3.5), st.floats(0.1, 1.0), st.integers(1, 60))
def test_every_batch_is_full_and_every_sample_comes_equally_often(
    epochs: float, share: float, batch_size: int
) -> None:
    """Whatever share of epochs and data is asked for."""
    training = _training(
        epochs,
        share,
        Architecture.chain([layer("flatten"), layer("dense", units=3)]),
        batch_size=batch_size,
    )
    seen = _spy(training)
    done = list(training.epochs())
    count = len(training.pool)
    assert count == max(1, round(share * len(DATA.train_positions)))
    assert {len(batch) for batch in seen} == {min(batch_size, count)}
    assert done[-1][0] == pytest.approx(
        epochs, abs=max(0.5, 1 - epochs) * training.batch_size / count + 1e-9
    )
    times = Counter(torch.cat(seen).tolist())
    counts = [times[position] for position in training.pool.tolist()]
    assert max(counts) - min(counts) <= 1


def test_a_smaller_share_is_a_part_of_a_larger_one() -> None:
    """So a candidate sees no data anew when it is given more."""
    small = set(_training(data_share=0.3).pool.tolist())
    assert small < set(_training(data_share=0.6).pool.tolist())


@pytest.mark.parametrize(
    ("epochs", "marks"), [(3, [1, 2, 3]), (2.5, [1, 2, 2.5]), (0.5, [0.5])]
)
def test_it_pauses_after_every_epoch_and_at_the_end(
    epochs: float, marks: list[float]
) -> None:
    """Where curves are measured; the last part may be shorter."""
    training = _training(epochs, batch_size=8)
    assert [epoch for epoch, _ in training.epochs()] == pytest.approx(marks)


def test_equal_seeds_train_equally() -> None:
    """Order, augmentation and weights; another seed gives another order."""
    runs = []
    for seed in (3, 3, 4):
        training = _training(2, seed=seed, shift=0.2, scaling=0.1, cutout=0.2)
        losses = [loss for _, loss in training.epochs()]
        runs.append((losses, training.network.state_dict()))
    assert runs[0][0] == runs[1][0] != runs[2][0]
    for name, tensor in runs[0][1].items():
        assert torch.equal(tensor, runs[1][1][name])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_every_optimizer_trains(optimizer: str) -> None:
    """The loss of the last epoch is below that of the first."""
    training = _training(4, optimizer=optimizer, learning_rate=0.01)
    losses = [loss for _, loss in training.epochs()]
    assert losses[-1] < losses[0]


def test_the_schedule_sets_the_rate_of_every_step() -> None:
    """From the peak down to nearly nothing."""
    training = _training(2, learning_rate=0.2, schedule="cosine")
    rates = []
    take = training._take_step

    def look() -> torch.Tensor:
        loss = take()
        assert training.optimizer is not None
        rates.append(training.optimizer.param_groups[0]["lr"])
        return loss

    training._take_step = look  # type: ignore[method-assign]
    list(training.epochs())
    assert rates[0] == 0.2
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.01


def test_a_loss_that_is_no_number_stops_at_once() -> None:
    """At the very step."""
    training = _training(5, loss=lambda outputs, targets: outputs.sum() * float("nan"))
    with pytest.raises(StoppedError, match="loss became nan by step 1 of") as caught:
        list(training.epochs())
    assert caught.value.outcome is Outcome.DIVERGED


def test_an_exploding_loss_stops_at_once() -> None:
    """Long before it becomes infinite."""
    flat = Architecture.chain([layer("flatten"), layer("dense", units=3)])
    training = _training(50, architecture=flat, learning_rate=900, schedule="constant")
    with pytest.raises(StoppedError, match="training loss became") as caught:
        list(training.epochs())
    assert caught.value.outcome is Outcome.DIVERGED
    assert training.step < 50


def test_the_deadline_stops_between_two_steps() -> None:
    """The message says how far it came."""
    training = _training(1000, deadline=time.monotonic() + 0.05)
    with pytest.raises(StoppedError, match=r"time limit passed after \d+ of") as caught:
        list(training.epochs())
    assert caught.value.outcome is Outcome.TIMED_OUT
    assert training.step > 0


def test_a_network_without_weights_is_invalid() -> None:
    """There is nothing to train."""
    pooling = Architecture.chain([layer("global_pool")])
    with pytest.raises(StoppedError, match="no weights") as caught:
        _training(architecture=pooling)
    assert caught.value.outcome is Outcome.INVALID


def test_evaluate_only_takes_no_step() -> None:
    """The weights stay as they were given."""
    training = _training(3, procedure="evaluate_only")
    before = {name: t.clone() for name, t in training.network.state_dict().items()}
    assert list(training.epochs()) == []
    for name, tensor in training.network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_a_batch_is_never_larger_than_the_data() -> None:
    """One epoch is then one step."""
    training = _training(2, batch_size=1000)
    assert training.batch_size == len(training.pool)
    assert training.total_steps == 2


def test_augmentation_is_for_images_only() -> None:
    """And only where the recipe asks for it."""
    assert _training().augmentation is None
    assert _training(shift=0.1).augmentation is not None


def test_dropout_is_at_work_while_training_and_after_measuring() -> None:
    """Every epoch begins in training mode."""
    training = _training(2, architecture=convolutional(dropout=0.5))
    for _ in training.epochs():
        assert training.network.training
        training.network.eval()
