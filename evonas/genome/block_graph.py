"""An architecture as a graph of blocks and merges, without its stem and its head."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from evonas.architecture import Architecture, Value
from evonas.genome.block_reading import MERGES, ReadBlock, read_blocks
from evonas.space import Space

#: the place that stands for what the stem gives
START = 0
#: layers that stand for nothing of their own in any space
_SILENT = frozenset(
    ("input", "output", "identity", "zero", "embedding", "flatten", "truncate")
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A block, or a merge of several values.

    Attributes:
        inputs: places of what it reads; of a block one.
        op: the block's name, or the kind of the merge.
        fields: of the block; of a merge none.
        joins: whether it is a merge.
    """

    inputs: tuple[int, ...]
    op: str
    fields: Mapping[str, Value]
    joins: bool = False


@dataclass(frozen=True)
class BlockGraph:
    """Units, each after those that it reads; place 0 is the stem's and no unit.

    Attributes:
        units: by place less one.
        result: place of what the head reads.
    """

    units: tuple[Unit, ...]
    result: int

    def unit(self, place: int) -> Unit:
        """The unit at a place other than `START`."""
        return self.units[place - 1]

    @property
    def places(self) -> range:
        """Of all units."""
        return range(1, len(self.units) + 1)

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """Places of the units that are blocks."""
        return tuple(at for at in self.places if not self.unit(at).joins)

    @cached_property
    def readers(self) -> Mapping[int, tuple[int, ...]]:
        """Place → places of the units that read it."""
        found: dict[int, list[int]] = {at: [] for at in (START, *self.places)}
        for at in self.places:
            for source in self.unit(at).inputs:
                found[source].append(at)
        return {at: tuple(readers) for at, readers in found.items()}

    def without(self, gone: Collection[int]) -> BlockGraph:
        """The graph with some blocks taken out; what read them reads what they read.

        Args:
            gone: places of blocks.
        """
        stands = {at: self.unit(at).inputs[0] for at in gone}
        return tidied(self.units, self.result, stands)

    @cached_property
    def narrows(self) -> tuple[int, ...]:
        """Places of the values that every way to the result goes through."""
        found: list[int] = []
        # the last place that reads a value before each one
        furthest = max(self.readers[START], default=0)
        for at in self.places:
            if furthest <= at:
                found.append(at)
            furthest = max(furthest, max(self.readers[at], default=0))
        return tuple(found)

    def private(self, kept: Container[int] = ()) -> BlockGraph:
        """The graph with a merge of its own for every block that reads one.

        Merges of merges become one. The network computes nearly the same.

        Args:
            kept: places of merges that stay as they are.
        """
        units: list[Unit] = []
        moved = {START: START}

        def joined(place: int) -> int:
            """The place of a value, where a merge is made anew."""
            if place in moved:
                return moved[place]
            sources = tuple(dict.fromkeys(self._through(place, moved)))
            if len(sources) == 1:
                return moved[sources[0]]
            inputs = tuple([moved[source] for source in sources])
            units.append(replace(self.unit(place), inputs=inputs))
            return len(units)

        for at in self.places:
            if self.unit(at).joins:
                if at in kept:
                    moved[at] = joined(at)
                continue
            source = joined(self.unit(at).inputs[0])
            units.append(replace(self.unit(at), inputs=(source,)))
            moved[at] = len(units)
        result = joined(self.result)
        return tidied(units, result, {})

    def _through(self, place: int, known: Container[int]) -> Iterable[int]:
        """What a value is made of, through merges to what is known, by slot."""
        waiting = [place]
        while waiting:
            at = waiting.pop()
            if at in known:
                yield at
            else:
                waiting += reversed(self.unit(at).inputs)


