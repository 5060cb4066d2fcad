"""How the weights of a sum are inherited: summands that were there, and new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from evonas.network.ancestor import Held, Ids, lookup, overlap, through
from evonas.network.axes import IN, OUT, Maps, positional
from evonas.network.neutral import can_be_zero, keeps_zeros, zero_last

if TYPE_CHECKING:
    from evonas.network.inheritance import Walk


#: kinds that add their inputs up
SUMS = frozenset({"sum", "gated_sum"})


class Sums:
    """The rule for sums in a walk along two networks.

    A sum that was there keeps its summands, and new ones begin as zeros. A new sum
    passes on what was read in its place before. A new summand is zero by its closed
    gate where the sum has gates, else by its projection or by its last layer with
    weights, unless that could not learn from there (behind a ReLU).

    Args:
        walk: that meets the sums.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def _projection(self, position: int, slot: int) -> torch.Tensor | None:
        """The weights that bring a summand to the channels of the sum."""
        projections = getattr(
            self.walk.modules[f"layer_{position}"], "projections", None
        )
        if projections is None or isinstance(projections[slot], nn.Identity):
            return None
        weight: torch.Tensor = projections[slot].weight
        return weight

    def _gate(self, position: int, slot: int) -> torch.Tensor | None:
        """What a summand is multiplied by, where that is learned."""
        gates = getattr(self.walk.modules[f"layer_{position}"], "gates", None)
        if gates is None:
            return None
        gate: torch.Tensor = gates[slot]
        return gate

    def _open(
        self, position: int, slot: int, was: int | None, before: int | None
    ) -> None:
        """Give an old summand the gate that it had; one of a new sum just passes."""
        gate = self._gate(position, slot)
        if gate is None:
            return
        if was is None:
            gate.fill_(1.0)
            return
        gate.copy_(self.walk.source[f"layer_{was}.gates.{before}"])
        self.walk.taken.append(f"layer_{position}.gates.{slot}")

    def visit(self, position: int, reads: list[Held]) -> Held:
        """A sum: the old summands as they were, new ones zero."""
        was = self._old_sum(position, reads)
        if was is None and self.walk.is_settled(position):
            return Held(np.full(self.walk.shapes[position][0], -1), False)
        if was is None:
            kept = self._passing(position, reads)
            pairs: list[tuple[int, int | None]] = [(kept, None)]
        else:
            pairs = self._pairs(reads, was)
        if not pairs:
            return Held(np.full(self.walk.shapes[position][0], -1), False)
        slots = {slot for slot, _ in pairs}
        others = [slot for slot in range(len(reads)) if slot not in slots]
        exact = sum(self._silence(position, slot) for slot in others) == len(others)
        maps = []
        for slot, before in pairs:
            self._open(position, slot, was, before)
            mapped, same = self._summand(position, slot, was, before, reads[slot])
            maps.append(mapped)
            exact = exact and same and reads[slot].exact
        if was is None:
            return Held(maps[0], exact)
        exact = exact and len(pairs) == len(self.walk.old.architecture.inputs_of(was))
        agreed = np.where(np.all([m == maps[0] for m in maps], axis=0), maps[0], -1)
        return Held(through(agreed, self.walk.old.ids[was]), exact)

    def _old_sum(self, position: int, reads: list[Held]) -> int | None:
        """The old sum that a sum stands for: by marking, or by its summands.

        Gates belong to one sum alone, so those with gates go by marking only.
        """
        was = self.walk.bearers.get(position)
        if was is not None and self._pairs(reads, was):
            return was
        if self._gate(position, 0) is not None:
            return None
        for other, layer in enumerate(self.walk.old.layers):
            if layer.op == "sum":
                count = len(self.walk.old.architecture.inputs_of(other))
                if len(self._pairs(reads, other)) == count:
                    return other
        return None

    def _pairs(self, reads: list[Held], was: int) -> list[tuple[int, int | None]]:
        """Slots of a sum and of the old sum that read the same."""
        pairs: list[tuple[int, int | None]] = []
        free = list(range(len(self.walk.old.architecture.inputs_of(was))))
        for slot, held in enumerate(reads):
            for before in free:
                if overlap(held.ids, self.walk.old.read(was, before)):
                    pairs.append((slot, before))
                    free.remove(before)
                    break
        return pairs

    def _passing(self, position: int, reads: list[Held]) -> int:
        """The slot of a new sum by which passes what was read there before.

        One that cannot be made zero, if there is any; else the nearest old one.
        """
        sources = self.walk.architecture.inputs_of(position)

        def preference(slot: int) -> tuple[bool, bool, int, int]:
            known = bool((reads[slot].ids >= 0).any())
            silent = self._silencer(position, slot) is not None
            return (not known, silent, self.walk.way(sources[slot])[1], slot)

        return min(range(len(reads)), key=preference)

    def _summand(
        self, position: int, slot: int, was: int | None, before: int | None, held: Held
    ) -> tuple[Ids, bool]:
        """Where a summand's channels go, and whether they arrive as they used to.

        For a new sum the channels themselves, else places in the old sum.
        """
        count = self.walk.shapes[position][0]
        projection = self._projection(position, slot)
        if was is None or before is None:
            if projection is not None:
                _rectangle(projection)
            return _padded(held.ids, count), not self.walk.pooled(position)[slot]
        read = self.walk.old.read(was, before)
        once, each = lookup(held.ids, read)
        same = self.walk.pooled(position)[slot] == self.walk.old.pooled(was)[before]
        name = f"projections.{before}.weight"
        offered = self.walk.source.get(f"layer_{was}.{name}")
        if offered is None:
            if projection is not None:
                _rectangle(projection)
            return _padded(each, count), same
        outgoing = positional(count, offered.shape[0])
        if projection is None:
            return outgoing, False
        filled = Maps("sum", once, each).fill(projection, offered, (OUT, IN))
        if filled is None:
            return outgoing, False
        projection.copy_(filled)
        self.walk.taken.append(f"layer_{position}.projections.{slot}.weight")
        return outgoing, same and bool(np.isin(np.arange(len(read)), once).all())

    def _silence(self, position: int, slot: int) -> bool:
        """Make a new summand zero in a way that it can learn; whether that worked."""
        found = self._silencer(position, slot)
        if found is None:
            return False
        if isinstance(found, torch.Tensor):
            found.zero_()
        else:
            zero_last(*found)
        return True

    def _silencer(
        self, position: int, slot: int
    ) -> torch.Tensor | tuple[str, nn.Module] | None:
        """What to make zero so that a summand is: gate, projection, or a new layer."""
        gate = self._gate(position, slot)
        if gate is not None:
            return gate
        projection = self._projection(position, slot)
        if projection is not None:
            return projection
        at = self.walk.architecture.inputs_of(position)[slot]
        while len(self.walk.readers[at]) == 1:
            layer = self.walk.layers[at]
            if at in self.walk.new and not self.walk.is_settled(at):
                module = self.walk.modules.get(f"layer_{at}")
                if module is not None and can_be_zero(layer.op, module):
                    return layer.op, module
            if not keeps_zeros(layer.op, layer.params):
                return None
            (at,) = self.walk.architecture.inputs_of(at)
        return None


def _padded(ids: Ids, count: int) -> Ids:
    """Channels of a map that more are added to."""
    return np.concatenate([ids, np.full(count - len(ids), -1)])


def _rectangle(weight: torch.Tensor) -> None:
    """A projection that puts every channel into that of its own number."""
    weight.zero_()
    for channel in range(weight.shape[1]):
        weight[channel, channel] = 1
