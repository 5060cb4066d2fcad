"""ASHA: a candidate goes on as soon as it is among the best of its rung.

Li et al. 2020, "A system for massively parallel hyperparameter tuning". No worker waits
for a cohort; a candidate that was passed over may be promoted later, when others prove
worse. Three things differ, because here the candidates come from a search that learns
and a run that must stay small:

- A rung is the latest `WINDOW` arrivals. Among all that ever came, every child of an
  improving search would be one of the best.
- Only the best few that wait at a rung can be promoted later; those behind them are let
  go of, with their stored weights.
- The inner strategy is told a result when the candidate is passed over for the first
  time. What a later promotion brings counts for the run, but is not told again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evonas.search.schedulers.contender import Contender, Value
from evonas.search.schedulers.policy import Policy, Verdict
from evonas.search.schedulers.rungs import Bracket, Rungs, ranked
from evonas.search.schedulers.scale import Scale, Shift

#: latest arrivals at a rung that a candidate is compared with
WINDOW = 100
#: new candidates that may begin at once; workers end sooner
_ANY = 2**31


class _Place(NamedTuple):
    """An arrival at a rung."""

    number: int
    value: Value
    promoted: bool


class Asha(Policy):
    """Promotes one by one.

    Args:
        rungs: of the search.
        objectives: how many there are.
    """

    def __init__(self, rungs: Rungs, objectives: int) -> None:
        self._rungs = rungs
        self._scale = Scale(rungs.top, objectives)
        self._arrivals: list[deque[_Place]] = [
            deque(maxlen=WINDOW) for _ in rungs.fidelities
        ]
        #: passed over, but not for good: rung → contenders
        self._waiting: list[list[Contender]] = [[] for _ in range(rungs.top)]
        #: passed over before a candidate had gone all the way, so that nobody could
        #: say what their results are worth: to be told
        self._untold: list[Contender] = []

    @property
    def room(self) -> int:
        """There is always room."""
        return _ANY

    @property
    def start(self) -> int:
        """The lowest rung."""
        return 0

    def enter(self, contender: Contender) -> None:
        """Nothing to note before it has arrived."""

    def arrived(self, contender: Contender) -> Verdict:
        """Promote whoever is among the best of the rung now."""
        rung = contender.rung
        if rung > 0:
            self._scale.note(contender, rung)
        self._arrivals[rung].append(_Place(contender.number, contender.value, False))
        if rung == self._rungs.top:
            told = [] if contender.told else [(contender, self._scale.shift(rung))]
            return Verdict(told=told + self._release(), rivals=self.rivals or None)
        if contender.value is not None:
            self._waiting[rung].append(contender)
        promoted = self._promote(rung)
        if contender in promoted:
            return Verdict(promoted=promoted)
        if contender.value is None:
            told = [] if contender.told else [(contender, ())]
            return Verdict(promoted=promoted, told=told)
        if not contender.told:
            self._untold.append(contender)
        return Verdict(promoted, [contender], self._release())

    def _promote(self, rung: int) -> list[Contender]:
        """Who of those that wait at a rung is among its best; the last few may go."""
        arrivals = self._arrivals[rung]
        order = ranked([place.value for place in arrivals])
        waiting = {contender.number: contender for contender in self._waiting[rung]}
        promoted, left = [], []
        for position, index in enumerate(order):
            place = arrivals[index]
            if place.number not in waiting or place.promoted:
                continue
            contender = waiting[place.number]
            if position < len(arrivals) // self._rungs.reduction:
                promoted.append(contender)
                arrivals[index] = place._replace(promoted=True)
            else:
                left.append(contender)
        self._waiting[rung] = left[: self._rungs.reduction]
        self._untold = [one for one in self._untold if one not in promoted]
        return promoted

    def _release(self, *, ready: bool = False) -> list[tuple[Contender, Shift]]:
        """Those to be told whose scale is known, or all of them."""
        told = [c for c in self._untold if ready or self._scale.known(c.rung)]
        self._untold = [c for c in self._untold if c not in told]
        return [(contender, self._scale.shift(contender.rung)) for contender in told]

    def close(self) -> Verdict | None:
        """The inner strategy waits for results, so it gets them as they are."""
        return Verdict(told=self._release(ready=True)) if self._untold else None

    def audited(self, contender: Contender) -> None:
        """It is trained to the end anyway, so it need not be promoted."""
        waiting = self._waiting[contender.rung]
        if contender in waiting:
            waiting.remove(contender)

    @property
    def held(self) -> Sequence[Contender]:
        """Those that wait and those to be told."""
        return [*self._untold, *(one for group in self._waiting for one in group)]

    def promotable(self, contender: Contender) -> bool:
        """Whether it is one of the best that wait at its rung."""
        return contender in self._waiting[contender.rung]

    @property
    def rivals(self) -> Sequence[tuple[float, ...]]:
        """The latest that went all the way."""
        return [p.value for p in self._arrivals[-1] if p.value is not None]

    @property
    def mean_effort(self) -> float:
        """That of successive halving, which it comes to in the long run."""
        return self._rungs.mean_effort([Bracket(0, self._rungs.full_size)])

    def words(self) -> str:
        """Epochs of the rungs, and the share that goes on."""
        share = f"one in {self._rungs.reduction} goes on"
        return f"{self._rungs.epochs_text()} epochs; {share}"

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "scale": self._scale.state(),
            "arrivals": [
                [
                    [number, None if value is None else list(value), promoted]
                    for number, value, promoted in places
                ]
                for places in self._arrivals
            ],
            "waiting": [[one.number for one in group] for group in self._waiting],
            "untold": [one.number for one in self._untold],
        }

    def restore(
        self, state: Mapping[str, Any], contenders: Mapping[int, Contender]
    ) -> None:
        """Take over a state written by `state`."""
        self._scale.restore(state["scale"])
        for places, saved in zip(self._arrivals, state["arrivals"], strict=True):
            places.clear()
            places.extend(
                _Place(number, None if value is None else tuple(value), promoted)
                for number, value, promoted in saved
            )
        self._waiting = [[contenders[n] for n in group] for group in state["waiting"]]
        self._untold = [contenders[number] for number in state["untold"]]
