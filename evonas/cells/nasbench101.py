"""NAS-Bench-101 (Ying et al., ICML 2019; arXiv 1902.09635): seven vertices, nine edges.

A cell is a graph from an input to an output vertex; each vertex between is one of three
operations. Nine copies in three stacks make the network. EC-NAS (arXiv 2210.06015) has
trained the same cells of up to five vertices again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations
from typing import Any, ClassVar

from evonas.architecture import Architecture, Shape
from evonas.architecture.layer import Value
from evonas.architecture.wording import shown
from evonas.cells.cell import Cell, Graph
from evonas.cells.draft import Draft, Stock, stock
from evonas.errors import ArchitectureError

#: operations of the vertices between; a digit is the place here
OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
#: most vertices and edges, input and output included
MAX_VERTICES, MAX_EDGES = 7, 9
#: channels of the stem; each further stack has twice as many as the one before
STEM_CHANNELS = 128
STACKS, CELLS = 3, 3

Rows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class NasBench101Cell(Cell):
    """One of the 423,624 cells, or of the many more graphs that stand for them.

    Vertices on no path from the input to the output count for nothing, and neither does
    the order of the others.

    Attributes:
        adjacency: upper triangle of the matrix, row by row, a 0 or 1 each.
        ops: a digit for each vertex between input and output, see `OPERATIONS`.
    """

    adjacency: str
    ops: str

    kind: ClassVar[str] = "nasbench101"

    def __post_init__(self) -> None:
        if not isinstance(self.ops, str) or set(self.ops) - set("012"):
            raise ArchitectureError(
                "NAS-Bench-101 cell: ops: expected digits from 0 to "
                f"{len(OPERATIONS) - 1}, got {shown(self.ops)}"
            )
        vertices = len(self.ops) + 2
        length = vertices * (vertices - 1) // 2
        if (
            not isinstance(self.adjacency, str)
            or len(self.adjacency) != length
            or set(self.adjacency) - set("01")
        ):
            raise ArchitectureError(
                f"NAS-Bench-101 cell: adjacency: expected {length} digits 0 or 1, the "
                f"upper triangle for {vertices} vertices, got {shown(self.adjacency)}"
            )
        matrix, _ = self.pruned
        if not matrix:
            raise ArchitectureError(
                "NAS-Bench-101 cell: expected a path from the input to the output, got "
                f"none in {self.adjacency}"
            )
        edges = sum(map(sum, matrix))
        if len(matrix) > MAX_VERTICES or edges > MAX_EDGES:
            raise ArchitectureError(
                f"NAS-Bench-101 cell: expected at most {MAX_VERTICES} vertices and "
                f"{MAX_EDGES} edges on paths from input to output, got {len(matrix)} "
                f"and {edges}"
            )

    @property
    def matrix(self) -> Rows:
        """The whole matrix, rows are sources."""
        return _matrix(self.adjacency, len(self.ops) + 2)

    @cached_property
    def pruned(self) -> tuple[Rows, str]:
        """Matrix and operations of the vertices on a path from input to output.

        The matrix is empty where there is no path.
        """
        return _pruned(self.matrix, self.ops)

    @cached_property
    def representative(self) -> tuple[Rows, str]:
        """The one of the isomorphic cells that the official table has trained.

        Channels that do not divide depend on the order of the vertices. The authors'
        enumeration has met this order first: the least number of edge bits (an edge
        from s to t is bit s + t (t - 1) / 2), then the least operations.
        """
        return _representative(*self.pruned)

    def key(self) -> str:
        """`nasbench101:` and the official hash of the module."""
        return f"nasbench101:{self.module_hash}"

    @cached_property
    def module_hash(self) -> str:
        """The hash that the official table knows the cell by."""
        return module_hash(*self.pruned)

    def graph(self) -> Graph:
        """The vertices on a path from input to output."""
        matrix, ops = self.pruned
        labels = ("input", *(OPERATIONS[int(op)] for op in ops), "output")
        edges = tuple(
            (source, target)
            for source, row in enumerate(matrix)
            for target, joined in enumerate(row)
            if joined
        )
        return labels, edges

    @property
    def input_shape(self) -> Shape:
        """CIFAR-10's."""
        return (3, 32, 32)

    def recipe(self) -> dict[str, Value]:
        """RMSprop, 0.2 to 0 along a cosine, batches of 256."""
        return {
            "optimizer": "rmsprop",
            "learning_rate": 0.2,
            "momentum": 0.9,
            "weight_decay": 1e-4,
            "schedule": "cosine",
            "batch_size": 256,
            "horizontal_flip": 0.5,
            "shift": 0.125,
        }

    def to_json(self) -> dict[str, Any]:
        """Kind, matrix and operations."""
        return {"kind": self.kind, "adjacency": self.adjacency, "ops": self.ops}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NasBench101Cell:
        """The inverse of `to_json`."""
        return cls(data["adjacency"], data["ops"])

    def architecture(self) -> Architecture:
        """Stem, three stacks of three cells with max pooling between, and head."""
        draft = Draft()
        value = _convolution(draft, "stem", 0, 3, STEM_CHANNELS)
        channels = inputs = STEM_CHANNELS
        for stack in range(STACKS):
            if stack:
                value = draft.add(_HALF, f"p{stack}", value)
                channels *= 2
            for cell in range(CELLS):
                name = f"s{stack}c{cell}"
                value = self._unrolled(draft, name, value, inputs, channels)
                inputs = channels
        value = draft.add(_MEAN, "head/pool", value)
        return draft.finish(draft.add(_DENSE, "head/dense", value))

    def _unrolled(
        self, draft: Draft, name: str, value: int, inputs: int, channels: int
    ) -> int:
        """One copy of the cell; gives the position of its output."""
        matrix, ops = self.representative
        last = len(matrix) - 1
        widths = _widths(matrix, inputs, channels)
        nodes = [value]
        ends = []
        for vertex in range(1, last):
            part, width = f"{name}/v{vertex}", widths[vertex]
            arriving = [
                nodes[source]
                if widths[source] == width
                else draft.add(
                    stock("truncate", filters=width),
                    f"{part}/t{source}",
                    nodes[source],
                )
                for source in range(1, vertex)
                if matrix[source][vertex]
            ]
            if matrix[0][vertex]:
                arriving.append(_convolution(draft, f"{part}/in", value, 1, width))
            joined = draft.sum(f"{part}/sum", arriving)
            nodes.append(_operation(draft, part, int(ops[vertex - 1]), joined, width))
            if matrix[vertex][last]:
                ends.append(nodes[vertex])
        outputs = []
        if ends:
            outputs.append(
                ends[0]
                if len(ends) == 1
                else draft.merge(_CONCAT, f"{name}/concat", ends)
            )
        if matrix[0][last]:
            outputs.append(_convolution(draft, f"{name}/in", value, 1, channels))
        return draft.sum(f"{name}/sum", outputs)


