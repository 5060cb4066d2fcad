"""Running a search: the loop, its state, resuming, accounting, the result.

After it, choosing the best of a few networks (`selection`, by `rejects` and `interval`)
and the ledger of test data (`ledger`).
"""

from evonas.run.accounting import Accounting
from evonas.run.budget import Budget
from evonas.run.clock import Clock, SystemClock
from evonas.run.gathering import Islands
from evonas.run.history import best_of, evaluated, find, shortcoming
from evonas.run.incumbents import Incumbent, Incumbents
from evonas.run.interval import CONFIDENCE, Interval
from evonas.run.known import Known
from evonas.run.ledger import Opening
from evonas.run.loop import Loop, Summary, run
from evonas.run.losses import Loss
from evonas.run.migration import Migration
from evonas.run.plan import Finish, Plan
from evonas.run.rejects import Schedule, make_schedule
from evonas.run.result import result, versions
from evonas.run.selection import Contender, Selected, Selection
from evonas.run.session import Session
from evonas.run.state import RunState

__all__ = [
    "CONFIDENCE",
    "Accounting",
    "Budget",
    "Clock",
    "Contender",
    "Finish",
    "Incumbent",
    "Incumbents",
    "Interval",
    "Islands",
    "Known",
    "Loop",
    "Loss",
    "Migration",
    "Opening",
    "Plan",
    "RunState",
    "Schedule",
    "Selected",
    "Selection",
    "Session",
    "Summary",
    "SystemClock",
    "best_of",
    "evaluated",
    "find",
    "make_schedule",
    "result",
    "run",
    "shortcoming",
    "versions",
]
