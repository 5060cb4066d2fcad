"""The best networks so far, by validation alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deap import tools

from evonas.advice import AUDIT
from evonas.evaluation import Record, Request
from evonas.population import Objective, gains
from evonas.population.pareto import Gains


@dataclass(frozen=True)
class Incumbent:
    """A request with the record that came back from it."""

    request: Request
    record: Record

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"request": self.request.to_json(), "record": self.record.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Incumbent:
        """The inverse of `to_json`."""
        return cls(Request.from_json(data["request"]), Record.from_json(data["record"]))


class _Entry:
    """An incumbent as DEAP's archives want it; immutable, so never copied."""

    def __init__(self, incumbent: Incumbent, values: Sequence[float]) -> None:
        self.incumbent = incumbent
        self.fitness = Gains(values)

    def __deepcopy__(self, _: object) -> _Entry:
        return self


def _same(a: _Entry, b: _Entry) -> bool:
    return a.incumbent.record.candidate_key == b.incumbent.record.candidate_key


def _place(incumbent: Incumbent, value: float) -> tuple[float, ...]:
    """What `top` is ordered by; of equals the earlier one comes first."""
    record = incumbent.record
    return record.fidelity.effort, value, -record.request_id


class Incumbents:
    """The `size` best of a search by its first objective, and the Pareto front.

    Where networks are trained for different lengths, a result counts more the longer
    the training: short ones say less, and mostly worse. A network is in `top` with its
    longest training, behind all that were trained longer; the front is that of the
    longest trainings so far.

    Args:
        objectives: of the run; the first one orders `top`.
        size: how many `top` keeps.
    """

    def __init__(self, objectives: Sequence[Objective], size: int = 10) -> None:
        self.objectives = tuple(objectives)
        self._top = tools.HallOfFame(size, similar=_same)
        self._front = tools.ParetoFront(similar=_same)

    def update(self, request: Request, record: Record) -> bool:
        """Take a record of the search in; True when it is the new best."""
        values = gains(self.objectives, record)
        # What an advisor has refused is as good as it is; what a scheduler has stopped
        # is trained on only to learn whether that was wrong.
        counts = request.purpose == "search" or AUDIT in request.origin
        if values is None or not counts:
            return False
        incumbent = Incumbent(request, record)
        effort = record.fidelity.effort
        for place, known in enumerate(self.top):
            if known.record.candidate_key == record.candidate_key:
                if known.record.fidelity.effort >= effort:
                    return False
                self._top.remove(place)
                break
        best = self.best
        longest = 0.0 if best is None else best.record.fidelity.effort
        self._insert(incumbent, values, longest)
        return self.best is incumbent

    def _insert(
        self, incumbent: Incumbent, values: Sequence[float], longest: float
    ) -> None:
        """Put one where it belongs; `longest` is the longest training before it."""
        effort = incumbent.record.fidelity.effort
        self._top.update([_Entry(incumbent, _place(incumbent, values[0]))])
        if len(values) > 1:
            if effort > longest:
                self._front.clear()
            if effort >= longest:
                self._front.update([_Entry(incumbent, values)])

    @property
    def best(self) -> Incumbent | None:
        """The best by the first objective; of equals the one asked first."""
        return self._top[0].incumbent if len(self._top) else None

    @property
    def top(self) -> list[Incumbent]:
        """The best few, best first."""
        return [entry.incumbent for entry in self._top]

    @property
    def front(self) -> list[Incumbent]:
        """The Pareto set, best by the first objective first; none for one objective."""
        return [entry.incumbent for entry in self._front]

    @property
    def weights(self) -> list[str]:
        """References of the stored weights of all of these, the best first."""
        return [
            incumbent.record.weights
            for incumbent in (*self.top, *self.front)
            if incumbent.record.weights is not None
        ]

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "top": [one.to_json() for one in self.top],
            "front": [one.to_json() for one in self.front],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        for archive, name in ((self._top, "top"), (self._front, "front")):
            archive.clear()
            # The last first: DEAP puts a new one before its equals.
            for data in reversed(state[name]):
                one = Incumbent.from_json(data)
                values = gains(self.objectives, one.record)
                assert values is not None  # only such records are kept
                if name == "top":
                    values = _place(one, values[0])
                archive.update([_Entry(one, values)])
