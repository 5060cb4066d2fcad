"""FCNet (Klein and Hutter 2019, arXiv 1905.04970): two layers and their training.

62,208 configurations of a network for regression on four tables of the UCI archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from evonas.architecture import Architecture, Shape
from evonas.architecture.layer import Value
from evonas.architecture.wording import shown
from evonas.cells.cell import Cell, Values
from evonas.cells.draft import Draft, stock
from evonas.errors import ArchitectureError

#: choice → its values, in the order of the table's own keys
CHOICES: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {
        "activation_fn_1": ("relu", "tanh"),
        "activation_fn_2": ("relu", "tanh"),
        "batch_size": (8, 16, 32, 64),
        "dropout_1": (0.0, 0.3, 0.6),
        "dropout_2": (0.0, 0.3, 0.6),
        "init_lr": (5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1),
        "lr_schedule": ("cosine", "const"),
        "n_units_1": (16, 32, 64, 128, 256, 512),
        "n_units_2": (16, 32, 64, 128, 256, 512),
    }
)

#: choices of the training alone; the others make the network
RECIPE = frozenset({"batch_size", "init_lr", "lr_schedule"})

#: columns that each data set's networks read
FEATURES: Mapping[str, int] = MappingProxyType(
    {
        "naval_propulsion": 15,
        "parkinsons_telemonitoring": 20,
        "protein_structure": 9,
        "slice_localization": 380,
    }
)

_SIZES = tuple(map(len, CHOICES.values()))


@dataclass(frozen=True)
class FcnetCell(Cell):
    """One configuration.

    Attributes:
        digits: one for each of `CHOICES`, the place of its value.
        features: columns of the data.
    """

    digits: str
    features: int = 9

    kind: ClassVar[str] = "fcnet"

    def __post_init__(self) -> None:
        digits = self.digits
        if (
            not isinstance(digits, str)
            or len(digits) != len(_SIZES)
            or not digits.isascii()
            or not digits.isdigit()
            or any(int(d) >= size for d, size in zip(digits, _SIZES, strict=True))
        ):
            raise ArchitectureError(
                f"FCNet configuration: expected {len(_SIZES)} digits, each below "
                f"{', '.join(map(str, _SIZES))}, got {shown(digits)}"
            )
        if type(self.features) is not int or self.features < 1:
            raise ArchitectureError(
                f"FCNet configuration: features: expected 1 or more, got "
                f"{shown(self.features)}"
            )

    @classmethod
    def of_values(cls, values: Values, features: int) -> FcnetCell:
        """The configuration with these values of `CHOICES`."""
        digits = [str(options.index(values[name])) for name, options in CHOICES.items()]
        return cls("".join(digits), features)

    @property
    def values(self) -> dict[str, Value]:
        """The value of every choice."""
        return {
            name: options[int(digit)]
            for digit, (name, options) in zip(self.digits, CHOICES.items(), strict=True)
        }

    def key(self) -> str:
        """`fcnet/<features>:<digits>`."""
        return f"fcnet/{self.features}:{self.digits}"

    @property
    def input_shape(self) -> Shape:
        """(features,)."""
        return (self.features,)

    def fitted(self, input_shape: Shape, outputs: int) -> FcnetCell:
        """With as many features."""
        features = input_shape[0] if len(input_shape) == 1 else self.features
        return FcnetCell(self.digits, features)

    def recipe(self) -> dict[str, Value]:
        """Adam with the configuration's learning rate, schedule and batch size."""
        values = self.values
        return {
            "optimizer": "adam",
            "learning_rate": values["init_lr"],
            "schedule": "cosine" if values["lr_schedule"] == "cosine" else "constant",
            "batch_size": values["batch_size"],
            "weight_decay": 0.0,
        }

    def to_json(self) -> dict[str, Any]:
        """Kind, digits and features."""
        return {"kind": self.kind, "digits": self.digits, "features": self.features}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FcnetCell:
        """The inverse of `to_json`."""
        return cls(data["digits"], data["features"])

    def architecture(self) -> Architecture:
        """Twice a dense layer, its activation and dropout; then the one output."""
        values, draft, position = self.values, Draft(), 0
        for place in (1, 2):
            name = f"h{place}"
            for part, layers in (
                ("dense", stock("dense", units=values[f"n_units_{place}"])),
                ("act", stock("activation", function=values[f"activation_fn_{place}"])),
                ("dropout", stock("dropout", rate=values[f"dropout_{place}"])),
            ):
                position = draft.add(layers, f"{name}/{part}", position)
        return draft.finish(draft.add(stock("dense", units=1), "head/dense", position))
