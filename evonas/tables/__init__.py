"""Tables of known results as tasks: searches measured in seconds.

- `open_table`: the table that a `task:` section names; `TABLES` has their names.
- `Table`: cells by their keys, and what training each one has given.
- `TableEvaluator`: the table behind the `Evaluator` interface.
- `TableFront`: its own Pareto front, as the measure of those that searches find.
"""

from evonas.tables.evaluator import TableEvaluator
from evonas.tables.front import TableFront
from evonas.tables.registry import REAL_TASKS, TABLES, open_table, table_from_results
from evonas.tables.table import Measurement, Table

__all__ = [
    "REAL_TASKS",
    "TABLES",
    "Measurement",
    "Table",
    "TableEvaluator",
    "TableFront",
    "open_table",
    "table_from_results",
]
