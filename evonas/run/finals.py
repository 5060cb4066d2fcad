"""The requests that no strategy asks for: full trainings, and tests of networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evonas.evaluation import Fidelity, Purpose, Request
from evonas.run.incumbents import Incumbent
from evonas.run.selection import Selected, Selection
from evonas.run.state import RunState
from evonas.storage import WeightsStore


class Finals:
    """Makes them, numbered from −1 down, for a run in its present state.

    Args:
        state: of the run.
        weights: of the run.
        seed: of the run.
    """

    def __init__(self, state: RunState, weights: WeightsStore, seed: int) -> None:
        self._state = state
        self._weights = weights
        self._seed = seed

    def trainings(
        self, chosen: Sequence[Incumbent], fidelity: Fidelity, by: str
    ) -> list[Request]:
        """The final trainings of those that had none at a fidelity, nor have it now.

        One that failed is not tried again: an equal request would fail again.

        Args:
            chosen: the networks.
            fidelity: of the trainings.
            by: who asks, for the ledger of test data.
        """
        requests = [*self._state.outstanding.values()]
        requests += [final.request for final in self._state.finals]
        known = {
            request.candidate.key()
            for request in requests
            if request.purpose == "final" and request.fidelity == fidelity
        }
        missing = [one for one in chosen if one.record.candidate_key not in known]
        return [
            self._request(one, fidelity, place, by) for place, one in enumerate(missing)
        ]

    def test(self, found: Incumbent, by: str) -> list[Request]:
        """The test of a network as the search has trained it, unless it had one.

        There is none where it cannot be tested. One that a database knew is trained
        before, as the search would have trained it.

        Args:
            found: the network.
            by: who asks.
        """
        if not self.testable(found):
            return []
        stored = self.can_test(found)
        return [
            self._of_stored(request, found)
            if stored
            else replace(request, seed=found.request.seed)
            for request in self.trainings([found], found.request.fidelity, by)
        ]

    def next_of(
        self, selection: Selection, stand: Selected, by: str
    ) -> tuple[list[Request], frozenset[int]]:
        """What a selection needs next: new requests, and numbers of open ones.

        Args:
            selection: that is under way.
            stand: where it stands; not complete.
            by: who asks.
        """
        tested = stand.network
        purpose: Purpose = "retrain"
        wanted = stand.missing
        if tested is not None:
            # By its seed the same network is made again, where its weights are gone.
            purpose, wanted = "final", ((tested, tested.request.seed),)
        open_ = {
            (request.candidate.key(), request.seed): request.request_id
            for request in self._state.outstanding.values()
            if request.purpose == purpose and selection.counts(request)
        }
        new: list[Request] = []
        again: set[int] = set()
        for found, seed in wanted:
            number = open_.get((found.record.candidate_key, seed))
            if number is not None:
                again.add(number)
                continue
            request = self._request(found, selection.fidelity, len(new), by)
            origin = {**request.origin, "recipe": selection.recipe}
            request = replace(request, purpose=purpose, seed=seed, origin=origin)
            if tested is not None and self.can_test(tested):
                request = self._of_stored(request, tested)
            new.append(request)
        return new, frozenset(again)

    def can_test(self, found: Incumbent) -> bool:
        """Whether a network's weights are there, so that it can be tested as it is."""
        reference = found.record.weights
        return reference is not None and reference in self._weights

    def testable(self, found: Incumbent) -> bool:
        """Whether `test` has something to test, or to train for it."""
        return self.can_test(found) or bool(found.record.reused)

    def _of_stored(self, request: Request, found: Incumbent) -> Request:
        """A request that measures a stored network instead of training one."""
        return replace(
            request,
            seed=found.request.seed,
            resume=found.record.weights,
            resumed=found.record.fidelity,
        )

    def _request(
        self, found: Incumbent, fidelity: Fidelity, place: int, by: str
    ) -> Request:
        number = self._state.finals_asked + place
        seeds = np.random.SeedSequence([self._seed, number, 0xF1A1])
        return Request(
            request_id=-1 - number,
            candidate=found.request.candidate,
            fidelity=fidelity,
            seed=int(seeds.generate_state(1, np.uint64)[0] >> 1),
            purpose="final",
            keep_weights=True,
            # The number in the search: a full training has it in its own origin.
            origin={
                "request_id": found.request.origin["request_id"]
                if not found.request.searching
                else found.record.request_id,
                "by": by,
            },
        )
