"""Blocks read back out of an architecture: the inverse of what `blocks` decodes.

What is read are the layers alone, so that networks of any origin can be told in the
words of a space. Fields that no layer shows (a dropout of rate 0, say) have the value
that leaves none; what a repair has changed is read as it was repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evonas.architecture import Architecture, Layer, Value

#: layers that a block begins with → the block
_BLOCK_OF: Mapping[str, str] = {
    "conv": "conv",
    "separable_conv": "separable_conv",
    "factorised_conv": "factorised_conv",
    # half of one: a window along one side
    "asymmetric_conv": "factorised_conv",
    "mbconv": "mbconv",
    "dense_block": "dense_block",
    "squeeze_excitation": "squeeze_excitation",
    "max_pool": "pool",
    "average_pool": "pool",
    "gru": "gru",
    "lstm": "lstm",
    "dense": "dense",
}
#: block → parameters of its first layer that are fields
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "conv": ("filters", "kernel", "stride", "dilation", "groups", "init_scale"),
    "separable_conv": ("filters", "kernel", "stride", "dilation", "init_scale"),
    "factorised_conv": ("filters", "kernel", "stride", "init_scale"),
    "mbconv": (
        *("filters", "kernel", "stride", "expansion"),
        *("squeeze_ratio", "activation"),
    ),
    "dense_block": ("layers", "growth", "kernel", "activation"),
    "squeeze_excitation": ("ratio",),
    "pool": ("kernel", "stride"),
    "gru": ("units", "bidirectional"),
    "lstm": ("units", "bidirectional"),
    "dense": ("units", "init_scale"),
}
#: block → what may follow its first layer, in this order
_TAILS: Mapping[str, tuple[str, ...]] = {
    "mbconv": ("max_pool", "dropout"),
    "dense_block": ("max_pool", "dropout"),
    "squeeze_excitation": (),
    "pool": (),
    "gru": ("dropout",),
    "lstm": ("dropout",),
}
_WHOLE_TAIL = ("batch_norm", "activation", "max_pool", "dropout")
#: how several inputs of a layer are joined
MERGES = ("sum", "concat", "gated_sum")
#: what stands before everything that evolves is marked so
_STEM = "stem/"


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A block as it stands in an architecture.

    Attributes:
        block: name, as a space has it.
        fields: its hyper-parameters.
        layers: positions of its layers, in order.
    """

    block: str
    fields: Mapping[str, Value]
    layers: tuple[int, ...]


def read_blocks(architecture: Architecture) -> tuple[ReadBlock, ...]:
    """The blocks of a network, in the order of their first layers.

    Layers that no block begins with, or continues, are left out, and so are the stem
    and the last dense layer, which do not evolve.

    Args:
        architecture: of any origin.
    """
    layers = architecture.layers
    following = _followers(architecture)
    taken: set[int] = set()
    found = []
    for position, layer in enumerate(layers):
        block = _BLOCK_OF.get(layer.op)
        if block is None or position in taken or layer.marking.startswith(_STEM):
            continue
        after = following.get(position)
        if layer.op == "dense" and after is not None and layers[after].op == "output":
            continue
        chain = tuple(_chain(layers, following, position, block))
        taken.update(chain)
        read = [layers[place] for place in chain]
        found.append(ReadBlock(block, _fields(block, read), chain))
    return tuple(found)


def read_merges(architecture: Architecture) -> tuple[str, ...]:
    """How inputs are joined in a network, one name for each layer that joins some."""
    return tuple(layer.op for layer in architecture.layers if layer.op in MERGES)


def _followers(architecture: Architecture) -> dict[int, int]:
    """Position → of the only layer that reads it, if it reads nothing else."""
    readers: dict[int, list[int]] = {}
    inputs: dict[int, int] = {}
    for edge in architecture.edges:
        readers.setdefault(edge.source, []).append(edge.target)
        inputs[edge.target] = inputs.get(edge.target, 0) + 1
    return {
        source: targets[0]
        for source, targets in readers.items()
        if len(targets) == 1 and inputs[targets[0]] == 1
    }


def _chain(
    layers: tuple[Layer, ...], following: Mapping[int, int], first: int, block: str
) -> Iterator[int]:
    """The positions of a block's layers."""
    yield first
    last = first
    for op in _TAILS.get(block, _WHOLE_TAIL):
        place = following.get(last)
        if place is not None and layers[place].op == op and _follows(layers[place]):
            yield place
            last = place


def _follows(layer: Layer) -> bool:
    """Whether a layer can end a block: a max pool that halves, not one by itself."""
    return layer.op != "max_pool" or layer.params["padding"] != "same"


def _fields(block: str, layers: list[Layer]) -> dict[str, Value]:
    first, *rest = layers
    tail = {layer.op: layer for layer in rest}
    # a layer of another kind than the block's own may lack a field: it has one value
    fields = {
        name: first.params[name] for name in _FIELDS[block] if name in first.params
    }
    if block == "pool":
        # a pool without a stride steps from window to window
        fields["stride"] = fields["stride"] or fields["kernel"]
        return {"function": first.op.removesuffix("_pool"), **fields}
    possible = _TAILS.get(block, _WHOLE_TAIL)
    if "batch_norm" in possible:
        fields["batch_norm"] = "batch_norm" in tail
        active = tail.get("activation")
        fields["activation"] = "none" if active is None else active.params["function"]
    if "max_pool" in possible and block != "dense":
        fields["max_pool"] = "max_pool" in tail
    if "dropout" in possible:
        dropped = tail.get("dropout")
        fields["dropout"] = 0.0 if dropped is None else dropped.params["rate"]
    return fields
