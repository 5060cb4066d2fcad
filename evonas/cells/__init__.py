"""Points of published search spaces, each as the data by which its table knows it.

A `Cell` is small and hashable, has a key that is the same for isomorphic cells, and
unrolls into the whole network's `Architecture` only when somebody asks for it. `KINDS`
maps the names that JSON forms use to the classes.

- `NasBench101Cell`: a graph of up to seven vertices; EC-NAS has the same.
- `NasBench201Cell`: six edges with one of five operations each.
- `FcnetCell`: two hidden layers with their training.
- `NasBenchGraphCell`: four operations over a graph; can be looked up, not built.
"""

from evonas.cells.cell import Cell, Graph, Values
from evonas.cells.fcnet import FcnetCell
from evonas.cells.kinds import KINDS, cell_from_json
from evonas.cells.nasbench101 import NasBench101Cell
from evonas.cells.nasbench201 import NasBench201Cell
from evonas.cells.nasbench_graph import NasBenchGraphCell

__all__ = [
    "KINDS",
    "Cell",
    "FcnetCell",
    "Graph",
    "NasBench101Cell",
    "NasBench201Cell",
    "NasBenchGraphCell",
    "Values",
    "cell_from_json",
]
