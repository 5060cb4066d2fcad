"""Tables of known results as tasks: searches measured in seconds.

- `open_table`: the table that a `task:` section names; `TABLES` has their names.
- `Table`: cells by their keys, and what training each one has given.
- `TableEvaluator`: the table behind the `Evaluator` interface.
"""

from evonas.tables.evaluator import TableEvaluator
from evonas.tables.registry import TABLES, open_table, table_from_results
from evonas.tables.table import Measurement, Table

__all__ = [
    "TABLES",
    "Measurement",
    "Table",
    "TableEvaluator",
    "open_table",
    "table_from_results",
]
