"""Recipe and candidate: what a strategy proposes to be evaluated.

A candidate is an architecture with the training hyper-parameters that go with it. Two
candidates with the same `key()` are the same experiment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

from evonas.architecture import Architecture
from evonas.cells import Cell, cell_from_json
from evonas.errors import ConfigError

Optimizer = Literal["sgd", "adam", "adamw", "rmsprop"]
Schedule = Literal["constant", "cosine", "one_cycle", "trapezoid"]
ProcedureKind = Literal["supervised", "evaluate_only"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Training hyper-parameters of one candidate.

    The ranges of Miikkulainen et al. 2017 (arXiv 1703.00548, table 1) are in the space;
    here every physically meaningful value is allowed.
    """

    #: update rule
    optimizer: Optimizer = "sgd"
    #: peak learning rate
    learning_rate: float = 0.05
    #: momentum of SGD and RMSprop; beta_1 of Adam and AdamW
    momentum: float = 0.9
    #: Nesterov's form of momentum (SGD only)
    nesterov: bool = True
    #: decoupled for AdamW, L2 otherwise
    weight_decay: float = 5e-4
    #: shape of the learning rate over the epochs of the fidelity
    schedule: Schedule = "cosine"
    #: epochs of linear warm-up before the schedule
    warmup_epochs: float = 0.0
    #: samples a step
    batch_size: int = 64
    #: share of the target mass spread evenly over all classes
    label_smoothing: float = 0.0
    #: probability of mirroring an image left to right
    horizontal_flip: float = 0.0
    #: images: largest random shift, as a share of height and width (shift-crop)
    shift: float = 0.0
    #: images: largest random scaling, as a share (0.3: from 0.7 to 1.3)
    scaling: float = 0.0
    #: images: side of the square that is blanked, as a share of the smaller side
    cutout: float = 0.0
    #: images with three channels: largest hue rotation in degrees
    hue_shift: float = 0.0
    #: images with three channels: largest additive change of saturation and value
    saturation_value_shift: float = 0.0
    #: images with three channels: largest relative change of saturation and value
    saturation_value_scale: float = 0.0
    #: images with three channels: whether each channel is divided by its own deviation
    variance_normalisation: bool = True
    #: images: side of the random window that is enlarged to the whole image (crop)
    crop: float = 1.0
    #: images: probability that a random rectangle is filled with noise (Zhong et al.
    #: 2017, arXiv 1708.04896)
    erasing: float = 0.0
    #: decay of the moving average of the weights, which is what is measured; 0: none
    weight_average: float = 0.0
    #: how the parameters are fitted
    procedure: ProcedureKind = "supervised"

    def __post_init__(self) -> None:
        for name, choices in (
            ("optimizer", get_args(Optimizer)),
            ("schedule", get_args(Schedule)),
            ("procedure", get_args(ProcedureKind)),
        ):
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"recipe.{name}: expected one of {', '.join(choices)}, "
                    f"got {getattr(self, name)!r}"
                )
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                raise ConfigError(
                    f"recipe.{name}: expected a number from {low} to {high}, "
                    f"got {value!r}"
                )

        if not isinstance(self.variance_normalisation, bool):
            raise ConfigError(
                "recipe.variance_normalisation: expected true or false, got "
                f"{self.variance_normalisation!r}"
            )

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        # all of them are plain, and `asdict`, which copies deeply, takes ten times as
        # long
        return {name: getattr(self, name) for name in self.__slots__}

    def lasting_json(self) -> dict[str, Any]:
        """As `to_json`, without fields that joined later and are at their defaults.

        What keys and ids are made of: a field that joins changes none of them.
        """
        return {
            name: value
            for name, value in self.to_json().items()
            if name not in _LATER or value != getattr(_DEFAULT, name)
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """The inverse of `to_json`; absent fields take their defaults."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ConfigError(
                f"recipe: unknown field {unknown[0]!r}; known are "
                f"{', '.join(sorted(known))}"
            )
        return cls(**data)


_BOUNDS = (
    ("learning_rate", 0.0, 1e3),
    ("momentum", 0.0, 0.9999),
    ("weight_decay", 0.0, 10.0),
    ("warmup_epochs", 0.0, 1e4),
    ("batch_size", 1, 2**20),
    ("label_smoothing", 0.0, 0.999),
    ("horizontal_flip", 0.0, 1.0),
    ("shift", 0.0, 1.0),
    ("scaling", 0.0, 0.95),
    ("cutout", 0.0, 1.0),
    ("hue_shift", 0.0, 180.0),
    ("saturation_value_shift", 0.0, 1.0),
    ("saturation_value_scale", 0.0, 1.0),
    ("crop", 0.1, 1.0),
    ("erasing", 0.0, 1.0),
    ("weight_average", 0.0, 0.99999),
)

#: Fields that joined later. At their defaults they are left out of keys, so that a
#: candidate has the key that it had before.
_DEFAULT = Recipe()
_LATER = ("variance_normalisation", "crop", "erasing", "weight_average")


@dataclass(frozen=True)
class Candidate:
    """An architecture and the recipe to train it with.

    Attributes:
        design: the architecture; or a cell, which is unrolled into one only when
            somebody asks for `architecture`. Against a table nobody has to.
        recipe: to train it with.
    """

    design: Architecture | Cell
    recipe: Recipe = Recipe()

    @classmethod
    def of(cls, cell: Cell) -> Candidate:
        """A cell with the recipe that its table has trained it with."""
        return cls(cell, _recipe_of(tuple(cell.recipe().items())))

    @property
    def cell(self) -> Cell | None:
        """The cell that it is, if it is one."""
        return self.design if isinstance(self.design, Cell) else None

    @cached_property
    def architecture(self) -> Architecture:
        """The network as data."""
        return (
            self.design.architecture() if isinstance(self.design, Cell) else self.design
        )

    def key(self) -> str:
        """Hex digest; equal when recipe and architecture (up to isomorphism) are.

        Of a cell it is made from the cell's own key, without unrolling it.
        """
        return self._key

    @cached_property
    def _key(self) -> str:
        design = self.design
        own = design.key() if isinstance(design, Cell) else design.fingerprint()
        text = f"[{json.dumps(own)}, {_recipe_text(self.recipe)}]"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form, versioned by the architecture's own format."""
        name = "cell" if isinstance(self.design, Cell) else "architecture"
        return {name: self.design.to_json(), "recipe": self.recipe.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Candidate:
        """The inverse of `to_json`."""
        design = (
            cell_from_json(data["cell"])
            if "cell" in data
            else Architecture.from_json(data["architecture"])
        )
        return cls(design, Recipe.from_json(data["recipe"]))


@lru_cache(maxsize=1024)
def _recipe_text(recipe: Recipe) -> str:
    """What a recipe adds to keys."""
    return json.dumps(recipe.lasting_json(), sort_keys=True)


@lru_cache(maxsize=1024)
def _recipe_of(fields: tuple[tuple[str, Any], ...]) -> Recipe:
    return Recipe.from_json(dict(fields))
