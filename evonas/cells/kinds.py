"""Every kind of cell by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evonas.architecture.wording import shown
from evonas.cells.cell import Cell
from evonas.cells.fcnet import FcnetCell
from evonas.cells.nasbench101 import NasBench101Cell
from evonas.cells.nasbench201 import NasBench201Cell
from evonas.cells.nasbench_graph import NasBenchGraphCell
from evonas.errors import ArchitectureError

#: name in JSON forms → class
KINDS: Mapping[str, type[Cell]] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (NasBench101Cell, NasBench201Cell, FcnetCell, NasBenchGraphCell)
    }
)


def cell_from_json(data: object) -> Cell:
    """The cell that `Cell.to_json` wrote.

    Args:
        data: JSON values from anywhere.

    Raises:
        ArchitectureError: they are no cell's.
    """
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not (isinstance(kind, str) and kind in KINDS):
        raise ArchitectureError(
            f"cell: expected a mapping with a kind of {', '.join(KINDS)}, got "
            f"{shown(data)}"
        )
    try:
        return KINDS[kind].from_json(data)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ArchitectureError):
            raise
        raise ArchitectureError(
            f"cell of kind {kind}: expected the keys and types that to_json writes, "
            f"got {type(error).__name__}: {error}"
        ) from error
