"""From raw batches to what a network reads."""

from __future__ import annotations

import pytest
import torch

from evonas.network.preprocess import Preprocess


def test_images_with_colours_last_become_channels_first() -> None:
    """Pixel (row, column) of colour c goes to [c, row, column]."""
    raw = torch.randint(0, 256, (2, 4, 5, 3), dtype=torch.uint8)
    batch = Preprocess("image_hwc")(raw)
    assert batch.dtype is torch.float32
    assert batch.shape == (2, 3, 4, 5)
    assert batch[1, 2, 3, 4] == raw[1, 3, 4, 2]


def test_grey_images_get_their_one_channel() -> None:
    """(N, H, W) becomes (N, 1, H, W)."""
    assert Preprocess("image_hw")(torch.zeros(2, 4, 5)).shape == (2, 1, 4, 5)


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        ("channels_first", (50, 3, 7)),
        ("vector", (50, 3)),
        ("image_hwc", (50, 4, 4, 3)),
        ("channels_first", (50, 3, 2, 3, 4)),
    ],
)
def test_each_channel_is_standardised_by_its_own_constants(
    layout: str, shape: tuple[int, ...]
) -> None:
    """With the data's own mean and deviation every channel has mean 0, deviation 1."""
    plain = Preprocess(layout)(torch.rand(shape, dtype=torch.float64) * 9 + 4)
    axes = [axis for axis in range(plain.dim()) if axis != 1]
    mean, std = plain.mean(axes).tolist(), plain.std(axes).tolist()
    raw = plain.permute(0, 2, 3, 1) if layout == "image_hwc" else plain
    batch = Preprocess(layout, mean, std)(raw)
    torch.testing.assert_close(batch.mean(axes), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(batch.std(axes), torch.ones(3), atol=1e-4, rtol=0)


def test_one_constant_serves_all_channels() -> None:
    """As for images whose colours are scaled alike."""
    batch = Preprocess("vector", [1.0], [2.0])(torch.tensor([[3.0, 5.0]]))
    assert batch.tolist() == [[1.0, 2.0]]


def test_tokens_are_only_made_whole_numbers_of_64_bits() -> None:
    """An embedding reads them as they are."""
    tokens = Preprocess("tokens")(torch.tensor([[3, 1]], dtype=torch.uint8))
    assert tokens.dtype is torch.int64
    assert tokens.tolist() == [[3, 1]]


def test_the_constants_are_no_weights() -> None:
    """The state dict of a whole exported network is that of the network alone."""
    assert not Preprocess("vector", [1.0], [2.0]).state_dict()


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    """A typing mistake must not pass as another layout."""
    with pytest.raises(ValueError, match=r"layout of .*image_hwc.*, got 'hwc'"):
        Preprocess("hwc")


@pytest.mark.parametrize(("mean", "std"), [([1.0], []), ([1.0], [0.0])])
def test_impossible_constants_are_refused(mean: list[float], std: list[float]) -> None:
    """Nothing divides by zero, and means and deviations come in pairs."""
    with pytest.raises(ValueError, match="one length with every std above 0"):
        Preprocess("vector", mean, std)
