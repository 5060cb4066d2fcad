"""The search space: everything that may be drawn, and what must hold for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space.catalogue import BLOCKS
from evonas.space.domains import Choice, Domain
from evonas.space.weighted import drawn

Modality = Literal["image", "series", "text", "table"]
Head = Literal["global_pool", "attention_pool", "flatten"]

#: How several inputs of a node may be joined.
MERGES = ("sum", "concat", "gated_sum")


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limits of every candidate; None: no limit."""

    #: trainable parameters
    parameters: float | None = None
    #: multiply-adds of one sample, forwards
    multiply_adds: float | None = None
    #: memory of a training step at the recipe's batch size, in bytes
    memory_bytes: float | None = None
    #: time of one sample through the trained network on the device, in seconds
    latency_seconds: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """All limits as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Space:
    """What may be drawn: blocks and their fields, graphs, recipes.

    Made by `default_space` and `space_from_json`, narrowed by `ConstraintSet.apply`.
    """

    #: what a sample is
    modality: Modality
    #: block → field → its domain
    blocks: Mapping[str, Mapping[str, Domain]]
    #: how several inputs of a node are joined
    merges: Domain
    #: recipe field → its domain
    recipe: Mapping[str, Domain]
    #: hard limits of every candidate
    limits: Limits = Limits()
    #: most inner nodes of a module
    module_nodes: int = 4
    #: most inner nodes of a blueprint
    blueprint_nodes: int = 4
    #: filters of a 3-wide convolution before everything that evolves; 0: none
    stem_filters: int = 0
    #: stride of that convolution: what evolves sees a map so many times smaller; 0
    #: where the modality has no stem
    stem_stride: int = 1
    #: how maps become the vector that the last dense layer reads
    head: Head = "global_pool"
    #: text: size of the vector that stands for a token; otherwise 0
    embedding_dimension: int = 0
    #: text: number of different tokens; otherwise 0
    vocabulary: int = 0
    #: block → how likely it is drawn, as a share of all; empty: all are equally likely.
    #: Only constraint sets give it
    block_weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frozen = {block: MappingProxyType(dict(d)) for block, d in self.blocks.items()}
        object.__setattr__(self, "blocks", MappingProxyType(frozen))
        object.__setattr__(self, "recipe", MappingProxyType(dict(self.recipe)))
        weights = MappingProxyType(dict(self.block_weights))
        object.__setattr__(self, "block_weights", weights)
        if not self.blocks:
            raise ConfigError(
                "space.blocks: expected one block or more, got none; "
                "switch one on or give a wider constraint set"
            )

    @cached_property
    def block_names(self) -> tuple[str, ...]:
        """The blocks in their fixed order."""
        return tuple(self.blocks)

    @cached_property
    def searched(self) -> Mapping[str, tuple[tuple[str, Domain], ...]]:
        """Block → its fields that can take more than one value."""
        return {block: _open(domains) for block, domains in self.blocks.items()}

    @cached_property
    def searched_recipe(self) -> tuple[tuple[str, Domain], ...]:
        """The recipe fields that can take more than one value."""
        return _open(self.recipe)

    def draw_block(
        self, rng: np.random.Generator, other_than: str | None = None
    ) -> str:
        """The name of a block at random.

        Args:
            rng: of the choice.
            other_than: a block that is not wanted; there must be another one.
        """
        names = [block for block in self.block_names if block != other_than]
        weights = [self.block_weights.get(block, 0.0) for block in names]
        if not sum(weights):
            return names[int(rng.integers(len(names)))]
        return names[drawn(weights, rng)]

    def draw_fields(self, block: str, rng: np.random.Generator) -> dict[str, Value]:
        """A value at random for every field of a block."""
        return {name: domain.draw(rng) for name, domain in self.blocks[block].items()}

    def draw_merge(self, rng: np.random.Generator) -> str:
        """A way to join inputs at random."""
        return str(self.merges.draw(rng))

    def draw_recipe(self, rng: np.random.Generator) -> dict[str, Value]:
        """A value at random for every recipe field."""
        return {name: domain.draw(rng) for name, domain in self.recipe.items()}

    def to_json(self) -> dict[str, Any]:
        """The `space:` section that gives this space, with every key.

        Blocks that the modality knows and that are off appear as false.
        """
        blocks: dict[str, Any] = {
            block: _texts(domains) for block, domains in self.blocks.items()
        }
        for block in BLOCKS[self.modality]:
            blocks.setdefault(block, False)
        return {
            "blocks": blocks,
            "merges": self.merges.to_json(),
            "recipe": _texts(self.recipe),
            "limits": self.limits.to_json(),
            "module_nodes": self.module_nodes,
            "blueprint_nodes": self.blueprint_nodes,
            "stem_filters": self.stem_filters,
            "stem_stride": self.stem_stride,
            "head": self.head,
            "embedding_dimension": self.embedding_dimension,
            "vocabulary": self.vocabulary,
        }


#: The keys of the `space:` section.
KEYS = tuple(
    one.name for one in fields(Space) if one.name not in ("modality", "block_weights")
)

#: All ways to join.
ANY_MERGE = Choice(MERGES)


def _open(domains: Mapping[str, Domain]) -> tuple[tuple[str, Domain], ...]:
    return tuple((n, domain) for n, domain in domains.items() if not domain.constant)


def _texts(domains: Mapping[str, Domain]) -> dict[str, Any]:
    return {name: domain.to_json() for name, domain in domains.items()}
