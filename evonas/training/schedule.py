"""The learning rate over a training, as a factor of the recipe's peak."""

from __future__ import annotations

import math

from evonas.candidate import Recipe, Schedule

#: share of the steps in which one-cycle climbs, and where it starts from, as in
#: Smith and Topin 2017 (super-convergence)
_CLIMB = 0.3
_START = 1 / 25


def rate_factor(recipe: Recipe, step: int, total: int, steps_per_epoch: float) -> float:
    """Factor of the learning rate at one step.

    The linear warm-up comes first and never reaches its peak's end at zero; the
    schedule fills the steps that are left.

    Args:
        recipe: names the schedule and the warm-up.
        step: from 0.
        total: steps of the whole training.
        steps_per_epoch: to convert the warm-up's epochs.
    """
    warmup = min(round(recipe.warmup_epochs * steps_per_epoch), total)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return _shape(recipe.schedule, (step - warmup) / (total - warmup))


def _shape(schedule: Schedule, progress: float) -> float:
    """The schedule's factor at a progress in [0, 1)."""
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return _cosine(progress)
    if progress < _CLIMB:
        return _START + (1 - _START) * progress / _CLIMB
    return _cosine((progress - _CLIMB) / (1 - _CLIMB))


def _cosine(progress: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))