def _convolution(
    draft: Draft, name: str, value: int, kernel: int, channels: int
) -> int:
    conv = stock("conv", filters=channels, kernel=kernel, bias=False)
    value = draft.add(conv, f"{name}/conv", value)
    value = draft.add(_NORM, f"{name}/norm", value)
    return draft.add(_RELU, f"{name}/relu", value)


def _operation(draft: Draft, name: str, op: int, value: int, channels: int) -> int:
    if op == 2:
        return draft.add(_POOL_3, name, value)
    return _convolution(draft, name, value, 3 if op == 0 else 1, channels)


_RELU, _NORM = Stock("activation"), Stock("batch_norm")
_POOL_3 = Stock("max_pool", kernel=3, stride=1, padding="same")
_HALF, _MEAN = Stock("max_pool", kernel=2), Stock("global_pool")
_CONCAT, _DENSE = Stock("concat"), Stock("dense", units=10)


def _widths(matrix: Rows, inputs: int, outputs: int) -> list[int]:
    """Channels of each vertex: those before the output share its channels.

    The first ones get one more where they do not divide; every other vertex has as many
    as the widest that reads it (`compute_vertex_channels` of the official code).
    """
    count = len(matrix)
    last = count - 1
    widths = [0] * count
    widths[0], widths[-1] = inputs, outputs
    if count == 2:
        return widths
    before = [v for v in range(1, last) if matrix[v][last]]
    share, over = divmod(outputs, len(before))
    for place, vertex in enumerate(before):
        widths[vertex] = share + (place < over)
    for vertex in range(last - 1, 0, -1):
        if not matrix[vertex][last]:
            widths[vertex] = max(
                widths[reader]
                for reader in range(vertex, last)
                if matrix[vertex][reader]
            )
    return widths


