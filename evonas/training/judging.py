"""What is known of a training before it runs, and whether it can fit at all."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from evonas.architecture import Architecture, Shape, training_memory_bytes
from evonas.candidate import Recipe
from evonas.evaluation import Outcome
from evonas.training.stopped import StoppedError

#: the analytic memory is right within 20 %, see docs/results/training; what is refused
#: must be too large even if it was 20 % too high
_MEMORY_DOUBT = 0.8
#: a prediction must be so many times over the time that is left
_TIME_DOUBT = 3.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training will need, from its architecture alone.

    Attributes:
        parameters: trainable elements.
        multiply_adds: of one sample forward.
        training_memory_bytes: of one step, all batches' parts considered.
        seconds: of the training, as this process has seen others take.
    """

    parameters: int
    multiply_adds: int
    training_memory_bytes: int
    seconds: float


def memory_bytes(device: torch.device, limit: int | None) -> int:
    """Memory that a training can have: the device's, or less by the settings.

    Args:
        device: that trains.
        limit: of the settings for one process; None: none.
    """
    if device.type == "cuda":
        whole = torch.cuda.get_device_properties(device).total_memory
    else:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return whole if limit is None else min(whole, limit)


def parts_that_fit(
    architecture: Architecture,
    shape: Shape,
    recipe: Recipe,
    parts: int,
    available: int,
) -> int:
    """Into how many parts batches must be cut: as many as given, or two.

    Args:
        architecture: as it is trained.
        shape: of the samples that it reads.
        recipe: has batch size and optimizer.
        parts: that they are cut into already.
        available: bytes.

    Raises:
        StoppedError: it does not fit in two parts either.
    """
    cost = architecture.cost(shape)
    for count in dict.fromkeys((parts, 2)):
        batch = -(-recipe.batch_size // count)
        needed = training_memory_bytes(cost, batch, recipe.optimizer)
        if needed * _MEMORY_DOUBT <= available:
            return count
    raise StoppedError(
        Outcome.OUT_OF_MEMORY,
        f"a training step needs about {needed:,} bytes at a batch of {batch}, there "
        f"are {available:,}; not tried",
    )


def reserved_bytes(
    architecture: Architecture, shape: Shape, recipe: Recipe, parts: int
) -> int:
    """Memory to be kept free for a training: as predicted, and what that may be off.

    Args:
        architecture: as it is trained.
        shape: of the samples that it reads.
        recipe: has batch size and optimizer.
        parts: into which batches are cut.
    """
    batch = -(-recipe.batch_size // parts)
    cost = architecture.cost(shape)
    needed = training_memory_bytes(cost, batch, recipe.optimizer)
    return round(needed / _MEMORY_DOUBT)


def refuse_if_too_slow(predicted: float, left: float, limit: float) -> None:
    """Stop what is predicted to take far more than the time that is left.

    Args:
        predicted: seconds.
        left: seconds until the deadline.
        limit: of the settings, for the message.

    Raises:
        StoppedError: it does.
    """
    if predicted > _TIME_DOUBT * left:
        raise StoppedError(
            Outcome.TIMED_OUT,
            f"the training would take about {predicted:.3g} s, the limit is "
            f"{limit:g} s; not tried",
        )
