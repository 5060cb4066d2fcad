"""Settings → objects: what a run is made of, and what it has found.

`resolve` opens what a config names and fills in every default; the other functions make
the parts of a run from that. Nothing here imports torch: the evaluator is a description
that is built on the worker.
"""

from evonas.build.advice import find_knowledge, make_advisor
from evonas.build.island_settings import refuse_islands
from evonas.build.islands import check_ranks, prepare_islands
from evonas.build.parts import (
    check_space,
    export_network,
    hard_limits,
    make_evaluator,
    make_plan,
    make_strategy,
)
from evonas.build.reading import Reading, choose, read_run, write_export
from evonas.build.resolve import Resolved, resolve
from evonas.build.reuse import open_known
from evonas.build.reuse_settings import refuse_reuse
from evonas.build.stopping import Stopping, stopping
from evonas.build.workers import (
    check_latency,
    open_workers,
    refuse_table_under_mpi,
    worker_environment,
)

__all__ = [
    "Reading",
    "Resolved",
    "Stopping",
    "check_latency",
    "check_ranks",
    "check_space",
    "choose",
    "export_network",
    "find_knowledge",
    "hard_limits",
    "make_advisor",
    "make_evaluator",
    "make_plan",
    "make_strategy",
    "open_known",
    "open_workers",
    "prepare_islands",
    "read_run",
    "refuse_islands",
    "refuse_reuse",
    "refuse_table_under_mpi",
    "resolve",
    "stopping",
    "worker_environment",
    "write_export",
]