@lru_cache(maxsize=65_536)
def _matrix(adjacency: str, vertices: int) -> Rows:
    rows, place = [], 0
    for row in range(vertices):
        length = vertices - row - 1
        rows.append(
            (0,) * (row + 1) + tuple(map(int, adjacency[place : place + length]))
        )
        place += length
    return tuple(rows)


def _pruned(matrix: Rows, ops: str) -> tuple[Rows, str]:
    count = len(matrix)
    forwards = {0}
    for vertex in range(1, count):
        if any(matrix[source][vertex] for source in forwards):
            forwards.add(vertex)
    backwards = {count - 1}
    for vertex in range(count - 2, -1, -1):
        if any(matrix[vertex][reader] for reader in backwards):
            backwards.add(vertex)
    kept = sorted(forwards & backwards)
    if 0 not in kept or count - 1 not in kept:
        return (), ""
    if len(kept) == count:
        return matrix, ops
    rows = tuple([tuple([matrix[s][t] for t in kept]) for s in kept])
    return rows, "".join([ops[vertex - 1] for vertex in kept[1:-1]])


@lru_cache(maxsize=65_536)
def _representative(matrix: Rows, ops: str) -> tuple[Rows, str]:
    count = len(matrix)
    last = count - 1
    edges = [(s, t) for s in range(count) for t in range(count) if matrix[s][t]]
    inner = [(s, t) for s, t in edges if s > 0 and t < last]
    best: tuple[int, str, tuple[int, ...]] | None = None
    for order in permutations(range(1, last)):
        place = (0, *order, last)
        if any(place[s] > place[t] for s, t in inner):
            continue
        bits = sum([1 << (place[s] + place[t] * (place[t] - 1) // 2) for s, t in edges])
        if best is not None and bits > best[0]:
            continue
        moved = [""] * (last - 1)
        for vertex, op in enumerate(ops, 1):
            moved[place[vertex] - 1] = op
        found = bits, "".join(moved), place
        if best is None or found < best:
            best = found
    assert best is not None  # the order that it has is one
    place = best[2]
    rows = [[0] * count for _ in range(count)]
    for source, target in edges:
        rows[place[source]][place[target]] = 1
    return tuple(map(tuple, rows)), best[1]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=65_536)
def module_hash(matrix: Rows, ops: str) -> str:
    """The official hash of a pruned cell, equal for isomorphic ones.

    Each vertex begins with its degrees and its operation, and takes in the hashes of
    its neighbours as often as there are vertices (`hash_module` of the official code).

    Args:
        matrix: of the vertices on a path from input to output.
        ops: digits of the vertices between.
    """
    labels = (-1, *(int(op) for op in ops), -2)
    count = len(matrix)
    into = [[s for s in range(count) if matrix[s][v]] for v in range(count)]
    out = [[t for t in range(count) if matrix[v][t]] for v in range(count)]
    hashes = [_md5(str((len(out[v]), len(into[v]), labels[v]))) for v in range(count)]
    for _ in range(count):
        hashes = [
            _md5(
                "".join(sorted([hashes[w] for w in into[v]]))
                + "|"
                + "".join(sorted([hashes[w] for w in out[v]]))
                + "|"
                + hashes[v]
            )
            for v in range(count)
        ]
    return _md5(str(sorted(hashes)))


def upper_triangle(rows: Sequence[Sequence[int]]) -> str:
    """The digits of a square matrix above its diagonal, row by row."""
    return "".join(
        str(int(rows[row][column]))
        for row in range(len(rows))
        for column in range(row + 1, len(rows))
    )
