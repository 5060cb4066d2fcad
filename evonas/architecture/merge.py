"""Merges of several tensors, with size matching inside: any shapes can be merged.

1. Where the numbers of sides differ, every map is averaged to a vector, an element a
   channel.
2. Maps are max-pooled to the smallest size, side by side (Miikkulainen et al. 2017,
   arXiv 1703.00548, section 3.2).
3. `sum`, `gated_sum`: inputs with fewer channels than the largest number are projected
   to that number by a 1x1 convolution (a dense layer on vectors) without bias. To the
   largest, since a sum with a one-channel image would otherwise squeeze everything into
   one channel.
   `concat`: channels are joined in the order of the slots.

A residual connection is a `sum` whose first input is what the other began from. A
`gated_sum` begins as its first input alone, where that has the result's shape: a branch
that joins it later changes nothing until its gate has opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import ClassVar, Literal

from evonas.architecture.cost import FLOAT_BYTES, INDEX_BYTES, Cost
from evonas.architecture.kind import LayerKind, Parameter, Params
from evonas.architecture.layer import Shape

#: Every merge by name.
Merge = Literal["sum", "gated_sum", "concat"]


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge does to its inputs before it merges them.

    Attributes:
        target_spatial: sides of the output; empty for a vector.
        pooled: for each input, whether its sides change: by the mean over all of them
            if `to_vector`, else by adaptive max pooling to `target_spatial`.
        to_vector: whether maps are averaged to vectors, since the ranks differ.
        projected: for each input, whether it is projected to `channels` (never by
            `concat`).
        channels: of the output.
    """

    target_spatial: tuple[int, ...]
    pooled: tuple[bool, ...]
    to_vector: bool
    projected: tuple[bool, ...]
    channels: int

    @property
    def output_shape(self) -> Shape:
        """Shape of the merged tensor."""
        return (self.channels, *self.target_spatial)


def matching(op: Merge, inputs: Sequence[Shape]) -> MergePlan:
    """How the inputs of a merge are made to fit.

    Args:
        op: the merge.
        inputs: shapes by slot, at least one.
    """
    to_vector = len({len(shape) for shape in inputs}) > 1
    sides = [() if to_vector else shape[1:] for shape in inputs]
    target = tuple(min(column) for column in zip(*sides, strict=True))
    pooled = tuple(shape[1:] != target for shape in inputs)
    counts = [shape[0] for shape in inputs]
    joined = op == "concat"
    channels = sum(counts) if joined else max(counts)
    projected = tuple(not joined and count != channels for count in counts)
    return MergePlan(target, pooled, to_vector, projected, channels)


def _kept_slots(plan: MergePlan) -> tuple[int, ...]:
    """Inputs kept: by max pooling, and by a projection that reads them directly."""
    return tuple(
        slot
        for slot, (pooled, projected) in enumerate(
            zip(plan.pooled, plan.projected, strict=True)
        )
        if (pooled and not plan.to_vector) or (projected and not pooled)
    )


def _matching_cost(plan: MergePlan, inputs: Sequence[Shape]) -> Cost:
    """Projections, places of the maxima, and pooled tensors that are projected."""
    positions = prod(plan.target_spatial)
    parameters = kept = 0
    for shape, pooled, projected in zip(
        inputs, plan.pooled, plan.projected, strict=True
    ):
        if pooled and not plan.to_vector:
            kept += shape[0] * positions * INDEX_BYTES
        if projected:
            parameters += shape[0] * plan.channels
            kept += shape[0] * positions * FLOAT_BYTES if pooled else 0
    return Cost(parameters, parameters * positions, kept)


class Sum(LayerKind):
    """`sum`: element by element, with the largest number of channels."""

    name = "sum"
    arity = "many"
    commutative = True

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(largest channels, smallest sides...)."""
        return matching("sum", inputs).output_shape

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """The projections."""
        return _matching_cost(matching("sum", inputs), inputs)

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """Those that are max-pooled or projected."""
        return _kept_slots(matching("sum", inputs))


class GatedSum(LayerKind):
    """`gated_sum`: a sum in which each input is multiplied by a learned number first.

    The first input's gate begins at 1, the others' at `gate_init`. At 0 it is the
    residual connection of Bachlechner et al. 2020 (ReZero, arXiv 2003.04887): the first
    input passes as it is, the others come in as training opens their gates. At 1 it
    begins as a `sum`.
    """

    name = "gated_sum"
    arity = "many"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "gate_init": Parameter(
                float,
                0.0,
                low=0.0,
                high=1.0,
                doc="first value of every gate but the first input's, which is 1",
            )
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(largest channels, smallest sides...)."""
        return matching("gated_sum", inputs).output_shape

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """The projections and a gate an input, which keeps what it multiplies."""
        plan = matching("gated_sum", inputs)
        resized = sum(
            pooled or projected
            for pooled, projected in zip(plan.pooled, plan.projected, strict=True)
        )
        # Where the result of a projection is kept beside its pooled input, that is two.
        gated = Cost(len(inputs), 0, resized * prod(plan.output_shape) * FLOAT_BYTES)
        return _matching_cost(plan, inputs) + gated

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """All but those that are averaged to vectors: the gate keeps the vectors."""
        plan = matching("gated_sum", inputs)
        return tuple(
            slot
            for slot, pooled in enumerate(plan.pooled)
            if not (pooled and plan.to_vector)
        )


class Concatenation(LayerKind):
    """`concat`: channels side by side in the order of the slots."""

    name = "concat"
    arity = "many"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(all channels, smallest sides...)."""
        return matching("concat", inputs).output_shape

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """The places of the maxima."""
        return _matching_cost(matching("concat", inputs), inputs)

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """Those that are max-pooled."""
        return _kept_slots(matching("concat", inputs))
