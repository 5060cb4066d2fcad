"""Weights for a changed network from the one that it came from.

Both graphs are walked along. Every channel of the old network has a number; for every
layer of the new one the walk knows which of these channels its outputs hold (−1: none),
and whether they hold exactly their values. Layers of one marking take the old weights,
channel by channel. New layers between old ones begin as identities, new branches of a
sum as zeros, new channels are read with weight zero: wherever that is possible, the new
network computes what the old one did, in eval mode.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
import torch

from evonas.architecture import Architecture, Layer, Shape
from evonas.network.ancestor import (
    CHANNELWISE,
    TRANSPARENT,
    Ancestor,
    Held,
    Ids,
    lookup,
    overlap,
    pooled,
    through,
)
from evonas.network.axes import Maps, positional, roles_of
from evonas.network.build import Network
from evonas.network.neutral import make_identity
from evonas.network.sums import SUMS, Sums

State = Mapping[str, torch.Tensor]
#: have weights for each channel and give the channels that they read
_KEEP_CHANNELS = frozenset(
    {"batch_norm", "layer_norm", "squeeze_excitation", "attention_pool"}
)
#: parameters in which layers may differ and still compute the same for old channels
_FREE = frozenset(
    ("filters", "units", "dimension", "kernel", "init_scale", "rate", "expansion")
)


@dataclass(frozen=True, eq=False)
class Inherited:
    """What an inheritance did.

    Attributes:
        taken: names of the new network's tensors that hold old weights.
        preserved: whether the new network computes in eval mode what the old one did.
    """

    taken: tuple[str, ...]
    preserved: bool


def inherit(
    source: State,
    architecture: Architecture,
    target: Network,
    *,
    shape: Shape | None = None,
    bearers: Mapping[int, int] | None = None,
    settled: Collection[str] = (),
) -> Inherited:
    """Give a network the weights of the one that it came from.

    Args:
        source: state dict of the trained network.
        architecture: which it was built from.
        target: network to be filled.
        shape: of the samples that the source reads; the target's when left out.
        bearers: position in the target → position of the same layer in the source;
            by marking when left out. A marking that the source has several times
            stands for the first layer that bears it.
        settled: tensors of the target that hold another ancestor's weights; their
            layers are not new.
    """
    if bearers is None:
        bearers = _by_marking(architecture, target.architecture)
    old = Ancestor(architecture, shape or target.input_shape)
    return Walk(source, old, target, bearers, settled).run()


def _by_marking(source: Architecture, target: Architecture) -> dict[int, int]:
    first: dict[str, int] = {}
    for position, layer in enumerate(source.layers):
        if layer.marking:
            first.setdefault(layer.marking, position)
    return {
        position: first[layer.marking]
        for position, layer in enumerate(target.layers)
        if layer.marking in first
    }


class Walk:
    """One pass over the new network, from its input to its output."""

    def __init__(
        self,
        source: State,
        old: Ancestor,
        target: Network,
        bearers: Mapping[int, int],
        settled: Collection[str],
    ) -> None:
        self.source = source
        self.old = old
        self.target = target
        self.architecture = target.architecture
        self.layers = self.architecture.layers
        self.shapes = self.architecture.shapes(target.input_shape)
        self.modules = dict(target.named_children())
        self.tensors = target.state_dict()
        self.settled = {name.partition(".")[0] for name in settled}
        self.bearers = {
            new: was
            for new, was in bearers.items()
            if self.layers[new].op == old.layers[was].op
        }
        self.readers: list[list[int]] = [[] for _ in self.layers]
        for edge in self.architecture.edges:
            self.readers[edge.source].append(edge.target)
        self.held: dict[int, Held] = {}
        self.new: set[int] = set()
        self.taken: list[str] = []
        self.sums = Sums(self)

    def run(self) -> Inherited:
        """Fill the target layer by layer."""
        with torch.no_grad():
            return self._run()

    def _run(self) -> Inherited:
        order = self.architecture.order()
        start, end = order[0], order[-1]
        same_input = self.shapes[start] == self.old.shapes[self.old_order[0]]
        ids = self.old.ids[self.old_order[0]]
        self.held[start] = Held(ids[: self.shapes[start][0]], same_input)
        for position in order[1:]:
            self.held[position] = self._visit(position)
        held, wanted = self.held[end], self.old.ids[self.old_order[-1]]
        preserved = held.exact and np.array_equal(held.ids, wanted)
        return Inherited(tuple(self.taken), preserved)

    @property
    def old_order(self) -> tuple[int, ...]:
        """The old network's layers in order."""
        return self.old.architecture.order()

    def _visit(self, position: int) -> Held:
        op = self.layers[position].op
        reads = [self.held[each] for each in self.architecture.inputs_of(position)]
        if op in TRANSPARENT:
            return reads[0]
        if op in SUMS:
            return self.sums.visit(position, reads)
        if op == "concat" and not any(self.pooled(position)):
            ids = np.concatenate([each.ids for each in reads])
            return Held(ids, all(each.exact for each in reads))
        was = self._bearer(position, reads)
        if was is None:
            return self._new(position, reads)
        return self._old(position, was, reads)

    def _bearer(self, position: int, reads: list[Held]) -> int | None:
        """The old layer that a layer stands for; weightless ones need no marking."""
        was = self.bearers.get(position)
        layer = self.layers[position]
        if layer.op not in (*CHANNELWISE, "flatten"):
            return was
        if was is not None and overlap(reads[0].ids, self.old.read(was)):
            return was
        for other, one in enumerate(self.old.layers):
            same = (one.op, one.params) == (layer.op, layer.params)
            if same and overlap(reads[0].ids, self.old.read(other)):
                return other
        return was

    def _old(self, position: int, was: int, reads: list[Held]) -> Held:
        """A layer that was there: it takes its weights."""
        layer, before = self.layers[position], self.old.layers[was]
        own, count = self.old.ids[was], self.shapes[position][0]
        if len(reads) > 1:
            return self._merged(position, was, reads)
        read, exact = self.old.read(was), reads[0].exact
        once, each = lookup(reads[0].ids, read)
        if not (each >= 0).any():
            once = each = positional(len(each), len(read))
            exact = False
        complete = bool(np.isin(np.arange(len(read)), once).all())
        exact = exact and _compatible(layer, before)
        if layer.op in CHANNELWISE:
            return Held(through(each, own), exact)
        if layer.op == "flatten":
            return self._flattened(position, was, each, exact)
        maps = Maps(layer.op, once, each)
        if not self._take(position, was, maps):
            # Of a kind of which nothing is known: the same only for the same.
            exact = exact and np.array_equal(each, np.arange(len(read)))
        if layer.op in _KEEP_CHANNELS:
            apart = layer.op == "batch_norm" or complete
            if layer.op == "layer_norm":
                apart = complete and len(each) == len(read)
            return Held(through(each, own), exact and apart and maps.complete)
        outgoing = _outgoing(layer, count, len(own))
        if layer.op == "mbconv" and self.modules[f"layer_{position}"].residual:
            exact = exact and np.array_equal(outgoing, each)
        return Held(through(outgoing, own), exact and complete and maps.complete)

    def _merged(self, position: int, was: int, reads: list[Held]) -> Held:
        """A merge with a rule of its own: the same only for the same inputs."""
        layer, before = self.layers[position], self.old.layers[was]
        own, count = self.old.ids[was], self.shapes[position][0]
        maps = Maps(layer.op, positional(count, len(own)), positional(count, len(own)))
        self._take(position, was, maps)
        exact = maps.complete and layer.params == before.params
        exact = exact and len(reads) == len(self.old.architecture.inputs_of(was))
        for slot, held in enumerate(reads):
            exact = exact and held.exact
            exact = exact and np.array_equal(held.ids, self.old.read(was, slot))
        return Held(through(positional(count, len(own)), own), exact)

    def _take(self, position: int, was: int, maps: Maps) -> bool:
        """Fill a layer's tensors from those that it was; whether its axes are known."""
        layer = self.layers[position]
        prefix = f"layer_{position}."
        fresh = {
            name.removeprefix(prefix): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }
        roles = roles_of(layer.op, layer.params, fresh)
        for name, tensor in fresh.items():
            offered = self.source.get(f"layer_{was}.{name}")
            filled = None
            if offered is not None and name in roles:
                filled = maps.fill(tensor, offered, roles[name])
            elif offered is not None and offered.shape == tensor.shape:
                filled = offered  # of a kind whose axes are not known
            if filled is None:
                maps.complete = False
                continue
            tensor.copy_(filled)
            self.taken.append(prefix + name)
        return bool(roles)

    def _flattened(self, position: int, was: int, each: Ids, exact: bool) -> Held:
        count = self.shapes[position][0]
        (before,) = self.old.architecture.inputs_of(was)
        places = prod(self.old.shapes[before][1:])
        if count != len(each) * places:
            return Held(np.full(count, -1), False)
        own = self.old.ids[was].reshape(-1, places)
        ids = np.where(each[:, None] >= 0, own[each.clip(0)], -1)
        return Held(ids.ravel(), exact)

    def _new(self, position: int, reads: list[Held]) -> Held:
        """A layer that was not there: an identity, where one is needed and can be."""
        layer, count = self.layers[position], self.shapes[position][0]
        self.new.add(position)
        if len(reads) > 1 or not self._in_line(position):
            return Held(np.full(count, -1), True)
        held = reads[0]
        module = self.modules[f"layer_{position}"]
        neutral = False
        if layer.op == "activation":
            known = held.ids[held.ids >= 0].tolist()
            is_relu = layer.params["function"] == "relu"
            neutral = is_relu and self.old.never_negative.issuperset(known)
        elif not self.is_settled(position):
            neutral = make_identity(layer.op, layer.params, module)
        ids = np.full(count, -1)
        shared = min(count, len(held.ids))
        ids[:shared] = held.ids[:shared]
        return Held(ids, held.exact and neutral)

    def _in_line(self, position: int) -> bool:
        """Whether a new layer stands where something old passed before.

        It does not where a merge further on reads the same old layer by a shorter way.
        """
        at = position
        while self.readers[at]:
            reader = self.readers[at][0]
            sources = self.architecture.inputs_of(reader)
            if len(sources) > 1:
                slot = sources.index(at)
                ways = [self.way(source) for source in sources]
                if any(
                    root == ways[slot][0] and (length, other) < (ways[slot][1], slot)
                    for other, (root, length) in enumerate(ways)
                ):
                    return False
            elif reader in self.bearers and self.layers[reader].op not in CHANNELWISE:
                return True
            at = reader
        return True

    def way(self, position: int) -> tuple[int, int]:
        """The last old layer on the way to one, and how many new ones follow it."""
        length = 0
        while position not in self.bearers:
            sources = self.architecture.inputs_of(position)
            if len(sources) != 1:
                break
            length += self.layers[position].op not in TRANSPARENT
            (position,) = sources
        return position, length

    def pooled(self, position: int) -> tuple[bool, ...]:
        """For each input of a merge, whether it is made smaller."""
        return pooled(self.architecture, self.shapes, position)

    def is_settled(self, position: int) -> bool:
        """Whether a layer has weights of another ancestor."""
        return f"layer_{position}" in self.settled


def _compatible(layer: Layer, before: Layer) -> bool:
    """Whether two layers of one kind compute the same for channels they share."""
    differing = {
        name for name, value in layer.params.items() if before.params.get(name) != value
    }
    if "expansion" in differing and 1 in (
        layer.params["expansion"],
        before.params["expansion"],
    ):
        return False
    padded = layer.params.get("padding", "same") == "same"
    if "kernel" in differing and not (
        padded and int(layer.params["kernel"]) > int(before.params["kernel"])
    ):
        return False
    return differing <= _FREE


def _outgoing(layer: Layer, count: int, before: int) -> Ids:
    """Places of a layer's channels among those it used to give."""
    if not layer.params.get("bidirectional", False):
        return positional(count, before)
    one = positional(count // 2, before // 2)
    return np.concatenate([one, np.where(one >= 0, one + before // 2, -1)])
