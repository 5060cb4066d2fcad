"""Running work anywhere: in this process, in local ones, on the ranks of an MPI job.

`executor` is the interface and its types. `InlineExecutor` and `ProcessExecutor` need
nothing but this machine; `mpi.run_ranks` and `mpi.open_executor` are their like under
MPI, and `launch.launch` starts such a job. `SimulatedExecutor` has workers on a virtual
clock. Functions run in warm child processes
(`child`, kept by `keeper`) which may die without taking anybody along.
"""

from __future__ import annotations

from cluster.executor import Completion, Executor, Failure, FailureKind, Limits
from cluster.inline import InlineExecutor
from cluster.processes import ProcessExecutor
from cluster.signals import StopSignal
from cluster.simulate import SimulatedExecutor, VirtualClock

__all__ = [
    "Completion",
    "Executor",
    "Failure",
    "FailureKind",
    "InlineExecutor",
    "Limits",
    "ProcessExecutor",
    "SimulatedExecutor",
    "StopSignal",
    "VirtualClock",
]
