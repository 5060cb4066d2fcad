"""Records on their way into a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from minibench.problems import Problem
from minibench.records import BenchRecord


@dataclass(frozen=True, eq=False)
class Batch:
    """What a reader has found: a run, a table, a text form.

    Attributes:
        problems: every problem that the records name.
        records: read while they are taken, once.
    """

    problems: tuple[Problem, ...]
    records: Iterable[BenchRecord]
