"""What every strategy promises holds for strategies under a scheduler too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from climbing import inner_strategy, number_of, rung_of, under
from contracts.strategy_contract import StrategyContract, SynchronousStrategyContract
from searching import OUTPUTS, SHAPE, context, play, reread

from evonas.evaluation import Fidelity, Request
from evonas.search import SearchStrategy, StrategyContext


class SchedulerContract(StrategyContract):
    """What a scheduler does in its own way: it asks for a candidate several times."""

    scheduler: ClassVar[str]
    inner: ClassVar[str]
    keys: ClassVar[dict[str, Any]] = {"audit_share": 0.2}

    def make(self, context: StrategyContext) -> SearchStrategy:
        """The scheduler over a small strategy."""
        inner = inner_strategy(self.inner, context)
        return under(self.scheduler, inner, context, **self.keys)

    def proposals(self, requests: Sequence[Request]) -> list[Request]:
        """The first training of each candidate."""
        return [one for one in requests if number_of(one) == one.request_id]

    def test_requests_are_for_the_search_at_the_contexts_fidelity(self) -> None:
        """At one of its rungs; a candidate's later trainings have its first one's seed.

        They go through JSON unchanged.
        """
        problem = StrategyContext(
            context().space, SHAPE, OUTPUTS, fidelity=Fidelity(4.5, 0.5)
        )
        asked = play(self.make(problem), 30)
        firsts = {one.request_id: one for one in self.proposals(asked)}
        assert len({one.seed for one in firsts.values()}) == len(firsts)
        for request in asked:
            epochs = (0.5, 1.5, 4.5)[rung_of(request)]
            assert request.fidelity == Fidelity(epochs, 0.5)
            assert request.purpose in ("search", "audit")
            first = firsts[number_of(request)]
            assert request.seed == first.seed
            assert request.candidate.key() == first.candidate.key()
            assert Request.from_json(reread(request.to_json())) == request
        assert {request.fidelity.epochs for request in asked} == {0.5, 1.5, 4.5}


class TestSuccessiveHalvingOfGenerations(
    SchedulerContract, SynchronousStrategyContract
):
    """A cohort is a generation of CoDeepNEAT."""

    scheduler = "successive_halving"
    inner = "generational"


class TestHyperbandOfRandomSearch(SchedulerContract, SynchronousStrategyContract):
    """The combination that has a strategy name of its own."""

    scheduler = "hyperband"
    inner = "random"


class TestHyperbandOfBOHB(SchedulerContract):
    """The other one; what it is told at the end of a cohort moves its model."""

    scheduler = "hyperband"
    inner = "bohb"


class TestAshaOfSingleChildren(SchedulerContract):
    """Neither waits for anything."""

    scheduler = "asha"
    inner = "asynchronous"
    keys: ClassVar[dict[str, Any]] = {"audit_share": 0.2, "promote_by": "extrapolated"}
