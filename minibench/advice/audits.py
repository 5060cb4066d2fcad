"""Were refusals right? Refused candidates that were trained all the same tell.

**False rejection.** A refused candidate was refused wrongly if its training is as good
as the better quarter of those that were accepted (`GOOD`). Of refusals at random one in
four would be such; a filter that knows something refuses fewer of them.

**Loosening.** When even the lower end of the rate's interval is above the rate of
refusals at random, the filter does harm and loosens itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minibench.advice.trainings import (
    FAILED,
    Worth,
    worth_from_json,
    worth_to_json,
)

#: share of the accepted candidates that are good
GOOD = 0.25
#: audits that a rate is made of, at least
LEAST = 30
#: of the interval: 95 %, two-sided
_Z = 1.959964


@dataclass
class Audits:
    """Counts refusals and judges those that were audited.

    Attributes:
        refused: candidates refused, each time that one was.
        asked: audits that were asked for.
        accepted: key → worth of each accepted candidate, as it was trained last.
        audited: the same of those that were audited, in the order of their records.
        since: of these, the ones before the last loosening.
    """

    refused: int = 0
    asked: int = 0
    accepted: dict[str, Worth] = field(default_factory=dict)
    audited: dict[str, Worth] = field(default_factory=dict)
    since: int = 0

    def rate(self) -> tuple[float, float, float] | None:
        """False rejections among the audited: rate and 95 % interval (Wilson).

        None: fewer than `LEAST` are audited, or nothing was accepted.
        """
        return self._rate(list(self.audited.values()))

    @property
    def harmful(self) -> bool:
        """Whether the filter, as it is now, refuses worse than chance would."""
        found = self._rate(list(self.audited.values())[self.since :])
        return found is not None and found[1] > GOOD

    def loosened(self) -> None:
        """Begin to count anew for a filter that is another one now."""
        self.since = len(self.audited)

    def _rate(self, audited: list[Worth]) -> tuple[float, float, float] | None:
        if len(audited) < LEAST or not self.accepted:
            return None
        order = sorted(self.accepted.values())
        bar = order[math.ceil((1 - GOOD) * (len(order) - 1))]
        false = sum(worth >= bar and worth != FAILED for worth in audited)
        return wilson(false, len(audited))

    def report(self) -> dict[str, Any]:
        """Plain JSON for `result.json`."""
        bar = self.rate()
        return {
            "pruned": self.refused,
            "audited": len(self.audited),
            "false_rejection_rate": None if bar is None else bar[0],
            "false_rejection_interval": None if bar is None else list(bar[1:]),
            "falsely_rejected": None
            if bar is None
            else round(bar[0] * len(self.audited)),
        }

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restored` goes on."""
        return {
            "refused": self.refused,
            "asked": self.asked,
            "accepted": [[k, worth_to_json(v)] for k, v in self.accepted.items()],
            "audited": [[k, worth_to_json(v)] for k, v in self.audited.items()],
            "since": self.since,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Audits:
        """The audits as `state` has written them."""
        return cls(
            state["refused"],
            state["asked"],
            {key: worth_from_json(worth) for key, worth in state["accepted"]},
            {key: worth_from_json(worth) for key, worth in state["audited"]},
            state["since"],
        )


def wilson(found: int, count: int) -> tuple[float, float, float]:
    """A share with its 95 % interval (Wilson, JASA 22, 1927).

    Args:
        found: how many have it.
        count: of how many, 1 or more.
    """
    share, square = found / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = (
        _Z
        / (1 + square / count)
        * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    )
    return share, max(0.0, middle - half), min(1.0, middle + half)
