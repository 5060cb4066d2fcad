"""How many stops were wrong: some stopped candidates are trained on all the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evonas.search.schedulers.contender import Value

#: of the 95 % interval
_Z = 1.959964


@dataclass
class _Case:
    """One audit: its own result, and those of the candidates that it lost to."""

    returned: bool = False
    value: Value = None
    rivals: list[tuple[float, ...]] | None = None


class Audits:
    """Counts stops, and judges those that were audited.

    A stop was wrong if no rival is at least as good in every objective as the stopped
    candidate after training at the full fidelity. Rivals are the candidates that
    reached it instead.
    """

    def __init__(self) -> None:
        #: candidates that were stopped before the last rung without having failed
        self.stops = 0
        #: audits that are judged
        self.judged = 0
        #: those of them whose stop was wrong
        self.wrong = 0
        self._cases: dict[int, _Case] = {}

    def begin(self, number: int) -> None:
        """An audit of a candidate is asked for."""
        self._cases[number] = _Case()

    def returned(
        self, number: int, value: Value, rivals: Sequence[tuple[float, ...]]
    ) -> None:
        """An audit came back; `rivals` is empty where they are still to come."""
        case = self._cases[number]
        case.returned, case.value = True, value
        if rivals and case.rivals is None:
            case.rivals = list(rivals)
        self._judge(number)

    def measure(
        self, rivals: Sequence[tuple[float, ...]], *, returned_only: bool
    ) -> None:
        """Rivals are known now for audits that have none yet.

        Args:
            rivals: values at the full fidelity; none may have got there.
            returned_only: leave those alone whose own result is still to come.
        """
        for number, case in list(self._cases.items()):
            if case.rivals is None and (case.returned or not returned_only):
                case.rivals = list(rivals)
                self._judge(number)

    def _judge(self, number: int) -> None:
        case = self._cases[number]
        if not case.returned or case.rivals is None:
            return
        del self._cases[number]
        self.judged += 1
        if case.value is not None and not any(
            all(r >= own for r, own in zip(rival, case.value, strict=True))
            for rival in case.rivals
        ):
            self.wrong += 1

    def report(self) -> dict[str, Any]:
        """Plain JSON for `result.json`."""
        judged, wrong = self.judged, self.wrong
        return {
            "stops": self.stops,
            "audited": judged,
            "wrong": wrong,
            "wrong_share": wrong / judged if judged else None,
            "wrong_interval": list(wilson(wrong, judged)) if judged else None,
        }

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "stops": self.stops,
            "judged": self.judged,
            "wrong": self.wrong,
            "cases": [
                [
                    number,
                    case.returned,
                    None if case.value is None else list(case.value),
                    None if case.rivals is None else [list(r) for r in case.rivals],
                ]
                for number, case in self._cases.items()
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.stops = state["stops"]
        self.judged = state["judged"]
        self.wrong = state["wrong"]
        self._cases = {
            number: _Case(
                returned,
                None if value is None else tuple(value),
                None if rivals is None else [tuple(r) for r in rivals],
            )
            for number, returned, value, rivals in state["cases"]
        }


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), honest for few and for extremes.

    Args:
        count: of the cases that are meant.
        total: of all cases, 1 or more.
    """
    share, z = count / total, _Z
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = share * (1 - share) / total + z**2 / (4 * total**2)
    half = z / (1 + z**2 / total) * math.sqrt(spread)
    return max(0.0, middle - half), min(1.0, middle + half)
