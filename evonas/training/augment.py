"""Random changes of images, a whole batch at once and on the batch's device.

Mirroring, shifting and scaling act on rows and columns separately, so together they are
two small matrix products a batch, at any resolution and without a sampling kernel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from evonas.candidate import Recipe

#: area of an erased rectangle as a share of the image, and its height by its width;
#: the ranges of Zhong et al. 2017 (arXiv 1708.04896, section 5.2)
_ERASED = (0.02, 0.4)
_ASPECT = (0.3, 1 / 0.3)


class Augmentation:
    """The changes that a recipe asks for, on raw images (N, C, H, W) as floats.

    What moves in from outside is black (0). Colours change in images of three channels.

    Args:
        recipe: how strong each change is.
        mean: of each channel, which fills what is cut out.
        peak: the value of full brightness.
    """

    def __init__(self, recipe: Recipe, mean: Sequence[float], peak: float) -> None:
        self.recipe = recipe
        self.mean = tuple(mean)
        self.peak = peak
        self.moves = recipe.crop < 1 or any(
            (recipe.horizontal_flip, recipe.shift, recipe.scaling)
        )
        self.colours = len(self.mean) == 3 and any(
            (
                recipe.hue_shift,
                recipe.saturation_value_shift,
                recipe.saturation_value_scale,
            )
        )

    @property
    def active(self) -> bool:
        """Whether it would change anything."""
        holes = self.recipe.cutout > 0 or self.recipe.erasing > 0
        return self.moves or self.colours or holes

    def __call__(
        self, images: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """Changed images; the random draws come from `generator`, on their device."""
        if self.moves:
            images = self._move(images, generator)
        if self.colours:
            images = self._recolour(images, generator)
        if self.recipe.cutout > 0:
            images = self._cut_out(images, generator)
        if self.recipe.erasing > 0:
            images = self._erase(images, generator)
        return images

    def _move(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        count, _, height, width = images.shape
        draws = torch.rand(4, count, generator=generator, device=images.device)
        zoom = 1 + self.recipe.scaling * (2 * draws[0] - 1)
        down = self.recipe.shift * height * (2 * draws[1] - 1)
        right = self.recipe.shift * width * (2 * draws[2] - 1)
        if self.recipe.scaling == 0:
            # Whole pixels keep the image sharp; scaling interpolates anyway.
            down, right = down.round(), right.round()
        step = 1 / zoom
        if self.recipe.crop < 1:
            # A window of that share, anywhere, read as if it were the whole image.
            places = torch.rand(2, count, generator=generator, device=images.device)
            step = step * self.recipe.crop
            free = 1 - self.recipe.crop
            down = down + free * (height - 1) * (places[0] - 0.5)
            right = right + free * (width - 1) * (places[1] - 0.5)
        mirror = torch.where(draws[3] < self.recipe.horizontal_flip, -1.0, 1.0)
        rows = interpolation(height, step, down)
        columns = interpolation(width, mirror * step, right)
        return rows.unsqueeze(1) @ images @ columns.transpose(1, 2).unsqueeze(1)

    def _recolour(
        self, images: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        recipe = self.recipe
        draws = torch.rand(
            5, len(images), 1, 1, generator=generator, device=images.device
        )
        draws = 2 * draws - 1
        hue, saturation, value = rgb_to_hsv((images / self.peak).clamp(0, 1))
        hue = hue + draws[0] * (recipe.hue_shift / 360)
        shift, scale = recipe.saturation_value_shift, recipe.saturation_value_scale
        saturation = saturation * (1 + scale * draws[1]) + shift * draws[2]
        value = value * (1 + scale * draws[3]) + shift * draws[4]
        return hsv_to_rgb(hue, saturation.clamp(0, 1), value.clamp(0, 1)) * self.peak

    def _cut_out(
        self, images: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        count, channels, height, width = images.shape
        side = self.recipe.cutout * min(height, width)
        draws = torch.rand(2, count, 1, generator=generator, device=images.device)
        inside = [
            (torch.arange(length, device=images.device) + 0.5 - centre * length).abs()
            < side / 2
            for length, centre in ((height, draws[0]), (width, draws[1]))
        ]
        hole = inside[0].view(count, 1, height, 1) & inside[1].view(count, 1, 1, width)
        filling = torch.tensor(self.mean, device=images.device).view(1, channels, 1, 1)
        return torch.where(hole, filling, images)

    def _erase(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        count, _, height, width = images.shape
        device = images.device
        draws = torch.rand(5, count, 1, generator=generator, device=device)
        area = _ERASED[0] + (_ERASED[1] - _ERASED[0]) * draws[0]
        low, high = (math.log(one) for one in _ASPECT)
        aspect = torch.exp(low + (high - low) * draws[1])
        inside = []
        for length, share, place in (
            (height, (area * aspect).sqrt(), draws[2]),
            (width, (area / aspect).sqrt(), draws[3]),
        ):
            side = share.clamp(max=1) * length
            start = place * (length - side)
            middle = torch.arange(length, device=device) + 0.5
            inside.append((middle >= start) & (middle < start + side))
        erased = draws[4].view(count, 1, 1, 1) < self.recipe.erasing
        hole = inside[0].view(count, 1, height, 1) & inside[1].view(count, 1, 1, width)
        noise = torch.rand(images.shape, generator=generator, device=device)
        return torch.where(hole & erased, noise * self.peak, images)


def interpolation(
    length: int, step: torch.Tensor, offset: torch.Tensor
) -> torch.Tensor:
    """Matrices (N, length, length) that resample an axis linearly.

    Output place i reads at centre + step (i - centre) + offset, in pixels; places
    outside are 0.

    Args:
        length: of the axis.
        step: (N,) distance read between neighbours; negative: mirrored.
        offset: (N,) in pixels.
    """
    places = torch.arange(length, dtype=step.dtype, device=step.device)
    centre = (length - 1) / 2
    read = centre + step[:, None] * (places - centre) + offset[:, None]
    return (1 - (read.unsqueeze(2) - places).abs()).clamp_min(0)


def rgb_to_hsv(
    images: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hue (in turns), saturation and value, each (N, H, W), of values from 0 to 1."""
    red, green, blue = images.unbind(1)
    value, largest = images.max(1)
    chroma = value - images.min(1).values
    divisor = torch.where(chroma > 0, chroma, torch.ones_like(chroma))
    sextant = torch.where(
        largest == 0,
        (green - blue) / divisor,
        torch.where(
            largest == 1, (blue - red) / divisor + 2, (red - green) / divisor + 4
        ),
    )
    saturation = chroma / torch.where(value > 0, value, torch.ones_like(value))
    return (sextant / 6) % 1, saturation, value


def hsv_to_rgb(
    hue: torch.Tensor, saturation: torch.Tensor, value: torch.Tensor
) -> torch.Tensor:
    """The inverse of `rgb_to_hsv`; hues are taken modulo one turn."""
    channels = []
    for start in (5, 3, 1):
        place = (start + 6 * hue) % 6
        ramp = torch.minimum(place, 4 - place).clamp(0, 1)
        channels.append(value - value * saturation * ramp)
    return torch.stack(channels, 1)
