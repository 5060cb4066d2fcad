"""The published spaces: the choices that make their cells.

Every function takes the keys of the cells that may be asked (`known`, those of a table;
None: all) and the limits of every candidate.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from evonas.architecture import Value
from evonas.cells import (
    FcnetCell,
    NasBench101Cell,
    NasBench201Cell,
    NasBenchGraphCell,
    fcnet,
    nasbench101,
    nasbench201,
    nasbench_graph,
)
from evonas.genome.cell_space import NO_LIMITS, CellSpace
from evonas.space import Choice, Domain, Limits
from evonas.space.text_form import from_values


def nasbench201_space(
    classes: int = 10,
    *,
    known: Container[str] | None = None,
    limits: Limits = NO_LIMITS,
) -> CellSpace[NasBench201Cell]:
    """Six edges, `op_01` to `op_23`, each with one of five operations.

    A mutation gives one edge another operation, as the authors' own aging evolution.

    Args:
        classes: of the data.
        known: keys of the cells that may be asked; None: all.
        limits: of every candidate.
    """
    names = [f"op_{source}{target}" for source, target in nasbench201.EDGES]
    operations = nasbench201.OPERATIONS

    def cell_of(values: Mapping[str, Value]) -> NasBench201Cell:
        digits = [operations.index(str(values[name])) for name in names]
        return NasBench201Cell("".join(map(str, digits)), classes)

    def values_of(cell: NasBench201Cell) -> Mapping[str, Value]:
        return {
            name: operations[int(digit)]
            for name, digit in zip(names, cell.ops, strict=True)
        }

    return CellSpace(
        NasBench201Cell,
        dict.fromkeys(names, Choice(operations)),
        cell_of,
        values_of,
        touches={
            name: set(edge) for name, edge in zip(names, nasbench201.EDGES, strict=True)
        },
        known=known,
        limits=limits,
    )


def nasbench101_space(
    vertices: int = 7,
    *,
    known: Container[str] | None = None,
    limits: Limits = NO_LIMITS,
) -> CellSpace[NasBench101Cell]:
    """Edges `edge_01` … and operations `op_1` …, as the authors encode the space.

    A mutation flips each edge with probability 1 / vertices and changes each operation
    with probability 1 / (vertices - 2), until the cell is another valid one: the
    official notebook's.

    Args:
        vertices: of the matrix that is drawn; cells of fewer are among them.
        known: keys of the cells that may be asked; None: all.
        limits: of every candidate.
    """
    places = [(s, t) for s in range(vertices) for t in range(s + 1, vertices)]
    edges = {place: f"edge_{place[0]}{place[1]}" for place in places}
    ops = {vertex: f"op_{vertex}" for vertex in range(1, vertices - 1)}
    operations = nasbench101.OPERATIONS

    def cell_of(values: Mapping[str, Value]) -> NasBench101Cell:
        adjacency = "".join(["01"[bool(values[name])] for name in edges.values()])
        digits = [str(operations.index(str(values[name]))) for name in ops.values()]
        return NasBench101Cell(adjacency, "".join(digits))

    def values_of(cell: NasBench101Cell) -> Mapping[str, Value]:
        matrix, digits = cell.matrix, cell.ops
        if len(matrix) > vertices:
            matrix, digits = cell.pruned
        # A smaller cell gets vertices that nothing leads to, before its output.
        last = len(matrix) - 1
        place = {vertices - 1: last} | {v: v for v in range(last)}
        values: dict[str, Value] = {
            name: bool(
                source in place
                and target in place
                and matrix[place[source]][place[target]]
            )
            for (source, target), name in edges.items()
        }
        for vertex, name in ops.items():
            digit = int(digits[vertex - 1]) if vertex < last else 0
            values[name] = operations[digit]
        return values

    choices: dict[str, Domain] = dict.fromkeys(edges.values(), Choice((False, True)))
    choices |= dict.fromkeys(ops.values(), Choice(operations))
    rates = dict.fromkeys(edges.values(), 1 / vertices)
    rates |= dict.fromkeys(ops.values(), 1 / max(1, vertices - 2))
    return CellSpace(
        NasBench101Cell,
        choices,
        cell_of,
        values_of,
        rates=rates,
        touches={name: set(place) for place, name in edges.items()}
        | {name: {vertex} for vertex, name in ops.items()},
        known=known,
        limits=limits,
    )


def fcnet_space(
    features: int = 9,
    *,
    known: Container[str] | None = None,
    limits: Limits = NO_LIMITS,
) -> CellSpace[FcnetCell]:
    """The nine choices of `evonas.cells.fcnet`; a mutation changes one.

    Args:
        features: columns of the data.
        known: keys of the cells that may be asked; None: all.
        limits: of every candidate.
    """
    return CellSpace(
        FcnetCell,
        {name: from_values(options) for name, options in fcnet.CHOICES.items()},
        lambda values: FcnetCell.of_values(values, features),
        lambda cell: cell.values,
        # the training belongs to either layer
        touches={
            name: {int(name[-1])} if name[-1].isdigit() else {1, 2}
            for name in fcnet.CHOICES
        },
        known=known,
        limits=limits,
        recipe=fcnet.RECIPE,
        # its networks have one graph and one kind of layer
        tuned=fcnet.CHOICES,
    )


def nasbench_graph_space(
    *, known: Container[str] | None = None, limits: Limits = NO_LIMITS
) -> CellSpace[NasBenchGraphCell]:
    """What the nodes read, `link`, and their operations, `op_1` to `op_4`.

    A mutation changes one of the five.

    Args:
        known: keys of the cells that may be asked; None: all.
        limits: of every candidate.
    """
    names = [f"op_{node}" for node in range(1, 5)]
    operations = nasbench_graph.OPERATIONS

    def cell_of(values: Mapping[str, Value]) -> NasBenchGraphCell:
        digits = [str(operations.index(str(values[name]))) for name in names]
        return NasBenchGraphCell(str(values["link"]), "".join(digits))

    def values_of(cell: NasBenchGraphCell) -> Mapping[str, Value]:
        ops = [operations[int(digit)] for digit in cell.ops]
        return {"link": cell.link, **dict(zip(names, ops, strict=True))}

    return CellSpace(
        NasBenchGraphCell,
        {"link": Choice(nasbench_graph.LINKS)}
        | dict.fromkeys(names, Choice(operations)),
        cell_of,
        values_of,
        # every node reads one that `link` says
        touches={"link": {1, 2, 3, 4}} | {name: {n} for n, name in enumerate(names, 1)},
        known=known,
        limits=limits,
    )
