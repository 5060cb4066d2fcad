"""The network that weights come from, with a number for each of its channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Architecture, Layer, Shape, matching

Ids = NDArray[np.int64]

#: hand their input's values on in eval mode
TRANSPARENT = frozenset({"output", "identity", "dropout"})
#: compute each channel by itself and have no weights
CHANNELWISE = frozenset({"activation", "max_pool", "average_pool", "global_pool"})

_NEVER_NEGATIVE = frozenset({"relu", "sigmoid", "softplus"})


@dataclass(frozen=True, eq=False)
class Held:
    """What a layer's outputs hold: old channels by number, and whether exactly."""

    ids: Ids
    exact: bool


class Ancestor:
    """The old network: a number for every channel, the same where values are."""

    def __init__(self, architecture: Architecture, shape: Shape) -> None:
        self.architecture = architecture
        self.layers = architecture.layers
        self.shapes = architecture.shapes(shape)
        self.ids: dict[int, Ids] = {}
        self.never_negative: set[int] = set()
        fresh = 0
        for position in architecture.order():
            layer, sources = self.layers[position], architecture.inputs_of(position)
            reads = [self.ids[source] for source in sources]
            if layer.op in TRANSPARENT:
                self.ids[position] = reads[0]
            elif layer.op == "concat" and not any(self.pooled(position)):
                self.ids[position] = np.concatenate(reads)
            else:
                count = self.shapes[position][0]
                self.ids[position] = np.arange(fresh, fresh + count)
                fresh += count
                if self._cannot_be_negative(layer, reads):
                    self.never_negative.update(self.ids[position].tolist())

    def pooled(self, position: int) -> tuple[bool, ...]:
        """For each input of a merge, whether it is made smaller."""
        return pooled(self.architecture, self.shapes, position)

    def read(self, position: int, slot: int = 0) -> Ids:
        """The channels that a layer reads."""
        return self.ids[self.architecture.inputs_of(position)[slot]]

    def _cannot_be_negative(self, layer: Layer, reads: list[Ids]) -> bool:
        if layer.op == "activation":
            return layer.params["function"] in _NEVER_NEGATIVE
        hands_on = layer.op in (*CHANNELWISE, "flatten", "squeeze_excitation")
        return hands_on and self.never_negative.issuperset(reads[0].tolist())


def pooled(
    architecture: Architecture, shapes: Sequence[Shape], position: int
) -> tuple[bool, ...]:
    """For each input of a merge, whether it is made smaller before it is merged."""
    inputs = [shapes[source] for source in architecture.inputs_of(position)]
    op = architecture.layers[position].op
    return matching("sum" if op == "sum" else "concat", inputs).pooled


def lookup(ids: Ids, among: Ids) -> tuple[Ids, Ids]:
    """For each channel its place among others; −1: nowhere.

    Two maps: in the first one every place stands at most once (the second occurrence of
    a channel is found at its second place), in the second as often as it comes.
    """
    places: dict[int, list[int]] = {}
    for place, one in enumerate(among.tolist()):
        places.setdefault(one, []).append(place)
    seen: Counter[int] = Counter()
    once, each = [], []
    for one in ids.tolist():
        found = [] if one < 0 else places.get(one, [])
        own = found[seen[one]] if seen[one] < len(found) else -1
        seen[one] += 1
        once.append(own)
        each.append(found[0] if own < 0 and found else own)
    return np.array(once, np.int64), np.array(each, np.int64)


def through(mapped: Ids, ids: Ids) -> Ids:
    """The channels at mapped places; −1 where there is none."""
    found: Ids = np.where(mapped >= 0, ids[mapped.clip(0)], -1)
    return found


def overlap(ids: Ids, among: Ids) -> bool:
    """Whether any old channel is among others."""
    return bool(np.isin(ids[ids >= 0], among).any())
