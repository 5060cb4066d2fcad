"""NAS-Bench-201 (Dong and Yang, ICLR 2020; arXiv 2001.00326): six edges, five ways.

Nodes 0 to 3 are maps; every pair of them is an edge with one operation, and a node is
the sum of what its edges bring. Fifteen copies of the cell in three stages of 16, 32
and 64 channels make the network; a residual block halves the sides between stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from evonas.architecture import Architecture, Shape
from evonas.architecture.layer import Value
from evonas.architecture.wording import shown
from evonas.cells.cell import Cell, Graph
from evonas.cells.draft import Draft, Stock, stock
from evonas.errors import ArchitectureError

#: the operations; an edge's digit is the place here
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
#: source and target of each edge, in the order of the official strings
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
#: channels of the three stages
CHANNELS = (16, 32, 64)
#: cells in each
CELLS = 5

_NONE, _SKIP, _CONV_1, _CONV_3, _POOL = range(5)
#: where each edge goes when nodes 1 and 2 change places
_SWAPPED = (1, 0, 2, 3, 5, 4)
_DIGITS = frozenset("01234")


@dataclass(frozen=True)
class NasBench201Cell(Cell):
    """One of the 15,625 cells.

    Cells that differ only in the numbers of nodes 1 and 2 are one cell: that leaves
    14,125.

    Attributes:
        ops: six digits, the place in `OPERATIONS` of each of `EDGES`.
        classes: of the data; 10 for CIFAR-10.
    """

    ops: str
    classes: int = 10

    kind: ClassVar[str] = "nasbench201"

    def __post_init__(self) -> None:
        ops = self.ops
        if not isinstance(ops, str) or len(ops) != len(EDGES) or set(ops) - _DIGITS:
            raise ArchitectureError(
                f"NAS-Bench-201 cell: expected {len(EDGES)} digits from 0 to "
                f"{len(OPERATIONS) - 1}, one an edge, got {shown(ops)}"
            )

    @classmethod
    def from_string(cls, text: str, classes: int = 10) -> NasBench201Cell:
        """The cell of an official string, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

        Raises:
            ArchitectureError: it is none.
        """
        found = [part for part in text.replace("+", "").split("|") if part]
        names = [part.partition("~")[0] for part in found]
        sources = [part.partition("~")[2] for part in found]
        if sources != [str(source) for source, _ in EDGES]:
            raise ArchitectureError(
                "NAS-Bench-201 cell: expected "
                f"|op~0|+|op~0|op~1|+|op~0|op~1|op~2|, got {shown(text)}"
            )
        unknown = [name for name in names if name not in OPERATIONS]
        if unknown:
            raise ArchitectureError(
                f"NAS-Bench-201 cell: expected operations of {', '.join(OPERATIONS)}, "
                f"got {shown(unknown[0])} in {shown(text)}"
            )
        return cls("".join(str(OPERATIONS.index(name)) for name in names), classes)

    @cached_property
    def canonical(self) -> str:
        """Of the isomorphic cells' digits the smallest; its own for most cells."""
        ops = self.ops
        if ops[2] != "0":
            return ops
        return min(ops, "".join([ops[place] for place in _SWAPPED]))

    def key(self) -> str:
        """`nasbench201/<classes>:<canonical digits>`."""
        return f"nasbench201/{self.classes}:{self.canonical}"

    @property
    def name(self) -> str:
        """The official string."""
        words = [f"{OPERATIONS[op]}~{source}" for op, (source, _) in self]
        return f"|{words[0]}|+|{'|'.join(words[1:3])}|+|{'|'.join(words[3:])}|"

    def __iter__(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Each operation's place with the edge that it is on."""
        return zip(map(int, self.ops), EDGES, strict=True)

    def graph(self) -> Graph:
        """Vertices are the operations but `none`; each reads those that lead to it."""
        placed = [(op, edge) for op, edge in self if op != _NONE]
        labels = ("input", *(OPERATIONS[op] for op, _ in placed), "output")
        last = len(placed) + 1
        edges = [(0, v) for v, (_, (source, _)) in enumerate(placed, 1) if not source]
        for v, (_, (_, target)) in enumerate(placed, 1):
            if target == EDGES[-1][1]:
                edges.append((v, last))
            edges += [
                (v, w)
                for w, (_, (source, _)) in enumerate(placed, 1)
                if source == target
            ]
        return labels, tuple(edges)

    @property
    def input_shape(self) -> Shape:
        """CIFAR's; ImageNet16-120 has 120 classes and sides of 16."""
        return (3, 16, 16) if self.classes == 120 else (3, 32, 32)

    def fitted(self, input_shape: Shape, outputs: int) -> NasBench201Cell:
        """With as many classes; the network takes images of any size."""
        return NasBench201Cell(self.ops, outputs)

    def recipe(self) -> dict[str, Value]:
        """SGD with Nesterov's momentum, 0.1 to 0 along a cosine, flips and shifts."""
        return {
            "optimizer": "sgd",
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": True,
            "weight_decay": 5e-4,
            "schedule": "cosine",
            "batch_size": 256,
            "horizontal_flip": 0.5,
            "shift": 0.125,
        }

    def to_json(self) -> dict[str, Any]:
        """Kind, digits and classes."""
        return {"kind": self.kind, "ops": self.ops, "classes": self.classes}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NasBench201Cell:
        """The inverse of `to_json`."""
        classes = data["classes"]
        if type(classes) is not int or classes < 2:
            raise ArchitectureError(
                f"NAS-Bench-201 cell: classes: expected 2 or more, got {shown(classes)}"
            )
        return cls(data["ops"], classes)

    def architecture(self) -> Architecture:
        """Stem, three stages of five cells with residual blocks between, and head.

        Every convolution of the cell is there, also where `none` cuts it off from the
        output or from the input: the table's networks have its parameters too. Such a
        part is joined by a `zero` layer, so the network computes what theirs does.
        """
        draft = Draft()
        value = _convolution(draft, "stem", 0, 3, CHANNELS[0])
        for stage, channels in enumerate(CHANNELS):
            if stage:
                value = _reduction(draft, f"r{stage}", value, channels)
            for cell in range(CELLS):
                value = self._unrolled(draft, f"s{stage}c{cell}", value, channels)
        value = draft.add(_NORM, "head/norm", value)
        value = draft.add(_RELU, "head/relu", value)
        value = draft.add(_MEAN, "head/pool", value)
        dense = stock("dense", units=self.classes)
        return draft.finish(draft.add(dense, "head/dense", value))

    @cached_property
    def _plan(self) -> tuple[tuple[tuple[tuple[int, int], ...], bool], ...]:
        """For nodes 1 to 3: operations with the nodes they read, and who reads it."""
        return tuple(
            (
                tuple(
                    [
                        (op, source)
                        for op, (source, target) in self
                        if op and target == node
                    ]
                ),
                node == 3 or any(op for op, (source, _) in self if source == node),
            )
            for node in (1, 2, 3)
        )

    def _unrolled(self, draft: Draft, name: str, value: int, channels: int) -> int:
        """One copy of the cell; gives the position of its node 3.

        Convolutions of one node share its ReLU, which each has by itself in the paper.
        """
        nodes, active = [value], dict[int, int]()
        cut_off: list[int] = []
        for node, (arriving, read) in enumerate(self._plan, 1):
            found = [] if node < 3 else cut_off
            for op, source in arriving:
                part = f"{name}/e{source}{node}"
                if op == _SKIP:
                    found.append(draft.add(_IDENTITY, part, nodes[source]))
                elif op == _POOL:
                    found.append(draft.add(_POOL_3, part, nodes[source]))
                else:
                    if source not in active:
                        active[source] = draft.add(
                            _RELU, f"{name}/n{source}/relu", nodes[source]
                        )
                    kernel = 1 if op == _CONV_1 else 3
                    found.append(
                        _convolution(draft, part, active[source], kernel, channels)
                    )
            part = f"{name}/n{node}"
            if found:
                nodes.append(draft.sum(part, found))
                if not read:
                    cut_off.append(draft.add(_ZERO, f"{part}/zero", nodes[node]))
            else:
                nodes.append(draft.add(_ZERO, part, value) if read else value)
        return nodes[3]


def _activated(
    draft: Draft, name: str, value: int, channels: int, stride: int = 1
) -> int:
    """ReLU, 3x3 convolution, batch norm."""
    value = draft.add(_RELU, f"{name}/relu", value)
    return _convolution(draft, name, value, 3, channels, stride)


def _convolution(
    draft: Draft, name: str, value: int, kernel: int, channels: int, stride: int = 1
) -> int:
    conv = stock("conv", filters=channels, kernel=kernel, stride=stride, bias=False)
    value = draft.add(conv, f"{name}/conv", value)
    return draft.add(_NORM, f"{name}/norm", value)


def _reduction(draft: Draft, name: str, value: int, channels: int) -> int:
    """The residual block that halves the sides."""
    way = _activated(draft, f"{name}/a", value, channels, stride=2)
    way = _activated(draft, f"{name}/b", way, channels)
    short = draft.add(_HALF, f"{name}/pool", value)
    conv = stock("conv", filters=channels, kernel=1, bias=False)
    short = draft.add(conv, f"{name}/conv", short)
    return draft.sum(f"{name}/sum", (way, short))


_RELU, _NORM = Stock("activation"), Stock("batch_norm")
_IDENTITY, _ZERO = Stock("identity"), Stock("zero")
_POOL_3 = Stock("average_pool", kernel=3, stride=1, padding="same")
_HALF, _MEAN = Stock("average_pool", kernel=2), Stock("global_pool")
