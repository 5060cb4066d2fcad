"""Blocks: what a node of a module decodes to, for the shape that comes in.

Every block accepts every shape its modality can bring and is repaired to it, so that no
mutation can make a network that cannot be built (otherwise evolution learns to avoid
depth):

- a stride, and a max pool, is dropped where it would leave a side shorter than 2;
- a kernel is cut to the part that can touch the map at all;
- groups fall to the largest number that divides the channels in and out;
- a dropout of rate 0 is no layer, and the activation `none` is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from evonas.architecture import Layer, Shape, Value, kind_of
from evonas.errors import ArchitectureError

Fields = Mapping[str, Value]


class _Chain:
    """Layers one after the other, with the shape that comes out of the last."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.layers: list[Layer] = []

    def add(self, op: str, **params: Value) -> None:
        kind = kind_of(op)
        complete = kind.check(params)
        self.shape = kind.output_shape(complete, [self.shape])
        self.layers.append(Layer(op, complete))

    def kernel(self, wanted: Value, dilation: int = 1) -> int:
        """The kernel without the outer weights that would only ever see padding."""
        reach = (max(self.shape[1:], default=1) - 1) // max(dilation, 1)
        return min(int(wanted), 2 * reach + 1)

    def stride(self, wanted: Value) -> int:
        """The stride, or 1 where it would leave a side shorter than 2."""
        sides = self.shape[1:]
        return int(wanted) if sides and min(sides) >= 2 * int(wanted) else 1

    def finish(self, fields: Fields) -> None:
        """What may follow any block: max pool, dropout."""
        if fields.get("max_pool", False) and self.stride(2) == 2:
            self.add("max_pool", kernel=2)
        if fields["dropout"]:
            self.add("dropout", rate=fields["dropout"])

    def activate(self, fields: Fields) -> None:
        """Batch norm and activation."""
        if fields["batch_norm"]:
            self.add("batch_norm")
        if fields["activation"] != "none":
            self.add("activation", function=fields["activation"])


def _conv(fields: Fields, chain: _Chain) -> None:
    dilation, filters = int(fields["dilation"]), int(fields["filters"])
    chain.add(
        "conv",
        filters=filters,
        kernel=chain.kernel(fields["kernel"], dilation),
        stride=chain.stride(fields["stride"]),
        dilation=dilation,
        groups=_groups(int(fields["groups"]), math.gcd(chain.shape[0], filters)),
        bias=not fields["batch_norm"],
        init_scale=fields["init_scale"],
    )
    chain.activate(fields)
    chain.finish(fields)


def _separable_conv(fields: Fields, chain: _Chain) -> None:
    dilation = int(fields["dilation"])
    chain.add(
        "separable_conv",
        filters=fields["filters"],
        kernel=chain.kernel(fields["kernel"], dilation),
        stride=chain.stride(fields["stride"]),
        dilation=dilation,
        bias=not fields["batch_norm"],
        init_scale=fields["init_scale"],
    )
    chain.activate(fields)
    chain.finish(fields)


def _factorised_conv(fields: Fields, chain: _Chain) -> None:
    chain.add(
        "factorised_conv",
        filters=fields["filters"],
        kernel=chain.kernel(fields["kernel"]),
        stride=chain.stride(fields["stride"]),
        bias=not fields["batch_norm"],
        init_scale=fields["init_scale"],
    )
    chain.activate(fields)
    chain.finish(fields)


def _mbconv(fields: Fields, chain: _Chain) -> None:
    chain.add(
        "mbconv",
        filters=fields["filters"],
        kernel=chain.kernel(fields["kernel"]),
        stride=chain.stride(fields["stride"]),
        expansion=fields["expansion"],
        squeeze_ratio=fields["squeeze_ratio"],
        activation=fields["activation"],
    )
    chain.finish(fields)


def _dense_block(fields: Fields, chain: _Chain) -> None:
    chain.add(
        "dense_block",
        layers=fields["layers"],
        growth=fields["growth"],
        kernel=chain.kernel(fields.get("kernel", 1)),
        activation=fields["activation"],
    )
    chain.finish(fields)


def _squeeze_excitation(fields: Fields, chain: _Chain) -> None:
    chain.add("squeeze_excitation", ratio=fields["ratio"])


def _pool(fields: Fields, chain: _Chain) -> None:
    chain.add(
        f"{fields['function']}_pool",
        kernel=chain.kernel(fields["kernel"]),
        stride=chain.stride(fields["stride"]),
        padding="same",
    )


def _recurrent(op: str) -> Callable[[Fields, _Chain], None]:
    def block(fields: Fields, chain: _Chain) -> None:
        chain.add(op, units=fields["units"], bidirectional=fields["bidirectional"])
        chain.finish(fields)

    return block


def _dense(fields: Fields, chain: _Chain) -> None:
    chain.add(
        "dense",
        units=fields["units"],
        bias=not fields["batch_norm"],
        init_scale=fields["init_scale"],
    )
    chain.activate(fields)
    chain.finish(fields)


#: Block → function that adds its layers to a chain.
BLOCKS: Mapping[str, Callable[[Fields, _Chain], None]] = {
    "conv": _conv,
    "separable_conv": _separable_conv,
    "factorised_conv": _factorised_conv,
    "mbconv": _mbconv,
    "dense_block": _dense_block,
    "squeeze_excitation": _squeeze_excitation,
    "pool": _pool,
    "gru": _recurrent("gru"),
    "lstm": _recurrent("lstm"),
    "dense": _dense,
}


def decode_block(
    block: str, fields: Fields, shape: Shape
) -> tuple[tuple[Layer, ...], Shape]:
    """The layers of a block, without markings, and the shape that comes out.

    Args:
        block: name in `BLOCKS`, or `package.module:Class` of a layer kind of the user's
            own, which becomes one layer with `fields` as its parameters.
        fields: all hyper-parameters of the block.
        shape: of one sample, as it comes in.
    """
    return _decoded(block, tuple(fields.items()), shape)


@lru_cache(maxsize=20_000)
def _decoded(
    block: str, fields: tuple[tuple[str, Value], ...], shape: Shape
) -> tuple[tuple[Layer, ...], Shape]:
    chain = _Chain(shape)
    if ":" in block:
        chain.add(block, **dict(fields))
    elif block in BLOCKS:
        BLOCKS[block](dict(fields), chain)
    else:
        raise ArchitectureError(
            f"expected a block of {', '.join(BLOCKS)} or package.module:Class, "
            f"got {block!r}"
        )
    return tuple(chain.layers), chain.shape


def _groups(wanted: int, common: int) -> int:
    """The largest number up to `wanted` that divides both channel counts."""
    # Below 1 there is none: the layer kind refuses the number as it was given.
    return max((n for n in range(1, wanted + 1) if common % n == 0), default=wanted)
