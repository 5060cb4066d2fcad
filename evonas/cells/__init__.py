"""Points of published search spaces, each as the data by which its table knows it.

A `Cell` is small and hashable, has a key that is the same for isomorphic cells, and
unrolls into the whole network's `Architecture` only when somebody asks for it. `KINDS`
maps the names that JSON forms use to the classes.

- `NasBench201Cell`: six edges with one of five operations each.
"""

from evonas.cells.cell import Cell, Values
from evonas.cells.kinds import KINDS, cell_from_json
from evonas.cells.nasbench201 import NasBench201Cell

__all__ = ["KINDS", "Cell", "NasBench201Cell", "Values", "cell_from_json"]
