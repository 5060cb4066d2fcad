"""Comparing methods honestly: configs × seeds under one budget, and what follows.

- `compare`: plays what is missing and writes the comparison's files.
- `Comparison`: how that ended.
- `Observer`: whoever watches; `RUN_COLUMNS`: of `runs.csv`.

A run against a table is looked up in memory on the virtual clock; any other one is an
ordinary search in a directory of its own.
"""

from evonas.compare.comparison import Comparison, compare
from evonas.compare.conduct import Observer
from evonas.compare.page import RUN_COLUMNS

__all__ = ["RUN_COLUMNS", "Comparison", "Observer", "compare"]
