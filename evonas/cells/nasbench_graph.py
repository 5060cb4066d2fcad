"""NAS-Bench-Graph (Qin et al., NeurIPS 2022; arXiv 2206.09166): four graph operations.

Each of four nodes reads the input or one node before it; nodes that nothing reads lead
to the output. The operations are kinds of layer that only this table knows: nothing
here can build them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from evonas.architecture import Architecture, Shape
from evonas.architecture.layer import Value
from evonas.architecture.wording import shown
from evonas.cells.cell import Cell, Graph
from evonas.cells.draft import Draft, stock
from evonas.errors import ArchitectureError

#: the operations, in the order of the table's own numbers
OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
#: what each of the four nodes reads: 0 is the input, n the n-th node
LINKS = ("0000", "0001", "0011", "0012", "0013", "0111", "0112", "0122", "0123")

_SKIP = OPERATIONS.index("skip")

#: how often a value is an output, and what reads it: operation and the same of each
Form = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True)
class NasBenchGraphCell(Cell):
    """One of the architectures, 26,206 up to isomorphism.

    Attributes:
        link: four digits, what each node reads.
        ops: four digits, the place of each node's operation in `OPERATIONS`.
    """

    link: str
    ops: str

    kind: ClassVar[str] = "nasbench_graph"

    def __post_init__(self) -> None:
        link, ops = self.link, self.ops
        if not _digits(link) or any(
            int(source) > node for node, source in enumerate(link)
        ):
            raise ArchitectureError(
                "NAS-Bench-Graph cell: link: expected four digits, each the number of "
                f"an earlier node or 0, got {shown(link)}"
            )
        if not _digits(ops) or any(int(op) >= len(OPERATIONS) for op in ops):
            raise ArchitectureError(
                "NAS-Bench-Graph cell: ops: expected four digits below "
                f"{len(OPERATIONS)}, got {shown(ops)}"
            )
        if ops == str(_SKIP) * 4:
            raise ArchitectureError(
                "NAS-Bench-Graph cell: ops: expected an operation, got nothing but skip"
            )

    @classmethod
    def of_hash(cls, number: int) -> NasBenchGraphCell:
        """The cell of the table's own number.

        Raises:
            ArchitectureError: it is none.
        """
        rest, digits = number, []
        for _ in range(4):
            rest, digit = divmod(rest, len(OPERATIONS) + 1)
            digits.append(str(digit))
        if not 0 <= rest < len(LINKS):
            raise ArchitectureError(
                f"NAS-Bench-Graph cell: expected a number below "
                f"{len(LINKS) * (len(OPERATIONS) + 1) ** 4}, got {number}"
            )
        return cls(LINKS[rest], "".join(reversed(digits)))

    @cached_property
    def form(self) -> Form:
        """What the cell computes, without `skip` and in an order of its own.

        As in the published table, the input itself is no output beside others.
        """
        outputs, readers = self._form(0)
        return (0 if readers else outputs, readers)

    def _form(self, node: int) -> Form:
        children = [n for n, source in enumerate(self.link, 1) if int(source) == node]
        if not children:
            return (1, ())
        outputs = 0
        readers: list[Any] = []
        for child in children:
            op, (more, beyond) = int(self.ops[child - 1]), self._form(child)
            if op == _SKIP:
                outputs += more
                readers += beyond
            else:
                readers.append((op, more, beyond))
        return (outputs, tuple(sorted(readers)))

    def key(self) -> str:
        """`nasbench_graph:` and the form."""
        return f"nasbench_graph:{self._text(self.form)}"

    def _text(self, form: Sequence[Any]) -> str:
        outputs, readers = form
        inner = "".join(f"{op}{self._text(rest)}" for op, *rest in readers)
        return f"({'*' * outputs}{inner})"

    def graph(self) -> Graph:
        """The input and the four nodes with what each reads."""
        labels = ("input", *(OPERATIONS[int(op)] for op in self.ops))
        edges = tuple((int(read), node) for node, read in enumerate(self.link, 1))
        return labels, edges

    @property
    def input_shape(self) -> Shape:
        """One feature a node: how many the data have, the table does not say."""
        return (1,)

    def recipe(self) -> dict[str, Value]:
        """The recipe's defaults: the published one differs between data sets."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Kind, links and operations."""
        return {"kind": self.kind, "link": self.link, "ops": self.ops}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NasBenchGraphCell:
        """The inverse of `to_json`."""
        return cls(data["link"], data["ops"])

    def architecture(self) -> Architecture:
        """The four operations, of kinds that cannot be built, and a concatenation."""
        draft, nodes = Draft(), [0]
        for node, (source, op) in enumerate(zip(self.link, self.ops, strict=True), 1):
            name = OPERATIONS[int(op)]
            kind = "identity" if name == "skip" else f"{_KINDS}:{name.capitalize()}"
            nodes.append(draft.add(stock(kind), f"n{node}", nodes[int(source)]))
        read = {int(source) for source in self.link}
        ends = [nodes[node] for node in range(1, 5) if node not in read]
        if len(ends) == 1:
            return draft.finish(ends[0])
        return draft.finish(draft.merge(stock("concat"), "ends", ends))


_KINDS = "evonas.cells.graph_operations"


def _digits(text: object) -> bool:
    return (
        isinstance(text, str) and len(text) == 4 and text.isascii() and text.isdigit()
    )
