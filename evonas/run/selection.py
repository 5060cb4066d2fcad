"""Choosing the best of a few networks by training them again, on fresh seeds.

The best of a search is partly the luckiest: each network was trained once, and the one
whose training came out best was kept. Here the few best are trained again by successive
rejects (`evonas.run.rejects`), and the last one left is trained further on seeds that
had no part in that, for an interval that holds (`evonas.run.interval`). Validation data
alone decide; the test data are opened in the end, once, for the one network that is
handed out: the winner's training that was best on validation.

Where a selection stands is a function of the run's journal. Trainings that are there
are not done again: whoever was killed, or asks for more trainings, goes on from them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evonas.errors import SpaceExhaustedError
from evonas.evaluation import Fidelity, Request
from evonas.population import Objective, gains
from evonas.run.incumbents import Incumbent
from evonas.run.interval import Interval, t_interval
from evonas.run.rejects import Schedule, worst
from evonas.run.state import RunState

#: keeps these seeds apart from others that a run draws from its own
_TAG = 0x70B


@dataclass(frozen=True)
class Contender:
    """One of the networks that were chosen from.

    Attributes:
        found: as the search had it.
        trainings: those that decided, the first ones of equally many for all that were
            left then.
        rejected_in: number of the phase, from 1; None: it is left.
    """

    found: Incumbent
    trainings: tuple[Incumbent, ...]
    rejected_in: int | None


@dataclass(frozen=True)
class Selected:
    """Where a selection stands, or how it ended.

    Attributes:
        schedule: of the trainings.
        objective: that decided.
        contenders: the best first: who is left, then the last one rejected, …
        held_out: the winner's trainings that had no part in choosing it.
        missing: what has to be trained next: network and seed; nothing is missing at
            the end.
        network: the winner's training that was best on validation; None: all failed, or
            not known yet.
        test: of that network; None: not done yet.
    """

    schedule: Schedule
    objective: Objective
    contenders: tuple[Contender, ...]
    held_out: tuple[Incumbent, ...] = ()
    missing: tuple[tuple[Incumbent, int], ...] = ()
    network: Incumbent | None = None
    test: Incumbent | None = None

    @property
    def done(self) -> int:
        """Trainings so far."""
        return sum(len(one.trainings) for one in self.contenders) + len(self.held_out)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.missing and (self.network is None or self.test is not None)

    @property
    def winner(self) -> Contender:
        """The last one left; before the end the best so far."""
        return self.contenders[0]

    @property
    def interval(self) -> Interval | None:
        """The winner's mean and interval, from trainings that did not choose it."""
        return self.interval_of(self.held_out)

    def interval_of(self, trainings: Sequence[Incumbent]) -> Interval | None:
        """Mean and interval of the trainings that gave a network, in the metric's unit.

        Args:
            trainings: of one network. Where they decided about it, nothing is corrected
                for that.
        """
        name, one = self.objective.metric, (self.objective,)
        return t_interval(
            [each.record.value(name) for each in trainings if gains(one, each.record)]
        )


