"""A string that is equal for architectures that are the same up to numbering.

Colour refinement (the test of Weisfeiler and Leman), forwards along the edges and
backwards, with the slots of the edges. On an acyclic graph one sweep in topological
order goes as far as any number of rounds. Where equal colours are left, each layer that
shares its colour is singled out in turn and the refinement repeated, which also tells
apart graphs that refinement alone cannot (two rings of four shared layers from one of
eight). Layers of one colour that are *twins* give the same, so one of them is enough,
and a large graph whose equal colours are all twins' needs none (see `_twins`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

#: Layers times singled-out layers above which singling out is left out: a graph of
#: thousands of equal layers, whose fingerprint would take seconds.
SINGLING_LIMIT = 200_000

#: The same product, up to which twins are singled out although nothing depends on it:
#: records name networks by the values that this has always given.
TWINS_LIMIT = 5_000

#: bytes of a colour
SIZE = 16

#: the slot of an only input, and of all inputs whose order means nothing
_FIRST = bytes(4)

Colours = list[bytes]
Readers = Sequence[Sequence[tuple[int, bytes]]]


def fingerprint(
    labels: Sequence[bytes],
    inputs: Sequence[tuple[int, ...]],
    order: Sequence[int],
    commutative: Sequence[bool],
) -> str:
    """32 hex digits.

    Args:
        labels: digest of each layer's name and parameters.
        inputs: for each layer the layers it reads, by slot.
        order: topological.
        commutative: for each layer whether its slots mean nothing.
    """
    return _Refinement(labels, inputs, order, commutative).digest().hex()


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=SIZE).digest()


class _Parts:
    """Layers that were joined into parts, with no colour twice in any of them."""

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self._part_of: dict[int, dict[bytes, int]] = {}

    def join(self, one: int, other: int) -> bool:
        """Make one part of two layers' parts; False: it would have a colour twice."""
        large, small = self._part(one), self._part(other)
        if large is small:
            return True
        if not large.keys().isdisjoint(small):
            return False
        if len(large) < len(small):
            large, small = small, large
        large.update(small)
        for at in small.values():
            self._part_of[at] = large
        return True

    def _part(self, at: int) -> dict[bytes, int]:
        """Colour → layer, of the part that a layer is in."""
        return self._part_of.setdefault(at, {self._colours[at]: at})


class _Refinement:
    def __init__(
        self,
        labels: Sequence[bytes],
        inputs: Sequence[tuple[int, ...]],
        order: Sequence[int],
        commutative: Sequence[bool],
    ) -> None:
        self._labels = labels
        self._inputs = inputs
        self._order = order
        self._commutative = commutative
        self._readers: Readers = ()

    def digest(self) -> bytes:
        count = len(self._labels)
        colours = self._forwards(self._labels)
        if len(set(colours)) == count:
            return self._certificate(colours)
        self._readers = self._find_readers()
        colours = self._stable(colours)
        certificate = self._certificate(colours)
        sizes = Counter(colours)
        shared = [at for at, colour in enumerate(colours) if sizes[colour] > 1]
        twins = self._twins(colours, sizes)
        if twins is None:
            few = len(shared) * count <= SINGLING_LIMIT
            parts = [self._singled_out(colours, at) for at in shared if few]
        elif len(shared) * count > TWINS_LIMIT:
            return _hash(b"twins" + certificate + twins)
        else:
            first = {colours[at]: at for at in shared}
            by_colour = {
                colour: self._singled_out(colours, at) for colour, at in first.items()
            }
            parts = [by_colour[colours[at]] for at in shared]
        return _hash(b"".join([certificate, *sorted(parts)]))

    def _twins(self, colours: Colours, sizes: Counter[bytes]) -> bytes | None:
        """What the certificate leaves open, where all layers of one colour are twins.

        They are where the graph falls into parts with no colour twice in any of them,
        once the edges are out of it that say nothing: those at a colour that only one
        layer has, and those that join every layer of one colour with every one of
        another. Colours being stable, the parts with a colour in common are equal and
        can change places. The graph is then given by its certificate and by which
        colours are joined entirely, which this returns; None: they are no twins.
        """
        between: dict[bytes, Counter[tuple[int, int]]] = {}
        for target, sources in enumerate(self._inputs):
            own = colours[target]
            if sizes[own] == 1:
                continue
            for slot, source in enumerate(sources):
                if sizes[colours[source]] > 1:
                    kind = colours[source] + own + self._slot(target, slot)
                    between.setdefault(kind, Counter())[source, target] += 1
        entirely = []
        parts = _Parts(colours)
        for kind, pairs in between.items():
            every = sizes[kind[:SIZE]] * sizes[kind[SIZE : 2 * SIZE]]
            if len(pairs) == every and len(set(pairs.values())) == 1:
                entirely.append(kind)
            elif not all(parts.join(*pair) for pair in pairs):
                return None
        return b"".join(sorted(entirely))

    def _singled_out(self, colours: Colours, position: int) -> bytes:
        changed = list(colours)
        changed[position] = _hash(changed[position])
        return self._certificate(self._stable(changed))

    def _stable(self, colours: Colours) -> Colours:
        """Sweep backwards and forwards until no colour splits."""
        found = 0
        while len(set(colours)) > found:
            found = len(set(colours))
            if found == len(colours):
                break
            colours = self._forwards(self._backwards(colours))
        return colours

    def _forwards(self, colours: Sequence[bytes]) -> Colours:
        new: Colours = list(colours)
        inputs, commutative = self._inputs, self._commutative
        for at in self._order:
            reads = inputs[at]
            if len(reads) == 1:  # most layers
                data = new[at] + new[reads[0]]
            else:
                sources = [new[source] for source in reads]
                if commutative[at]:
                    sources.sort()
                data = new[at] + b"".join(sources)
            new[at] = blake2b(data, digest_size=SIZE).digest()
        return new

    def _backwards(self, colours: Sequence[bytes]) -> Colours:
        new: Colours = list(colours)
        for at in reversed(self._order):
            read_by = self._readers[at]
            if len(read_by) == 1:  # most layers
                reader, slot = read_by[0]
                data = new[at] + new[reader] + slot
            else:
                readers = sorted([new[reader] + slot for reader, slot in read_by])
                data = new[at] + b"".join(readers)
            new[at] = blake2b(data, digest_size=SIZE).digest()
        return new

    def _find_readers(self) -> Readers:
        readers: list[list[tuple[int, bytes]]] = [[] for _ in self._labels]
        for target, sources in enumerate(self._inputs):
            if len(sources) == 1:  # most layers
                readers[sources[0]].append((target, _FIRST))
                continue
            for slot, source in enumerate(sources):
                readers[source].append((target, self._slot(target, slot)))
        return readers

    def _slot(self, target: int, slot: int) -> bytes:
        return _FIRST if self._commutative[target] else slot.to_bytes(4, "big")

    def _certificate(self, colours: Colours) -> bytes:
        """Digest of the sorted colours and of the edges between them."""
        edges = []
        for target, sources in enumerate(self._inputs):
            own = colours[target]
            if len(sources) == 1:
                edges.append(colours[sources[0]] + own + _FIRST)
                continue
            for slot, source in enumerate(sources):
                edges.append(colours[source] + own + self._slot(target, slot))
        edges.sort()
        count = len(colours).to_bytes(4, "big")
        return _hash(b"".join([count, *sorted(colours), *edges]))
