"""The executor contract over the ranks of this MPI job; run by `rank_program.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contracts.executor_contract import ExecutorContract, IsolationContract

from cluster import Executor
from cluster.mpi import open_executor


class TestRankExecutor(ExecutorContract, IsolationContract):
    """Keeps every promise, one executor after the other in one job."""

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """One over all ranks."""
        with open_executor({"OMP_NUM_THREADS": "1"}, "cluster_work:warm_up") as ranks:
            yield ranks
