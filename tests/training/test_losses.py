"""Tests of the losses."""

from __future__ import annotations

import math

import pytest
import torch

from evonas.errors import ConfigError
from evonas.training.losses import default_loss, user_loss

OUTPUTS = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
CLASSES = torch.tensor([0, 0])


def test_classes_are_judged_by_cross_entropy() -> None:
    """The mean of the negative log-probabilities."""
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    loss = default_loss("classification")(OUTPUTS, CLASSES)
    assert float(loss) == pytest.approx(expected)


def test_label_smoothing_spreads_a_share_over_all_classes() -> None:
    """With everything spread, every class is wanted equally."""
    smooth = default_loss("classification", label_smoothing=0.999)
    even = smooth(torch.zeros(1, 2), CLASSES[:1])
    sharp = smooth(torch.tensor([[9.0, 0.0]]), CLASSES[:1])
    assert float(even) == pytest.approx(math.log(2))
    assert float(sharp) > float(even)


def test_values_are_judged_by_their_squared_error() -> None:
    """The mean over samples and targets."""
    loss = default_loss("regression")(OUTPUTS, torch.zeros(2, 2))
    assert float(loss) == pytest.approx(5 / 4)


@pytest.mark.parametrize("name", ["squared_margin", "MarginLoss"])
def test_a_users_loss_is_a_function_or_a_class(name: str) -> None:
    """A class is made without arguments."""
    assert user_loss(f"own_learning:{name}")(OUTPUTS, CLASSES).dim() == 0


def test_what_cannot_be_called_is_no_loss() -> None:
    """The message names the type that was found."""
    with pytest.raises(ConfigError, match=r"'own_learning:NOT_CALLABLE'.*got int"):
        user_loss("own_learning:NOT_CALLABLE")


def test_class_weights_are_those_of_a_weighted_mean() -> None:
    """A class of weight 0 has no say, equal weights change nothing."""
    targets = torch.tensor([0, 1])
    plain = default_loss("classification")
    even = default_loss("classification", class_weights=torch.tensor([3.0, 3.0]))
    first = default_loss("classification", class_weights=torch.tensor([1.0, 0.0]))
    assert float(even(OUTPUTS, targets)) == pytest.approx(
        float(plain(OUTPUTS, targets))
    )
    expected = float(plain(OUTPUTS[:1], targets[:1]))
    assert float(first(OUTPUTS, targets)) == pytest.approx(expected)
