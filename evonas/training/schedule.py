"""The learning rate over a training, as a factor of the recipe's peak."""

from __future__ import annotations

import math

from evonas.candidate import Recipe, Schedule

#: share of the steps in which one-cycle climbs, and where it starts from, as in
#: Smith and Topin 2017 (super-convergence)
_CLIMB = 0.3
_START = 1 / 25
#: share of the steps in which a trapezoid falls, as Hägele et al. 2024 found enough
#: (arXiv 2405.18392)
_FALL = 0.2


def rate_factor(recipe: Recipe, step: int, total: int, steps_per_epoch: float) -> float:
    """Factor of the learning rate at one step.

    The linear warm-up comes first and never starts from zero; the schedule fills the
    steps that are left. A trapezoid keeps the peak and falls linearly at the very end,
    so that everything before its fall does not depend on `total`.

    Args:
        recipe: names the schedule and the warm-up.
        step: from 0.
        total: steps of the whole training.
        steps_per_epoch: to convert the warm-up's epochs.
    """
    warmup = round(recipe.warmup_epochs * steps_per_epoch)
    if recipe.schedule == "trapezoid":
        fall = total - kept_step(recipe.schedule, total)
        return min(1.0, (step + 1) / (warmup + 1), (total - step) / (fall + 1))
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return _shape(recipe.schedule, (step - warmup) / (total - warmup))


def kept_step(schedule: Schedule, total: int) -> int:
    """Steps after which a training is in the state that a longer one goes on from.

    Before the fall of a trapezoid, at the end of any other schedule. A longer training
    then takes its rates from the longer schedule, from that step on: **equal to one
    that was never interrupted** for `trapezoid` and `constant`; for `cosine` and
    `one_cycle` the rate jumps back up to the longer curve.

    Args:
        schedule: of the recipe.
        total: steps of the shorter training.
    """
    if schedule == "trapezoid":
        return total - round(_FALL * total)
    return total


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
