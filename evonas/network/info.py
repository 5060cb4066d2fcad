"""What an export says about its network besides the architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from evonas.architecture import Shape


@dataclass(frozen=True)
class ExportInfo:
    """Facts about task and training that go into an exported folder.

    Attributes:
        task: name of the task.
        kind: whether the network predicts classes or values.
        layout: of a raw batch, see `evonas.network.preprocess`.
        dtype: of a raw batch, for example "uint8".
        value_range: smallest and largest raw value; None: not known.
        mean: constants of the normalisation that the exported network applies.
        std: as many as `mean`.
        target_mean: of a regression's targets in training, one value an output, if the
            network predicts standardised ones; the exported network scales back.
        target_std: as many as `target_mean`.
        classes: their names in the order of the outputs; empty for values.
        metrics: name → value of the exported weights, such as `test_accuracy`.
        recipe: how it was trained, as `Recipe.to_json` gives it; empty: not told.
        source: where the data come from.
        licence: of the data.
        about_inputs: what one raw sample is, where its shape does not tell.
        features: names of a table's columns in their order; empty: not known.
        vocabulary: of a text, as `evonas.tasks.vocabulary.Vocabulary.to_json` gives it;
            None: there is none.
    """

    task: str
    kind: Literal["classification", "regression"]
    layout: str
    dtype: str
    value_range: tuple[float, float] | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    licence: str = ""
    about_inputs: str = ""
    features: tuple[str, ...] = ()
    vocabulary: Mapping[str, Any] | None = None

    def raw_shape(self, shape: Shape) -> Shape:
        """Shape of one raw sample whose channels-first shape is given."""
        if self.layout == "image_hwc":
            return (*shape[1:], shape[0])
        return shape[1:] if self.layout == "image_hw" else shape

    def example(self, shape: Shape, count: int) -> torch.Tensor:
        """A raw batch of random values within the range; the same every time."""
        low, high = self.value_range or (0.0, 1.0)
        size = (count, *self.raw_shape(shape))
        generator = torch.Generator().manual_seed(0)
        values = torch.rand(size, dtype=torch.float64, generator=generator)
        dtype: torch.dtype = getattr(torch, self.dtype)
        return (low + values * (high - low)).to(dtype)
