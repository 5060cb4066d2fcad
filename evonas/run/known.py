"""Results that somebody has already: which requests they may answer, and when.

An answer is journalled and told like what a worker gives back, so that a resumed run
has it again without looking anything up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from evonas.evaluation import Record, Request

#: gives the record that answers a request, or None where it has to be evaluated
Known = Callable[[Request], Record | None]


def is_plain(request: Request) -> bool:
    """Whether a result tells all that a request wants.

    Where weights are inherited, continued or kept, or values of layers read, it does
    not; and what a search refused or trains fully is trained.

    Args:
        request: of anybody.
    """
    wants = request.inherit or request.resume or request.keep_weights or request.read
    return request.purpose == "search" and not wants


class Answers:
    """Known results on their way into a run, in the order of their requests.

    Args:
        known: looks them up; None: nothing is known.
    """

    def __init__(self, known: Known | None) -> None:
        self._known = known
        self._waiting: deque[tuple[Request, Record]] = deque()

    def find(self, request: Request) -> bool:
        """Whether a request is answered; `take` gives the record in its turn."""
        if self._known is None or not is_plain(request):
            return False
        record = self._known(request)
        if record is None:
            return False
        self._waiting.append((request, record))
        return True

    def take(self) -> tuple[Request, Record] | None:
        """The oldest answer, with its request; None: there is none."""
        return self._waiting.popleft() if self._waiting else None
