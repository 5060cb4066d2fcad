"""Running a search: the loop, its state, resuming, accounting, the result."""

from evonas.run.accounting import Accounting
from evonas.run.budget import Budget
from evonas.run.clock import Clock, SystemClock
from evonas.run.history import best_of, find, shortcoming
from evonas.run.incumbents import Incumbent, Incumbents
from evonas.run.loop import Loop, Summary, run
from evonas.run.result import result, versions
from evonas.run.session import Finish, Plan, Session
from evonas.run.state import RunState

__all__ = [
    "Accounting",
    "Budget",
    "Clock",
    "Finish",
    "Incumbent",
    "Incumbents",
    "Loop",
    "Plan",
    "RunState",
    "Session",
    "Summary",
    "SystemClock",
    "best_of",
    "find",
    "result",
    "run",
    "shortcoming",
    "versions",
]
