"""The inline executor."""

from __future__ import annotations

import os
from collections.abc import Iterator

import cluster_work as work
import pytest
from contracts.executor_contract import FREE, ExecutorContract

from cluster import InlineExecutor


class TestInlineExecutor(ExecutorContract):
    """Runs work where it is."""

    @pytest.fixture
    def executor(self) -> Iterator[InlineExecutor]:
        """A fresh one."""
        with InlineExecutor() as executor:
            yield executor

    def test_work_runs_in_this_process_before_submit_returns(self) -> None:
        """So a debugger stops in it."""
        executor = InlineExecutor()
        executor.submit(1, work.process_id, None, FREE)
        assert executor.wait(0)[0].value == os.getpid()
