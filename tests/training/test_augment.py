"""Tests of the random changes of images."""

from __future__ import annotations

import colorsys
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evonas.candidate import Recipe
from evonas.training.augment import (
    Augmentation,
    hsv_to_rgb,
    interpolation,
    rgb_to_hsv,
)


def _changed(images: torch.Tensor, seed: int = 0, **recipe: Any) -> torch.Tensor:
    augmentation = Augmentation(Recipe(**recipe), [9.0] * images.shape[1], 255.0)
    assert augmentation.active
    return augmentation(images, torch.Generator().manual_seed(seed))


def _images(count: int = 40, channels: int = 3, height: int = 7, width: int = 6) -> Any:
    generator = torch.Generator().manual_seed(5)
    size = (count, channels, height, width)
    return torch.randint(0, 256, size, generator=generator).float()


@pytest.mark.parametrize(
    "recipe",
    [
        {"horizontal_flip": 0.5},
        {"shift": 0.3},
        {"scaling": 0.2},
        {"cutout": 0.4},
        {"crop": 0.7},
        {"erasing": 0.9},
        {"hue_shift": 30},
        {"saturation_value_shift": 0.2},
        {"saturation_value_scale": 0.2},
    ],
)
def test_each_gene_alone_changes_images_and_keeps_their_shape(
    recipe: dict[str, float],
) -> None:
    """Equal seeds give equal changes, other seeds others; values stay in range."""
    images = _images()
    first = _changed(images, 1, **recipe)
    assert first.shape == images.shape
    assert not torch.equal(first, images)
    assert torch.equal(first, _changed(images, 1, **recipe))
    assert not torch.equal(first, _changed(images, 2, **recipe))
    assert -1e-3 <= float(first.min()) <= float(first.max()) <= 255.001


def test_a_recipe_without_augmentation_is_not_active() -> None:
    """Nor are changes of colour on grey images."""
    assert not Augmentation(Recipe(), [0.0], 255.0).active
    assert not Augmentation(Recipe(hue_shift=20), [0.0], 255.0).active
    assert Augmentation(Recipe(hue_shift=20), [0.0] * 3, 255.0).active


def test_mirroring_turns_images_left_to_right_by_its_probability() -> None:
    """Every image is either as it was or its mirror image."""
    images = _images(400)
    changed = _changed(images, horizontal_flip=0.25)
    mirrored = (changed == images.flip(3)).flatten(1).all(1)
    kept = (changed == images).flatten(1).all(1)
    assert torch.all(mirrored | kept)
    assert 0.15 < mirrored.float().mean() < 0.35
    torch.testing.assert_close(_changed(images, horizontal_flip=1.0), images.flip(3))


def test_shifts_move_by_whole_pixels_within_their_share() -> None:
    """What comes in is black, what stays is untouched; every amount occurs."""
    images = _images(500, 2, 8, 10) + 1
    changed = _changed(images, shift=0.25)
    found = set()
    for before, after in zip(images, changed, strict=True):
        filled = after[0] > 0
        rows, columns = filled.any(1), filled.any(0)
        height, width = int(rows.sum()), int(columns.sum())
        top, left = int(rows.int().argmax()), int(columns.int().argmax())
        # A shifted image shows a corner of what it was.
        options = [
            (y, x)
            for y in {0, 8 - height}
            for x in {0, 10 - width}
            if torch.equal(
                after[:, top : top + height, left : left + width],
                before[:, y : y + height, x : x + width],
            )
        ]
        assert options
        found.add((top - options[0][0], left - options[0][1]))
    downs, rights = {down for down, _ in found}, {right for _, right in found}
    assert downs == set(range(-2, 3))
    assert rights <= set(range(-3, 4))
    assert rights >= set(range(-2, 3))


def test_scaling_keeps_the_centre_and_spreads_the_rest() -> None:
    """A centred square grows and shrinks, by about the chosen share."""
    images = torch.zeros(300, 1, 21, 21)
    images[:, :, 6:15, 6:15] = 100.0
    areas = _changed(images, scaling=0.3).sum((1, 2, 3)) / 100 / 81
    assert 0.45 < float(areas.min()) < 0.6
    assert 1.55 < float(areas.max()) < 1.8
    centres = _changed(images, scaling=0.3)[:, 0, 10, 10]
    torch.testing.assert_close(centres, torch.full((300,), 100.0))


