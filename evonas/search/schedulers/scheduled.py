"""Any strategy under a scheduler: short trainings first, longer ones for the best.

The scheduler stands between the run and the inner strategy and is a strategy itself. It
gives the inner strategy's proposals out at a low rung, asks for the best to be trained
on (`Request.resume`), and tells the inner strategy one result for each candidate.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from evonas.candidate import Candidate
from evonas.errors import CallOrderError, SpaceExhaustedError
from evonas.evaluation import Fidelity, Record, Request
from evonas.genome import Seed
from evonas.population import gains
from evonas.search.schedulers.audits import Audits
from evonas.search.schedulers.contender import Contender, Yardstick
from evonas.search.schedulers.policy import Policy, Verdict
from evonas.search.seeds import restore_generator
from evonas.search.strategy import SearchStrategy
from evonas.space import ConstraintSet

#: keeps the draws of audits apart from those of the inner strategy
_STREAM = 0x5C4ED


class _Move(NamedTuple):
    """A training of a contender that is asked, or will be.

    Attributes:
        number: of the contender.
        rung: that it leads to.
        audit: whether it is only to learn if the stop was wrong.
        resume: the stored training that it continues; None: it begins anew.
        resumed: the fidelity of that training.
    """

    number: int
    rung: int
    audit: bool
    resume: str | None
    resumed: Fidelity | None

    def to_json(self) -> list[Any]:
        """Plain JSON form."""
        resumed = None if self.resumed is None else self.resumed.to_json()
        return [self.number, self.rung, self.audit, self.resume, resumed]

    @classmethod
    def from_json(cls, data: list[Any]) -> _Move:
        """The inverse of `to_json`."""
        number, rung, audit, resume, resumed = data
        reached = None if resumed is None else Fidelity.from_json(resumed)
        return cls(number, rung, audit, resume, reached)


class Scheduled(SearchStrategy):
    """The inner strategy with a scheduling policy.

    Args:
        name: of the scheduler.
        inner: proposes candidates; new, and told nothing but by this.
        policy: decides who goes on.
        yardstick: how candidates are compared.
        audit_share: chance of a stopped candidate to be trained to the end.
        seed: of the search.
    """

    def __init__(
        self,
        name: str,
        inner: SearchStrategy,
        policy: Policy,
        yardstick: Yardstick,
        audit_share: float,
        seed: int,
    ) -> None:
        self._name = name
        self._inner = inner
        self._policy = policy
        self._yardstick = yardstick
        self._audit_share = audit_share
        self._rng = np.random.default_rng([seed, _STREAM])
        self._audits = Audits()
        #: contenders that something may still happen to
        self._contenders: dict[int, Contender] = {}
        #: trainings to ask for
        self._queue: deque[_Move] = deque()
        #: request id → the training that was asked for
        self._open: dict[int, _Move] = {}
        #: requests so far
        self._count = 0
        #: contenders that began at each rung or arrived there
        self._reached: Counter[int] = Counter()
        #: contenders that began at each rung
        self._began: Counter[int] = Counter()
        #: why the inner strategy has nothing new; it may have when it is told more
        self._exhausted = ""

    @property
    def inner(self) -> SearchStrategy:
        """The strategy that proposes the candidates."""
        return self._inner

    # Asking --------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """When the inner strategy is, and nobody is left on the way."""
        busy = self._open or self._queue or self._policy.held
        return self._inner.done and not busy

    def ask(self, count: int) -> list[Request]:
        """At most `count` trainings: first those that go on, then new candidates.

        Raises:
            ConfigError: no network at all could be drawn from the space.
            SpaceExhaustedError: nobody goes on, and there is no new candidate.
        """
        asked: list[Request] = []
        while len(asked) < count:
            if self._queue:
                asked.append(self._continue(self._queue.popleft()))
            elif not self._begin(asked, count) and not self._close():
                break
        if not asked and count > 0 and self._exhausted:
            raise SpaceExhaustedError(self._exhausted)
        return asked

    def _begin(self, asked: list[Request], count: int) -> bool:
        """Let new candidates begin; whether there were any."""
        room = min(self._policy.room, count - len(asked))
        if not room or self._exhausted:
            return False
        try:
            proposed = self._inner.ask(room)
        except SpaceExhaustedError as error:
            self._exhausted = str(error)
            return False
        for request in proposed:
            rung = self._policy.start
            contender = Contender(self._count, request, rung)
            self._contenders[contender.number] = contender
            self._reached[rung] += 1
            self._began[rung] += 1
            self._policy.enter(contender)
            move = _Move(contender.number, rung, False, None, None)
            asked.append(self._continue(move))
        return bool(proposed)

    def _continue(self, move: _Move) -> Request:
        """Number a training and ask for it."""
        contender = self._contenders[move.number]
        self._open[self._count] = move
        top = self._yardstick.rungs.top
        request = replace(
            contender.request,
            request_id=self._count,
            fidelity=self._yardstick.rungs.fidelities[move.rung],
            purpose="audit" if move.audit else contender.request.purpose,
            # A training that continues has inherited already. All of them have one
            # seed, so that one that has to begin anew is the same training.
            inherit=() if move.resume else contender.request.inherit,
            resume=move.resume,
            resumed=move.resumed,
            keep_weights=contender.request.keep_weights or move.rung < top,
            origin={
                **contender.request.origin,
                "scheduler": {"first": move.number, "rung": move.rung},
            },
        )
        self._count += 1
        return request

    def _close(self) -> bool:
        """Let the policy go on without new candidates; whether it did anything."""
        if not all(move.audit for move in self._open.values()):
            return False
        verdict = self._policy.close()
        if verdict is None:
            return False
        self._follow(verdict)
        return True

    # Telling -------------------------------------------------------------------------

    def tell(self, request: Request, record: Record) -> None:
        """Take in how a training ended, and decide what follows."""
        move = self._open.pop(request.request_id, None)
        if move is None:
            raise CallOrderError(
                f"{self._name}: expected the record of a request that it asked and was "
                f"not told yet, got one of request {request.request_id}"
            )
        contender = self._contenders[move.number]
        if move.audit:
            value = gains(self._yardstick.objectives, record)
            self._audits.returned(move.number, value, self._policy.rivals)
        else:
            contender.arrive(move.rung, record, self._yardstick)
            self._follow(self._policy.arrived(contender))
        self._sweep()

    def _follow(self, verdict: Verdict) -> None:
        """Do what a verdict says, and what follows from that."""
        verdicts = deque([verdict])
        while verdicts:
            verdict = verdicts.popleft()
            for contender in verdict.promoted:
                known = self._promote(contender)
                if known:
                    verdicts.append(self._policy.arrived(contender))
            for contender in verdict.stopped:
                self._stop(contender)
            if verdict.rivals is not None:
                # A policy that has rivals at any time has them for later audits too.
                later = bool(self._policy.rivals)
                self._audits.measure(verdict.rivals, returned_only=later)
            for contender, shift in verdict.told:
                self._tell_inner(contender, shift)

    def _promote(self, contender: Contender) -> bool:
        """Send a contender to the next rung; whether its result there is known."""
        if contender.stopped:
            contender.stopped = False
            self._audits.stops -= 1
        rung = contender.rung + 1
        self._reached[rung] += 1
        if rung in contender.values:
            contender.rung = rung
            return True
        self._queue.append(self._move(contender, rung))
        return False

    def _stop(self, contender: Contender) -> None:
        """Count a stop, and audit it by chance."""
        contender.stopped = True
        self._audits.stops += 1
        if self._audit_share and self._rng.random() < self._audit_share:
            self._policy.audited(contender)
            self._audits.begin(contender.number)
            top = self._yardstick.rungs.top
            self._queue.append(self._move(contender, top, audit=True))

    @staticmethod
    def _move(contender: Contender, rung: int, *, audit: bool = False) -> _Move:
        resumed = contender.reached if contender.weights is not None else None
        return _Move(contender.number, rung, audit, contender.weights, resumed)

    def _tell_inner(self, contender: Contender, shift: tuple[float, ...]) -> None:
        record = contender.result(shift, self._yardstick.objectives)
        contender.told = True
        self._exhausted = ""
        self._inner.tell(contender.request, record)

    def _sweep(self) -> None:
        """Forget contenders that nothing can happen to any more."""
        moves = (*self._queue, *self._open.values())
        alive = {one.number for one in self._policy.held}
        alive.update(move.number for move in moves)
        self._contenders = {
            number: one for number, one in self._contenders.items() if number in alive
        }

    # What else a strategy does -------------------------------------------------------

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Hand a known result on; a candidate on its way skips what is known of it."""
        self._inner.adopt(candidate, record)
        self._learn(candidate, record)

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Hand them on: they are the first to begin."""
        self._inner.seed(seeds)

    def immigrate(self, request: Request, record: Record) -> None:
        """The same for a champion of another island."""
        self._inner.immigrate(request, record)
        self._learn(request.candidate, record)

    def _learn(self, candidate: Candidate, record: Record) -> None:
        self._exhausted = ""
        for contender in self._contenders.values():
            if contender.request.candidate.key() == candidate.key():
                contender.learn(record, self._yardstick)

    def constrain(self, constraints: ConstraintSet) -> None:
        """Restrict new candidates; those on their way have shown what they are."""
        self._inner.constrain(constraints)
        self._exhausted = ""

    @property
    def turning(self) -> bool:
        """When the inner strategy's space may change."""
        return self._inner.turning

    @property
    def cohort(self) -> int | None:
        """That of the inner strategy."""
        return self._inner.cohort

    @property
    def needed_weights(self) -> frozenset[str]:
        """Stored trainings that may be continued, and what the inner strategy needs."""
        queued = {move.resume for move in self._queue}
        waiting = {
            contender.weights
            for contender in self._policy.held
            if self._policy.promotable(contender)
        }
        own = {reference for reference in queued | waiting if reference is not None}
        return self._inner.needed_weights | own

    @property
    def mean_effort(self) -> float:
        """Epochs that a request adds on average, if every training is continued."""
        return self._policy.mean_effort

    def words(self) -> str:
        """The scheduler's plan, for people."""
        return self._policy.words()

    def progress(self) -> dict[str, float]:
        """The inner strategy's, and candidates that got to the full fidelity."""
        return {
            **self._inner.progress(),
            "at full fidelity": self._reached[self._yardstick.rungs.top],
        }

    def report(self) -> dict[str, Any]:
        """How many candidates got how far, and how many stops were wrong."""
        rungs = self._yardstick.rungs
        return {
            **self._inner.report(),
            "scheduler": {
                "name": self._name,
                "rungs": [
                    {
                        "epochs": fidelity.epochs,
                        "candidates": self._reached[rung],
                        "began": self._began[rung],
                    }
                    for rung, fidelity in enumerate(rungs.fidelities)
                ],
                **self._audits.report(),
            },
        }

    # State ---------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "inner": self._inner.state(),
            "policy": self._policy.state(),
            "rng": self._rng.bit_generator.state,
            "audits": self._audits.state(),
            "contenders": [one.to_json() for one in self._contenders.values()],
            "queue": [move.to_json() for move in self._queue],
            "open": [[key, move.to_json()] for key, move in self._open.items()],
            "count": self._count,
            "reached": sorted([rung, n] for rung, n in self._reached.items()),
            "began": sorted([rung, n] for rung, n in self._began.items()),
            "exhausted": self._exhausted,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._inner.restore(state["inner"])
        found = [Contender.from_json(one) for one in state["contenders"]]
        self._contenders = {one.number: one for one in found}
        self._policy.restore(state["policy"], self._contenders)
        restore_generator(self._rng, state["rng"])
        self._audits.restore(state["audits"])
        self._queue = deque(_Move.from_json(move) for move in state["queue"])
        self._open = {key: _Move.from_json(move) for key, move in state["open"]}
        self._count = state["count"]
        self._reached = Counter(dict(state["reached"]))
        # Snapshots of earlier versions do not have it.
        self._began = Counter(dict(state.get("began", ())))
        self._exhausted = state["exhausted"]