class Selection:
    """Follows one selection through the records of a run.

    Args:
        chosen: the networks, the one that the search thought best first.
        schedule: for as many.
        state: of the run; its full trainings count.
        fidelity: of the trainings.
        recipe: fields of the recipe that the trainings have instead of their own.
        seed: of the run.
        taken: seeds that the search has used; they are not fresh.
    """

    def __init__(
        self,
        chosen: Sequence[Incumbent],
        schedule: Schedule,
        state: RunState,
        *,
        fidelity: Fidelity,
        recipe: Mapping[str, Any],
        seed: int,
        taken: Collection[int],
    ) -> None:
        self.chosen = tuple(chosen)
        self.schedule = schedule
        self.fidelity = fidelity
        self.recipe = dict(recipe)
        self._state = state
        self._objective = state.incumbents.objectives[0]
        most = max(schedule.lengths[-1], schedule.held_out)
        self._seeds = {
            one.record.candidate_key: fresh_seeds(
                seed, one.record.candidate_key, 2 * most, taken
            )
            for one in chosen
        }

    def stand(self) -> Selected:
        """Where it stands by the records that there are."""
        known = {
            (one.record.candidate_key, one.request.seed): one
            for one in self._state.retrained
            if self.counts(one.request)
        }
        left = list(self.chosen)
        rejected: list[Contender] = []
        for phase, length in enumerate(self.schedule.lengths, start=1):
            missing = self._missing(left, known, range(length))
            if missing:
                open_ = [self._contender(one, known, length) for one in left]
                open_.sort(key=lambda one: -self._mean(one))
                return self._selected([*open_, *rejected], missing=missing)
            trained = [self._contender(one, known, length) for one in left]
            loser = worst([[self.gain(one) for one in c.trainings] for c in trained])
            rejected.insert(
                0, Contender(left.pop(loser), trained[loser].trainings, phase)
            )
        winner = self._contender(left[0], known, self.schedule.lengths[-1])
        return self._confirmed(winner, rejected, known)

    def _confirmed(
        self,
        winner: Contender,
        rejected: list[Contender],
        known: Mapping[tuple[str, int], Incumbent],
    ) -> Selected:
        """After the last phase: the winner's further trainings, its best one's test."""
        contenders = [winner, *rejected]
        if all(self.gain(one) is None for one in winner.trainings):
            # It would fail again; there is nothing that could be worth anything.
            return self._selected(contenders)
        places = range(self.schedule.held_out)
        missing = self._missing([winner.found], known, places, held_out=True)
        key = winner.found.record.candidate_key
        seeds = self._seeds[key][1::2][: self.schedule.held_out]
        held_out = tuple(known[key, seed] for seed in seeds if (key, seed) in known)
        if missing:
            return self._selected(contenders, held_out=held_out, missing=missing)
        network = max((*winner.trainings, *held_out), key=self._gain_or_nothing)
        return self._selected(
            contenders, held_out=held_out, network=network, test=self._test_of(network)
        )

    def counts(self, request: Request) -> bool:
        """Whether a full training is one as this selection asks for."""
        return (
            request.fidelity == self.fidelity
            and request.origin.get("recipe") == self.recipe
        )

    def gain(self, training: Incumbent) -> float | None:
        """What a training is worth, the higher the better; None: it failed."""
        values = gains((self._objective,), training.record)
        return None if values is None else values[0]

    def _gain_or_nothing(self, training: Incumbent) -> float:
        gain = self.gain(training)
        return -math.inf if gain is None else gain

    def _test_of(self, network: Incumbent) -> Incumbent | None:
        """The test that this very network had, however it ended."""
        for final in self._state.finals:
            if (
                final.record.candidate_key == network.record.candidate_key
                and final.request.seed == network.request.seed
                and self.counts(final.request)
            ):
                return final
        return None

    def _missing(
        self,
        networks: Sequence[Incumbent],
        known: Mapping[tuple[str, int], Incumbent],
        places: range,
        *,
        held_out: bool = False,
    ) -> tuple[tuple[Incumbent, int], ...]:
        """Trainings that are not there, those of each network one after the other."""
        wanted = (
            (one, self._seeds[one.record.candidate_key][2 * place + held_out])
            for place in places
            for one in networks
        )
        return tuple(
            (one, seed)
            for one, seed in wanted
            if (one.record.candidate_key, seed) not in known
        )

    def _contender(
        self, found: Incumbent, known: Mapping[tuple[str, int], Incumbent], count: int
    ) -> Contender:
        key = found.record.candidate_key
        seeds = self._seeds[key][::2][:count]
        trainings = tuple(known[key, seed] for seed in seeds if (key, seed) in known)
        return Contender(found, trainings, None)

    def _mean(self, one: Contender) -> float:
        values = [
            gain for each in one.trainings if (gain := self.gain(each)) is not None
        ]
        return math.fsum(values) / len(values) if values else -math.inf

    def _selected(self, contenders: Sequence[Contender], **more: Any) -> Selected:
        return Selected(self.schedule, self._objective, tuple(contenders), **more)


def best_retrained(state: RunState) -> list[str]:
    """References of the weights that a selection may still test: each network's best.

    What has been tested has weights of its own.

    Args:
        state: of the run; the first objective decides.
    """
    tested = {
        (final.record.candidate_key, final.request.seed) for final in state.finals
    }
    objective = state.incumbents.objectives[:1]
    best: dict[str, tuple[float, str, bool]] = {}
    for one in state.retrained:
        values, weights = gains(objective, one.record), one.record.weights
        if values is None or weights is None:
            continue
        request = one.request
        kind = [request.fidelity.to_json(), request.origin.get("recipe")]
        name = json.dumps([one.record.candidate_key, *kind], sort_keys=True)
        if name not in best or values[0] > best[name][0]:
            key = (one.record.candidate_key, request.seed)
            best[name] = values[0], weights, key in tested
    return [weights for _, weights, done in best.values() if not done]


def fresh_seeds(
    seed: int, candidate_key: str, count: int, taken: Collection[int]
) -> list[int]:
    """Seeds for trainings of a candidate that are none of those taken, all different.

    Always the same for the same run and candidate, and fewer are the first ones of
    more. Those at even places choose a winner, those at odd ones are held out.

    Args:
        seed: of the run.
        candidate_key: `Candidate.key()`.
        count: how many.
        taken: seeds that are not to be among them.

    Raises:
        SpaceExhaustedError: so many were taken that this cannot be chance.
    """
    rng = np.random.default_rng([seed, _TAG, int(candidate_key, 16)])
    # Of 2^63 seeds hardly any can be taken; so twice as many are plenty.
    drawn = dict.fromkeys(int(one) for one in rng.integers(2**63, size=2 * count + 8))
    fresh = [one for one in drawn if one not in taken][:count]
    if len(fresh) < count:
        raise SpaceExhaustedError(
            f"fresh seeds for candidate {candidate_key}: expected {count} that the "
            f"search has not used, got {len(fresh)} in {len(drawn)} draws; start a new "
            "run with another seed"
        )
    return fresh
