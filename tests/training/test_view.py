"""What networks see of a batch."""

from __future__ import annotations

import pytest
import torch
from small_networks import blobs, plane

from evonas.candidate import Recipe
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity
from evonas.training.data import DeviceData
from evonas.training.view import InputView, viewed_shape

DATA = DeviceData(blobs(channels=3), torch.device("cpu"), 0, 0.2)


def test_a_lower_resolution_averages_maps_down() -> None:
    """Half the sides: the mean of each square of four."""
    view = InputView(DATA, Recipe(), Fidelity(resolution=0.5))
    assert view.shape == (3, 4, 4)
    batch = torch.randn(5, 3, 8, 8)
    expected = batch.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2))
    assert torch.allclose(view(batch), expected, atol=1e-6)


def test_the_full_view_is_the_batch_itself() -> None:
    """Nothing is computed for it."""
    batch = torch.randn(5, 3, 8, 8)
    assert InputView(DATA, Recipe(), Fidelity())(batch) is batch


def test_without_variance_normalisation_channels_keep_their_proportions() -> None:
    """Divided by one number; the weights file says by which."""
    view = InputView(DATA, Recipe(variance_normalisation=False), Fidelity())
    std = DATA.input_scale.std
    assert view.std == (max(std),) * 3
    raw = DATA.inputs[:4]
    seen = view(DATA.prepare(raw))
    mean = torch.tensor(DATA.input_scale.mean)
    expected = (raw.float() - mean) / max(std)
    assert torch.allclose(seen, expected.permute(0, 3, 1, 2), atol=1e-5)


def test_samples_without_sides_have_one_resolution() -> None:
    """A table cannot be made smaller."""
    data = DeviceData(plane(), torch.device("cpu"), 0, 0.2)
    with pytest.raises(ConfigError, match=r"expected 1 for samples of shape \(4,\)"):
        InputView(data, Recipe(), Fidelity(resolution=0.5))
    assert viewed_shape((2, 9), 0.5) == (2, 4)
    assert viewed_shape((1, 3, 3), 0.1) == (1, 1, 1)


@pytest.mark.parametrize("name", ["resolution", "width"])
@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_shares_are_shares(name: str, value: float) -> None:
    """Above 0 and up to 1."""
    with pytest.raises(ConfigError, match=rf"fidelity\.{name}: expected a share"):
        Fidelity(**{name: value})
