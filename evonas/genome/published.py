"""The published spaces: the choices that make their cells."""

from __future__ import annotations

from collections.abc import Container, Mapping

from evonas.architecture import Value
from evonas.cells import NasBench201Cell
from evonas.cells.nasbench201 import EDGES, OPERATIONS
from evonas.genome.cell_space import NO_LIMITS, CellSpace
from evonas.space import Choice, Limits


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
    names = [f"op_{source}{target}" for source, target in EDGES]

    def cell_of(values: Mapping[str, Value]) -> NasBench201Cell:
        digits = [OPERATIONS.index(str(values[name])) for name in names]
        return NasBench201Cell("".join(map(str, digits)), classes)

    def values_of(cell: NasBench201Cell) -> Mapping[str, Value]:
        return {name: OPERATIONS[op] for name, (op, _) in zip(names, cell, strict=True)}

    return CellSpace(
        NasBench201Cell,
        dict.fromkeys(names, Choice(OPERATIONS)),
        cell_of,
        values_of,
        known=known,
        limits=limits,
    )