def test_scaling_takes_the_same_place_of_every_channel() -> None:
    """Colours stay together."""
    images = _images(8, 1).expand(8, 3, 7, 6)
    changed = _changed(images, scaling=0.4, shift=0.2, horizontal_flip=0.5)
    torch.testing.assert_close(changed[:, 0], changed[:, 2])


@given(st.integers(2, 12), st.integers(0, 2**32))
def test_an_interpolation_without_change_is_the_identity(
    length: int, seed: int
) -> None:
    """And its rows never weigh more than one pixel."""
    torch.testing.assert_close(
        interpolation(length, torch.ones(1), torch.zeros(1))[0], torch.eye(length)
    )
    generator = torch.Generator().manual_seed(seed)
    matrices = interpolation(
        length,
        0.3 + torch.rand(5, generator=generator),
        4 * torch.rand(5, generator=generator) - 2,
    )
    assert torch.all(matrices >= 0)
    assert torch.all(matrices.sum(2) <= 1 + 1e-5)


def test_cutting_out_fills_one_square_with_the_mean() -> None:
    """Of the asked side where it lies within the image; nothing else changes."""
    images = _images(200, 1, 10, 10) + 300
    changed = _changed(images, cutout=0.4)
    hole = changed == 9.0
    assert torch.equal(changed[~hole], images[~hole])
    sizes = hole.sum((1, 2, 3))
    assert int(sizes.max()) == 16
    assert int(sizes.min()) >= 4


def test_colours_agree_with_the_standard_library() -> None:
    """Hue, saturation and value of any colour, and back."""
    colours = torch.rand(50, 3, 1, 1, generator=torch.Generator().manual_seed(0))
    colours[0], colours[1], colours[2] = 0.0, 1.0, 0.5
    hue, saturation, value = rgb_to_hsv(colours)
    for index, colour in enumerate(colours.flatten(1).tolist()):
        expected = colorsys.rgb_to_hsv(*colour)
        found = [float(part[index]) for part in (hue, saturation, value)]
        assert found == pytest.approx(expected, abs=1e-5)
    torch.testing.assert_close(hsv_to_rgb(hue, saturation, value), colours)


def test_hue_shifts_turn_colours_and_leave_grey_alone() -> None:
    """A red image gets other hues of the same brightness."""
    red = torch.zeros(100, 3, 2, 2)
    red[:, 0] = 255.0
    changed = _changed(red, hue_shift=45)
    torch.testing.assert_close(changed.max(1).values, red.max(1).values)
    hues = rgb_to_hsv(changed / 255)[0][:, 0, 0]
    turns = torch.minimum(hues, 1 - hues) * 360
    assert 40 < float(turns.max()) <= 45.001
    grey = torch.full((10, 3, 2, 2), 99.0)
    torch.testing.assert_close(_changed(grey, hue_shift=90), grey)


def test_a_crop_reads_a_window_inside_the_image() -> None:
    """Nothing black comes in, and a window of the full side is the image."""
    ramp = torch.arange(12.0).expand(50, 1, 12, 12) + 1
    cropped = _changed(ramp, crop=0.5)
    assert cropped.min() >= 1 - 1e-4
    assert cropped.max() <= 12 + 1e-4
    width = cropped[..., -1] - cropped[..., 0]
    assert torch.allclose(width, torch.full_like(width, 5.5), atol=1e-4)
    firsts = cropped[:, 0, 0, 0]
    assert firsts.min() < 2.5
    assert firsts.max() > 5.5


def test_erasing_fills_one_rectangle_of_some_images() -> None:
    """With noise; its area and sides are within the published ranges."""
    images = torch.full((400, 3, 20, 20), -1.0)
    changed = _changed(images, erasing=0.4) != -1
    erased = changed.any(1).any(-1).any(-1)
    assert 0.3 < erased.float().mean() < 0.5
    for hole in changed[erased][:, 0]:
        rows, columns = hole.any(1), hole.any(0)
        assert torch.equal(hole, rows[:, None] & columns[None])
        assert 0 < hole.float().mean() < 0.5
