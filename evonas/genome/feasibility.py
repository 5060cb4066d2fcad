"""Whether a space holds anything that can be built and is within its limits.

Asked once before a search starts, so that a mistake in the config is told with its key
and not found out by hundreds of failed candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evonas.architecture import Shape, Value
from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome.assembly import assemble, within_limits
from evonas.genome.blocks import decode_block
from evonas.genome.initial import initial_blueprint, initial_module
from evonas.genome.ledger import InnovationLedger
from evonas.space import Space
from evonas.space.catalogue import BLOCKS

#: Minimal networks tried before a space is called impossible.
TRIES = 200


def check_space(space: Space, input_shape: Shape, outputs: int) -> None:
    """Refuse a space with a value that nothing accepts, or with impossible limits.

    Every extreme value of every field is tried, then minimal networks drawn from the
    space are held against the limits.

    Raises:
        ConfigError: with the path of the key, what was expected and what was found.
    """
    for name, domain in space.recipe.items():
        for value in domain.extremes():
            _check_recipe(name, value)
    shape = _shape_after_stem(space, input_shape)
    for block, domains in space.blocks.items():
        fields = {name: domain.extremes()[0] for name, domain in domains.items()}
        path = f"space.blocks.{block}"
        if culprit := _culprit(block, fields, space.modality, shape):
            path += f".{culprit}"
        _check_block(path, block, fields, shape)
        for name, domain in domains.items():
            for value in domain.extremes():
                path = f"space.blocks.{block}.{name}"
                _check_block(path, block, {**fields, name: value}, shape)
    _check_limits(space, input_shape, outputs)


def smallest_networks(
    space: Space, input_shape: Shape, outputs: int
) -> tuple[Candidate, ...]:
    """The minimal networks that should answer soonest, for whoever can measure it.

    Of the minimal networks drawn that are within the limits that can be computed: the
    one of the fewest layers and the one of the fewest multiply-adds, which may be one.
    """
    rng = np.random.default_rng(0)
    ledger = InnovationLedger()
    drawn = (_minimal(space, ledger, rng, input_shape, outputs) for _ in range(TRIES))
    sizes = [
        (
            len(candidate.architecture.layers),
            candidate.architecture.cost(input_shape).multiply_adds,
            candidate,
        )
        for candidate in drawn
        if not within_limits(candidate, space, input_shape)
    ]
    shallowest = min(sizes, key=lambda size: size[:2], default=None)
    cheapest = min(sizes, key=lambda size: size[1::-1], default=None)
    found = {size[-1].key(): size[-1] for size in (shallowest, cheapest) if size}
    return tuple(found.values())


def _check_recipe(name: str, value: Any) -> None:
    try:
        Recipe(**{name: value})
    except ConfigError as error:
        raise ConfigError(f"space.{error}") from None


def _culprit(
    block: str, fields: Mapping[str, Value], modality: str, shape: Shape
) -> str:
    """The one field whose default value would make a block possible; "" if none is."""
    if _fits(block, fields, shape):
        return ""
    for name, default in BLOCKS[modality].get(block, {}).items():
        if _fits(block, {**fields, name: default.extremes()[0]}, shape):
            return name
    return ""


def _fits(block: str, fields: Mapping[str, Value], shape: Shape) -> bool:
    try:
        decode_block(block, fields, shape)
    except ArchitectureError:
        return False
    return True


def _check_block(
    path: str, block: str, fields: Mapping[str, Value], shape: Shape
) -> None:
    try:
        decode_block(block, fields, shape)
    except ArchitectureError as error:
        # the layer is named like the block where it is the block's own
        reason = str(error).removeprefix(f"{block}: ")
        reason = reason.removeprefix(f"{path.rpartition('.')[2]}: ")
        raise ConfigError(f"{path}: {reason}") from None


def _shape_after_stem(space: Space, input_shape: Shape) -> Shape:
    if space.modality == "text":
        return (space.embedding_dimension, *input_shape)
    if not space.stem_filters:
        return input_shape
    sides = (-(-side // space.stem_stride) for side in input_shape[1:])
    return (space.stem_filters, *sides)


def _check_limits(space: Space, input_shape: Shape, outputs: int) -> None:
    rng = np.random.default_rng(0)
    ledger = InnovationLedger()
    smallest, reason = -1, ""
    for _ in range(TRIES):
        candidate = _minimal(space, ledger, rng, input_shape, outputs)
        found = within_limits(candidate, space, input_shape)
        if not found:
            return
        parameters = candidate.architecture.cost(input_shape).parameters
        if smallest < 0 or parameters < smallest:
            smallest, reason = parameters, found
    raise ConfigError(
        f"{reason}: this is the smallest of {TRIES} minimal networks of the space, and "
        "none is within the limits; raise the limit or allow smaller blocks"
    )


def _minimal(
    space: Space,
    ledger: InnovationLedger,
    rng: np.random.Generator,
    input_shape: Shape,
    outputs: int,
) -> Candidate:
    module = initial_module(space, ledger, rng, 0)
    blueprint = initial_blueprint(space, ledger, rng, 1, (0,))
    return assemble(blueprint, {0: module}, space, input_shape, outputs)
