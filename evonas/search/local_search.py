"""Local search (White et al., UAI 2021): to the best neighbour, until none is better.

Begins at the best of a few random draws, asks for all neighbours of the place where it
stands, and moves; where it stands on a local optimum it begins anew elsewhere. Results
are remembered, so that a neighbour that was met before costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from evonas.evaluation import Record
from evonas.search.sampler import (
    Archive,
    G,
    Gains,
    Result,
    Sampler,
    SamplerSettings,
    Suggestion,
)


class LocalSearchSettings(SamplerSettings):
    """Settings of the strategy `local_search`."""

    #: random draws of which the best is the first place of a climb
    start: int = Field(default=10, ge=1)
    #: move to the `best` neighbour when all are known, or to the `first` better one
    move: Literal["best", "first"] = "best"
    #: different mutations that stand for the neighbours where those cannot be listed
    neighbours: int = Field(default=20, ge=1)


class LocalSearch(Sampler[G]):
    """The sampler; see the module's docstring."""

    def __init__(self, settings: LocalSearchSettings, archive: Archive[G]) -> None:
        self._settings = settings
        self._archive = archive
        #: key → gains of every candidate that is known
        self._known: dict[str, Gains] = {}
        #: where it stands; None while the first places of a climb are drawn
        self._place: Result[G] | None = None
        #: draws that the new climb still lacks
        self._missing = settings.start
        #: neighbours to ask, all of them new
        self._queue: list[G] = []
        #: requests of this step without a result
        self._open: set[int] = set()
        #: results of this step: neighbours, or draws
        self._tried: list[Result[G]] = []
        self._climbs = 1

    @property
    def waiting(self) -> bool:
        """While the rest of the neighbours, or of the draws, is being evaluated."""
        return bool(self._open) and not self._queue and not self._missing

    @property
    def turning(self) -> bool:
        """Between two steps; with `first` there are none that wait for each other."""
        if self._settings.move == "first":
            return True
        begun = bool(self._open or self._queue)
        return not begun and self._missing in (0, self._settings.start)

    def suggest(self) -> Suggestion[G]:
        """A random draw at the start of a climb, else the next neighbour."""
        while not self._missing and not self._queue:
            self._decide()
        if self._missing:
            return Suggestion(self._archive.draw(), {"from": "draw"})
        assert self._place is not None  # only a place has neighbours
        origin = {"from": "neighbour", "parent": self._place.number}
        return Suggestion(self._queue.pop(0), origin)

    def asked(self, number: int, suggestion: Suggestion[G]) -> None:
        """It belongs to this step."""
        self._open.add(number)
        if self._missing:
            self._missing -= 1

    def learn(self, result: Result[G], record: Record) -> None:
        """Note it; with `first`, move to whatever is better at once."""
        self._known[result.key] = result.gains
        if result.number in self._open:
            self._open.remove(result.number)
            self._tried.append(result)
        if self._settings.move == "first" and self._better([result]):
            self._move(result)

    def adopted(self, key: str) -> None:
        """What is known from elsewhere is not asked."""
        self._keep(lambda genome: self._archive.new(genome) is not None)

    def narrowed(self) -> None:
        """Neighbours outside of the space are not asked."""
        genomes, rng = self._archive.genomes, self._archive.rng
        self._keep(lambda genome: genomes.conform(genome, rng) is genome)

    def _keep(self, wanted: Callable[[G], bool]) -> None:
        self._queue = [genome for genome in self._queue if wanted(genome)]

    def _better(self, results: Sequence[Result[G]]) -> list[Result[G]]:
        """Those that are better than the place; of several objectives: dominate it."""
        if self._place is None:
            return []
        # Of two that do not dominate each other the first has the higher rank.
        here = self._place.gains
        pairs = ((one, self._archive.fitness([here, one.gains])) for one in results)
        return [one for one, (old, new) in pairs if new > old]

    def _best(self, results: Sequence[Result[G]]) -> Result[G]:
        fitness = self._archive.fitness([one.gains for one in results])
        return results[fitness.index(max(fitness))]

    def _decide(self) -> None:
        """The step is over: move, or begin anew."""
        found = self._tried if self._place is None else self._better(self._tried)
        if found:
            self._move(self._best(found))
            return
        self._place = None
        self._tried = []
        self._open = set()
        self._missing = self._settings.start
        self._climbs += 1

    def _move(self, place: Result[G]) -> None:
        """Stand at another place and look round."""
        while True:
            self._place = place
            self._open = set()
            self._look_round(place.genome)
            better = self._better(self._tried)
            if self._settings.move == "best" or not better:
                return
            place = self._best(better)

    def _look_round(self, genome: G) -> None:
        """Sort the neighbours into those that are known and those to ask."""
        archive = self._archive
        self._tried, self._queue = [], []
        here = archive.genomes.conform(genome, archive.rng)
        around = archive.genomes.neighbours(here)
        if around is None:
            count = range(self._settings.neighbours)
            around = tuple(archive.mutated(here) for _ in count)
        met: set[str] = set()
        for place in archive.rng.permutation(len(around)):
            proposal = archive.proposer.consider(around[place])
            if proposal is None:
                continue
            key = proposal.candidate.key()
            if key in self._known:
                known = Result(-1, around[place], key, self._known[key])
                self._tried.append(known)
            elif key not in archive.seen and key not in met:
                self._queue.append(around[place])
            met.add(key)

    @property
    def cohort(self) -> int | None:
        """About a neighbourhood."""
        return max(self._settings.start, self._settings.neighbours)

    def progress(self) -> dict[str, float]:
        """Climbs begun."""
        return {"climbs": float(self._climbs)}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        whole = self._archive.whole
        return {
            "known": [
                [key, None if gains is None else list(gains)]
                for key, gains in self._known.items()
            ],
            "place": None if self._place is None else self._place.to_json(whole),
            "missing": self._missing,
            "queue": [whole.to_json(genome) for genome in self._queue],
            "open": sorted(self._open),
            "tried": [one.to_json(whole) for one in self._tried],
            "climbs": self._climbs,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        whole = self._archive.whole
        self._known = {
            key: None if gains is None else tuple(gains)
            for key, gains in state["known"]
        }
        place = state["place"]
        self._place = None if place is None else Result.from_json(place, whole)
        self._missing = state["missing"]
        self._queue = [whole.from_json(genome) for genome in state["queue"]]
        self._open = set(state["open"])
        self._tried = [Result.from_json(one, whole) for one in state["tried"]]
        self._climbs = state["climbs"]
