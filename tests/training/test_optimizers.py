"""Tests of the optimizers against the update rules they are named after."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from evonas.candidate import Optimizer, Recipe
from evonas.training.optimizers import OPTIMIZERS, make_optimizer, set_rate


def test_every_optimizer_of_a_recipe_can_be_made() -> None:
    """The registry has exactly the names that recipes allow."""
    assert set(OPTIMIZERS) == set(get_args(Optimizer))


@pytest.mark.parametrize("name", get_args(Optimizer))
def test_every_optimizer_minimises_a_parabola(name: Optimizer) -> None:
    """Three hundred steps from 3 end near 0."""
    weight = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = make_optimizer(
        [weight], Recipe(optimizer=name, learning_rate=0.05, weight_decay=0.0)
    )
    for step in range(300):
        set_rate(optimizer, 0.05 * (1 - step / 300))
        weight.grad = 2 * weight.detach()
        optimizer.step()
    assert abs(weight.item()) < 0.05


def _after_one_step(gradient: float, **recipe: object) -> float:
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    chosen = Recipe(learning_rate=0.1, **recipe)  # type: ignore[arg-type]
    optimizer = make_optimizer([weight], chosen)
    weight.grad = torch.tensor([gradient])
    optimizer.step()
    return weight.item()


def test_nesterov_looks_ahead_with_the_momentum() -> None:
    """The first step is 1 + momentum times as long."""
    plain = _after_one_step(1.0, nesterov=False, weight_decay=0.0)
    ahead = _after_one_step(1.0, nesterov=True, weight_decay=0.0)
    assert plain == pytest.approx(0.9)
    assert ahead == pytest.approx(1 - 0.1 * 1.9)


def test_nesterov_without_momentum_is_plain_descent() -> None:
    """The two genes may meet; torch alone would refuse them."""
    assert _after_one_step(
        1.0, momentum=0.0, nesterov=True, weight_decay=0.0
    ) == pytest.approx(0.9)


def test_weight_decay_is_decoupled_for_adamw_only() -> None:
    """AdamW shrinks a weight without a gradient by rate × decay; SGD likewise by L2."""
    assert _after_one_step(0.0, optimizer="adamw", weight_decay=0.5) == pytest.approx(
        0.95
    )
    assert _after_one_step(
        0.0, optimizer="sgd", weight_decay=0.5, momentum=0.0
    ) == pytest.approx(0.95)
    assert _after_one_step(0.0, optimizer="adam", weight_decay=0.5) == pytest.approx(
        0.9, abs=1e-3
    )


def test_momentum_is_the_first_beta_of_adam() -> None:
    """As the recipe says."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = make_optimizer([weight], Recipe(optimizer="adam", momentum=0.7))
    assert optimizer.param_groups[0]["betas"] == (0.7, 0.999)