def tidied(units: Iterable[Unit], result: int, stands: Mapping[int, int]) -> BlockGraph:
    """The graph of what leads to the result; merges of one value are none.

    Args:
        units: in order.
        result: place of what the head reads.
        stands: place of a unit that is left out → that of what stands for it.
    """
    listed = list(units)
    value = {START: START}
    merged: dict[int, tuple[int, ...]] = {}
    for at, unit in enumerate(listed, 1):
        if at in stands:
            value[at] = value[stands[at]]
            continue
        inputs = tuple(dict.fromkeys([value[source] for source in unit.inputs]))
        value[at] = inputs[0] if unit.joins and len(inputs) == 1 else at
        merged[at] = inputs
    used: set[int] = set()
    waiting = [value[result]]
    while waiting:
        at = waiting.pop()
        if at not in used and at != START:
            used.add(at)
            waiting += merged[at]
    number = {START: START} | {at: n for n, at in enumerate(sorted(used), 1)}
    return BlockGraph(
        tuple(
            replace(listed[at - 1], inputs=tuple([number[one] for one in merged[at]]))
            for at in sorted(used)
        ),
        number[value[result]],
    )


def block_graph(
    architecture: Architecture, space: Space
) -> tuple[BlockGraph, tuple[str, ...]]:
    """The graph of a network of any origin, and what of it stands in no block.

    Where the space has a stem, a convolution that alone reads the input is taken for
    the network's own stem. An activation by itself belongs to the block behind it,
    where that has none.

    Args:
        architecture: of any origin; its markings say nothing.
        space: tells whether there is a stem.
    """
    layers = tuple(replace(layer, marking="") for layer in architecture.layers)
    architecture = Architecture(layers, architecture.edges)
    first = {one.layers[0]: one for one in read_blocks(architecture)}
    inside = {place for one in first.values() for place in one.layers[1:]}
    for place, layer in enumerate(layers):
        if ":" in layer.op and len(architecture.inputs_of(place)) == 1:
            first[place] = ReadBlock(layer.op, layer.params, (place,))
    stem = _stem(architecture, first, space)
    ends = _head(architecture)
    #: position of a layer → place of its value; None: nothing comes from there
    value: dict[int, int | None] = {}
    #: position of a layer → activation that was passed on the way
    passed: dict[int, str] = {}
    units: list[Unit] = []
    left: dict[str, None] = {}
    for position in architecture.order():
        layer, sources = layers[position], architecture.inputs_of(position)
        if layer.op == "input":
            value[position] = START
            continue
        read = [one for one in map(value.__getitem__, sources) if one is not None]
        if not read or layer.op == "zero":
            value[position] = None
        elif layer.op in MERGES:
            inputs = tuple(dict.fromkeys(read))
            if len(inputs) > 1:
                units.append(Unit(inputs, layer.op, {}, joins=True))
            value[position] = len(units) if len(inputs) > 1 else inputs[0]
        elif position in first and position != stem:
            found = first[position]
            fields = dict(found.fields)
            before = passed.get(sources[0])
            if before and fields.get("activation") == "none":
                fields["activation"] = before
            units.append(Unit((read[0],), found.block, fields))
            value[position] = len(units)
        else:
            value[position] = read[0]
            if layer.op == "activation" and position not in inside:
                passed[position] = str(layer.params["function"])
                left.setdefault("activation: moved behind the block that reads it")
            elif position not in inside | ends | {stem} and layer.op not in _SILENT:
                left.setdefault(f"{layer.op}: left out")
    output = next(at for at in architecture.order() if layers[at].op == "output")
    result = value[output]
    if result is None:
        return BlockGraph((), START), tuple(left)
    return tidied(units, result, {}), tuple(left)


def _stem(
    architecture: Architecture, first: Mapping[int, ReadBlock], space: Space
) -> int | None:
    """The position of the convolution that stands before everything else."""
    if not space.stem_filters:
        return None
    start = next(
        at for at, layer in enumerate(architecture.layers) if layer.op == "input"
    )
    readers = [edge.target for edge in architecture.edges if edge.source == start]
    if len(readers) != 1 or readers[0] not in first:
        return None
    return readers[0] if first[readers[0]].block == "conv" else None


def _head(architecture: Architecture) -> frozenset[int]:
    """Positions of what turns the last map into the result."""
    layers = architecture.layers
    at = next(at for at, layer in enumerate(layers) if layer.op == "output")
    found = set[int]()
    while len(sources := architecture.inputs_of(at)) == 1:
        at = sources[0]
        if layers[at].op not in ("dense", "global_pool", "attention_pool", "flatten"):
            break
        if layers[at].op == "dense" and found:
            break
        found.add(at)
    return frozenset(found)
