"""Torch's optimizers for a recipe, in the form that measured fastest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch.nn import Parameter
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from evonas.candidate import Recipe


def _sgd(parameters: list[Parameter], recipe: Recipe) -> Optimizer:
    return SGD(
        parameters,
        recipe.learning_rate,
        momentum=recipe.momentum,
        # Nesterov's form needs a momentum to look ahead with.
        nesterov=recipe.nesterov and recipe.momentum > 0,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _adam(parameters: list[Parameter], recipe: Recipe) -> Optimizer:
    return Adam(
        parameters,
        recipe.learning_rate,
        betas=(recipe.momentum, 0.999),
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _adamw(parameters: list[Parameter], recipe: Recipe) -> Optimizer:
    return AdamW(
        parameters,
        recipe.learning_rate,
        betas=(recipe.momentum, 0.999),
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _rmsprop(parameters: list[Parameter], recipe: Recipe) -> Optimizer:
    return RMSprop(
        parameters,
        recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )


#: name in a recipe → maker; torch has no fused RMSprop
OPTIMIZERS: dict[str, Callable[[list[Parameter], Recipe], Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
}


def make_optimizer(parameters: Iterable[Parameter], recipe: Recipe) -> Optimizer:
    """The recipe's optimizer over these parameters."""
    return OPTIMIZERS[recipe.optimizer](list(parameters), recipe)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate
