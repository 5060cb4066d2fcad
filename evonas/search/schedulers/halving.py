"""Successive halving and Hyperband: a cohort climbs together, the best of it go on.

Jamieson and Talwalkar 2016 (successive halving), Li et al. 2018 (Hyperband, which takes
turns between cohorts that are wide and begin low and cohorts that are narrow and begin
high). A rung is decided when everybody has arrived, so the order of arrivals, and with
it the number of workers, leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evonas.search.schedulers.contender import Contender
from evonas.search.schedulers.policy import Policy, Verdict
from evonas.search.schedulers.rungs import Bracket, Rungs, ranked
from evonas.search.schedulers.scale import Scale, shifts


class Halving(Policy):
    """One cohort after the other.

    Args:
        rungs: of the search.
        brackets: of the cohorts, in turn.
        objectives: how many there are.
    """

    def __init__(
        self, rungs: Rungs, brackets: Sequence[Bracket], objectives: int
    ) -> None:
        self._rungs = rungs
        self._brackets = tuple(brackets)
        self._scale = Scale(rungs.top, objectives)
        #: cohorts so far
        self._turn = 0
        self._rung = self._bracket.start
        #: the cohort, in the order in which it began
        self._members: list[Contender] = []
        #: those of it that are at the current rung or on their way there
        self._climbing: list[Contender] = []
        #: numbers of those that have not arrived
        self._missing: set[int] = set()

    @property
    def _bracket(self) -> Bracket:
        return self._brackets[self._turn % len(self._brackets)]

    @property
    def room(self) -> int:
        """What the cohort lacks while it is at its first rung."""
        if self._rung > self._bracket.start:
            return 0
        return self._bracket.candidates - len(self._members)

    @property
    def start(self) -> int:
        """The first rung of the cohort's bracket."""
        return self._bracket.start

    def enter(self, contender: Contender) -> None:
        """One more in the cohort."""
        self._members.append(contender)
        self._climbing.append(contender)
        self._missing.add(contender.number)

    def arrived(self, contender: Contender) -> Verdict:
        """The last one to arrive decides the rung."""
        self._missing.discard(contender.number)
        if self._missing or self.room:
            return Verdict()
        return self._decide()

    def close(self) -> Verdict | None:
        """The cohort stays smaller than planned."""
        return self._decide() if self._members else None

    def _decide(self) -> Verdict:
        order = ranked([contender.value for contender in self._climbing])
        if self._rung == self._rungs.top or not order:
            return self._end()
        # Of all who came, the failed too: failing must not make room for others.
        kept = set(order[: self._rungs.kept(len(self._climbing))])
        stopped = [self._climbing[place] for place in sorted(set(order) - kept)]
        self._climbing = [self._climbing[place] for place in sorted(kept)]
        self._missing = {contender.number for contender in self._climbing}
        self._rung += 1
        return Verdict(promoted=list(self._climbing), stopped=stopped)

    def _end(self) -> Verdict:
        """The cohort is through: all of it is told at once."""
        members, top = self._members, self._rungs.top
        for contender in members:
            for rung in range(1, contender.rung + 1):
                self._scale.note(contender, rung)
        moved = shifts(members, top, self._scale)
        finished = [c.value for c in members if c.rung == top and c.value is not None]
        self._turn += 1
        self._rung = self._bracket.start
        self._members, self._climbing = [], []
        return Verdict(
            told=[(one, moved.get(one.number, ())) for one in members],
            rivals=finished,
        )

    def audited(self, contender: Contender) -> None:
        """It stays stopped."""

    @property
    def held(self) -> Sequence[Contender]:
        """The cohort."""
        return self._members

    def promotable(self, contender: Contender) -> bool:
        """Whether it still climbs."""
        return contender.rung < self._rungs.top and contender in self._climbing

    @property
    def rivals(self) -> Sequence[tuple[float, ...]]:
        """Those of a cohort are known at its end."""
        return ()

    @property
    def mean_effort(self) -> float:
        """Over one turn of all brackets."""
        return self._rungs.mean_effort(self._brackets)

    def words(self) -> str:
        """Epochs of the rungs, candidates of the brackets."""
        texts = []
        for bracket in self._brackets:
            text = " → ".join(map(str, self._rungs.counts(bracket)))
            if bracket.start:
                text += f" from {self._rungs.fidelities[bracket.start].epochs:.3g}"
            texts.append(text)
        return f"{self._rungs.epochs_text()} epochs; {', '.join(texts)} candidates"

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "turn": self._turn,
            "rung": self._rung,
            "members": [contender.number for contender in self._members],
            "climbing": [contender.number for contender in self._climbing],
            "missing": sorted(self._missing),
            "scale": self._scale.state(),
        }

    def restore(
        self, state: Mapping[str, Any], contenders: Mapping[int, Contender]
    ) -> None:
        """Take over a state written by `state`."""
        self._turn = state["turn"]
        self._rung = state["rung"]
        self._members = [contenders[number] for number in state["members"]]
        self._climbing = [contenders[number] for number in state["climbing"]]
        self._missing = set(state["missing"])
        self._scale.restore(state["scale"])
