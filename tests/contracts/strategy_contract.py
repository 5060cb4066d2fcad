"""What every search strategy promises, whatever the method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from advising import CHANCE, Adviser, chance_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from searching import (
    OUTPUTS,
    SHAPE,
    TINY,
    TINY_SIZE,
    Result,
    context,
    luck,
    play,
    record,
    reread,
    results,
    text,
    texts,
)

from evonas.advice import AUDIT
from evonas.architecture import Architecture, Layer
from evonas.candidate import Candidate
from evonas.errors import CallOrderError, ConfigError, SpaceExhaustedError
from evonas.evaluation import Fidelity, Outcome, Request
from evonas.genome import Seed, within_limits
from evonas.search import (
    RandomSearch,
    RandomSettings,
    SearchStrategy,
    StrategyContext,
)
from evonas.space import Choice, ConstraintSet

#: Every strategy runs these same tests; an example that failed for one of them is a
#: good example for the others.
SHARED = settings(suppress_health_check=[HealthCheck.differing_executors])

#: One step of a search: ask for so many, or tell one of those that wait.
steps = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 5)),
    st.tuples(st.just("tell"), st.integers(0, 20)),
    st.tuples(st.just("tell"), st.integers(0, 20)),
)
scripts = st.lists(st.tuples(steps, results), max_size=30)
Script = list[tuple[tuple[str, int], Result]]

seeds = st.integers(0, 2**32 - 1)

#: Dense layers with ReLU, trained by AdamW.
NARROW = ConstraintSet(
    blocks={"dense": {"activation": Choice(("relu",))}},
    recipe={"optimizer": Choice(("adamw",))},
)


class Played:
    """A strategy at some point of a script."""

    def __init__(self, strategy: SearchStrategy) -> None:
        self.strategy = strategy
        self.asked: list[Request] = []
        self.waiting: list[Request] = []

    def follow(self, script: Script) -> None:
        """Do what the script says, and check each ask by itself."""
        for (action, number), result in script:
            if action == "ask":
                self.ask(number)
            elif self.waiting:
                request = self.waiting.pop(number % len(self.waiting))
                self.strategy.tell(request, record(request, result))

    def ask(self, count: int) -> None:
        """At most `count`; an ask that gives nothing changes nothing."""
        before = text(self.strategy.state())
        new = self.strategy.ask(count)
        assert len(new) <= count
        if not new:
            assert text(self.strategy.state()) == before
        self.asked += new
        self.waiting += new


class StrategyContract(ABC):
    """Subclass it and give `make`; the strategy's sizes should be small."""

    @abstractmethod
    def make(self, context: StrategyContext) -> SearchStrategy:
        """A new strategy, of the same settings each time."""

    def proposals(self, requests: Sequence[Request]) -> list[Request]:
        """Those that bring a new candidate; a scheduler trains some of them longer."""
        return list(requests)

    @given(seeds, scripts)
    @settings(SHARED, max_examples=10)
    def test_equal_seeds_and_equal_tells_give_equal_requests(
        self, seed: int, script: Script
    ) -> None:
        """Requests in full, seeds included, and the state, are the same."""
        first, second = (Played(self.make(context(seed))) for _ in range(2))
        first.follow(script)
        second.follow(script)
        assert texts(first.asked) == texts(second.asked)
        assert text(first.strategy.state()) == text(second.strategy.state())

    @given(seeds, scripts)
    @settings(SHARED, max_examples=10)
    def test_requests_are_numbered_new_and_within_the_limits(
        self, seed: int, script: Script
    ) -> None:
        """Ids count from 0, no candidate comes twice, and `space.limits` hold."""
        problem = context(seed, limits={"parameters": 6000, "memory_bytes": 400_000})
        played = Played(self.make(problem))
        played.follow([*script, (("ask", 5), 0.0)])
        assert [one.request_id for one in played.asked] == list(
            range(len(played.asked))
        )
        proposals = self.proposals(played.asked)
        assert len({one.candidate.key() for one in proposals}) == len(proposals)
        trainings = {(r.candidate.key(), r.fidelity) for r in played.asked}
        assert len(trainings) == len(played.asked)
        for request in played.asked:
            assert within_limits(request.candidate, problem.space, SHAPE) == ""

    def test_requests_are_for_the_search_at_the_contexts_fidelity(self) -> None:
        """And carry a seed of their own, of 63 bits, and go through JSON unchanged."""
        problem = StrategyContext(
            context().space, SHAPE, OUTPUTS, fidelity=Fidelity(2.5, 0.5)
        )
        asked = play(self.make(problem), 12)
        assert len(asked) == 12
        for request in asked:
            assert (request.fidelity, request.purpose) == (Fidelity(2.5, 0.5), "search")
            assert 0 <= request.seed < 2**63
            assert Request.from_json(reread(request.to_json())) == request
        assert len({request.seed for request in asked}) == len(asked)

    @given(seeds, scripts, scripts)
    @settings(SHARED, max_examples=15)
    def test_a_restored_strategy_goes_on_exactly(
        self, seed: int, before: Script, after: Script
    ) -> None:
        """At any point: the same requests, and in the end the same state."""
        played = Played(self.make(context(seed)))
        played.follow(before)
        again = Played(self.make(context(seed + 1)))
        again.strategy.restore(reread(played.strategy.state()))
        again.waiting = list(played.waiting)
        assert text(again.strategy.state()) == text(played.strategy.state())
        played.asked.clear()
        played.follow(after)
        again.follow(after)
        assert texts(again.asked) == texts(played.asked)
        assert text(again.strategy.state()) == text(played.strategy.state())

    @given(seeds, st.integers(0, 25))
    @settings(SHARED, max_examples=5)
    def test_asking_for_nothing_changes_nothing(self, seed: int, told: int) -> None:
        """Neither before the first request nor later."""
        strategy = self.make(context(seed))
        play(strategy, told)
        before = text(strategy.state())
        assert strategy.ask(0) == []
        assert text(strategy.state()) == before

    @pytest.mark.parametrize("outcome", [one for one in Outcome if not one.retried])
    def test_networks_that_all_fail_do_not_end_the_search(
        self, outcome: Outcome
    ) -> None:
        """It goes on asking for new ones; OK without the metric counts as failing."""
        asked = play(self.make(context()), 40, workers=3, result=lambda _: outcome)
        assert len(asked) == 40

    @pytest.mark.parametrize(
        "value", [0.0, -3.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324]
    )
    def test_any_number_may_come_back(self, value: float) -> None:
        """From every second network, or from all of them."""
        for all_of_them in (True, False):
            asked = play(
                self.make(context()),
                40,
                result=lambda one, every=all_of_them: (  # type: ignore[misc]
                    value if every or one.request_id % 2 else luck(one)
                ),
            )
            assert len(asked) == 40

    @given(seeds, st.integers(0, 12), st.sets(st.integers(0, 11), min_size=1))
    @settings(SHARED, max_examples=6)
    def test_an_adopted_candidate_is_never_asked(
        self, seed: int, told: int, which: set[int]
    ) -> None:
        """Even if it would have come next; the ids still count up without a gap."""
        strategy, oracle = (self.make(context(seed)) for _ in range(2))
        first = play(strategy, told)
        coming = play(oracle, told + 12)[told:]
        adopted = [coming[place] for place in which]
        for request in adopted:
            strategy.adopt(request.candidate, record(request, luck(request)))
        asked = play(strategy, 25)
        keys = {request.candidate.key() for request in self.proposals(asked)}
        assert keys.isdisjoint(request.candidate.key() for request in adopted)
        ids = [request.request_id for request in (*first, *asked)]
        assert ids == list(range(len(ids)))

    @given(seeds, st.integers(0, 20), st.integers(0, 3))
    @settings(SHARED, max_examples=6)
    def test_a_constraint_set_holds_from_the_next_request_on(
        self, seed: int, told: int, waiting: int
    ) -> None:
        """At any point, also after it was restored."""
        strategy = self.make(context(seed))
        play(strategy, told)
        open_requests = strategy.ask(waiting)
        strategy.constrain(NARROW)
        again = self.make(context(seed))
        again.restore(reread(strategy.state()))
        for request in open_requests:
            strategy.tell(request, record(request, luck(request)))
            again.tell(request, record(request, luck(request)))
        asked = play(strategy, 20)
        for request in self.proposals(asked):
            assert request.candidate.recipe.optimizer == "adamw"
            for layer in request.candidate.architecture.layers:
                assert layer.params.get("function", "relu") == "relu"
        assert texts(play(again, 20)) == texts(asked)

    @given(seeds, st.integers(0, 10), st.floats(0.1, 0.7), st.floats(0, 1))
    @settings(SHARED, max_examples=3)
    def test_an_advisor_judges_every_candidate_and_is_obeyed(
        self, seed: int, told: int, share: float, audited: float
    ) -> None:
        """Who is refused is not asked, or asked as an audit; also across a restart."""
        advisers = [Adviser(share, audited) for _ in range(2)]
        strategy, again = (
            self.make(replace(context(seed), advisor=one)) for one in advisers
        )
        asked = play(strategy, told)
        again.restore(reread(strategy.state()))
        asked += play(strategy, 25)
        assert texts(play(again, 25)) == texts(asked[told:])
        seen = {key for _, key in advisers[0].seen}
        for request in self.proposals(asked):
            refused = chance_of(request.candidate) < share
            assert request.candidate.key() in seen
            assert request.purpose == ("audit" if refused else "search")
            assert request.origin.get(AUDIT) == (CHANCE if refused else None)
            if refused:
                assert chance_of(request.candidate) < share * audited
        refusals = advisers[0].refusals()
        counted = strategy.report()["rejected"].get(f"refused by {CHANCE}", 0)
        assert counted == len([one for one in refusals if one["rule"] == CHANCE])

    @pytest.mark.parametrize("told", [0, 7])
    def test_an_advisor_that_refuses_everything_ends_the_search(
        self, told: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By name, with its rule; the space is not blamed."""
        for room in ("proposals", "genome_search", "parts"):
            monkeypatch.setattr(f"evonas.search.{room}.REFUSALS", 40)
        adviser = Adviser()
        strategy = self.make(replace(context(), advisor=adviser))
        play(strategy, told)
        adviser.refuse_all("never")
        with pytest.raises(SpaceExhaustedError, match=r"refus.* by never"):
            play(strategy, 60)

    @given(seeds, st.integers(0, 25), st.integers(1, 4))
    @settings(SHARED, max_examples=3)
    def test_before_the_first_request_and_now_and_then_the_space_may_change(
        self, seed: int, told: int, waiting: int
    ) -> None:
        """To look whether it is time changes nothing, and that time always comes."""
        strategy, other = (self.make(context(seed)) for _ in range(2))
        assert strategy.turning
        play(strategy, told)
        play(other, told)
        open_requests = strategy.ask(waiting)
        before = text(strategy.state())
        turning = strategy.turning
        assert text(strategy.state()) == before
        other.ask(waiting)
        assert other.turning == turning
        for request in open_requests:
            strategy.tell(request, record(request, luck(request)))
        for _ in range(100):
            if strategy.turning:
                break
            play(strategy, 1)
        assert strategy.turning

    @given(seeds, st.integers(0, 3))
    @settings(SHARED, max_examples=6)
    def test_seeds_come_first(self, seed: int, told: int) -> None:
        """In their order, none twice, with their source; also across a restart.

        What cannot be asked is counted by its reason; those that can be are asked as
        they were, of a search in turn with what it holds.
        """
        strategy, again = (self.make(context(seed)) for _ in range(2))
        wanted = self.seeds(seed)
        strategy.seed(wanted)
        before = play(strategy, told)
        again.restore(reread(strategy.state()))
        asked = play(strategy, 8 - told)
        assert texts(play(again, 8 - told)) == texts(asked)
        assert text(again.state()) == text(strategy.state())
        first = self.proposals([*before, *asked])
        sources = [one.origin.get("seed") for one in first]
        found = [source for source in sources if source is not None]
        assert sources[: len(found)] == found == sorted(set(found))
        assert found[0] == "0"
        by_source = {one.source: one.candidate for one in wanted}
        for request in first[: len(found)]:
            given_one = by_source[request.origin["seed"]].architecture
            assert request.candidate.architecture.fingerprint() == (
                given_one.fingerprint()
            )
        report = strategy.report()["seeds"]
        assert report["asked"] == len(found)
        assert sum(report["skipped"].values()) == len(wanted) - len(found)
        assert report["skipped"]["nothing like it in the space"] == 1
        assert report["skipped"]["asked before"] >= 1
        with pytest.raises(CallOrderError, match="seeds before the first ask"):
            strategy.seed(wanted)

    def seeds(self, seed: int) -> list[Seed]:
        """Three networks of the space, one of them once more, and one of images."""
        drawn = RandomSearch(RandomSettings(), context(seed + 1)).ask(3)
        networks = [request.candidate for request in drawn]
        chain = [Layer("conv", {"filters": 4}), Layer("global_pool")]
        images = Architecture.chain([*chain, Layer("dense", {"units": 3})])
        found = [networks[0], Candidate(images), networks[0], *networks[1:]]
        return [Seed(one, str(place)) for place, one in enumerate(found)]

    def test_a_constraint_set_that_leaves_nothing_is_refused(self) -> None:
        """And the strategy stays as it was."""
        strategy = self.make(context())
        play(strategy, 5)
        before = text(strategy.state())
        with pytest.raises(ConfigError, match="allows none of the space's blocks"):
            strategy.constrain(ConstraintSet(blocks={"conv": {}}))
        assert text(strategy.state()) == before

    def test_a_space_without_a_network_within_its_limits_is_refused(self) -> None:
        """As the user's mistake, with the key to change."""
        strategy = self.make(context(limits={"parameters": 1}))
        with pytest.raises(ConfigError, match=r"within space\.limits, got .* above"):
            strategy.ask(1)

    @pytest.mark.parametrize("workers", [1, 3])
    def test_a_space_that_is_used_up_ends_the_search(self, workers: int) -> None:
        """By name, after most of its candidates were asked and none of them twice."""
        strategy = self.make(context(**TINY))
        asked: list[Request] = []

        def search() -> None:
            for _ in range(5 * TINY_SIZE):
                new = strategy.ask(workers)
                asked.extend(new)
                for request in new:
                    strategy.tell(request, record(request, luck(request)))

        with pytest.raises(SpaceExhaustedError, match="asked before"):
            search()
        assert TINY_SIZE / 2 <= len(self.proposals(asked)) <= TINY_SIZE

    def test_it_says_that_it_is_not_done_and_how_far_it_is(self) -> None:
        """`progress` is numbers by name."""
        strategy = self.make(context())
        play(strategy, 10)
        assert strategy.done is False
        for name, number in strategy.progress().items():
            assert isinstance(name, str)
            assert number >= 0


class SynchronousStrategyContract(StrategyContract):
    """In a strategy whose workers leave no trace; the same subclass gives both."""

    @given(seeds, st.sampled_from((1, 2, 4)), st.randoms(use_true_random=False))
    @settings(SHARED, max_examples=6)
    def test_any_number_of_workers_gets_the_same_requests(
        self, seed: int, workers: int, order: Random
    ) -> None:
        """However asks are chunked and in whatever order the records come back.

        With seeds as well as without.
        """
        alone, among = (self.make(context(seed)) for _ in range(2))
        if seed % 2:
            alone.seed(self.seeds(seed))
            among.seed(self.seeds(seed))
        one = play(alone, 30)
        many = play(among, 30, workers=workers, turn=order.randrange)
        assert texts(many) == texts(one)

    @given(seeds, st.sampled_from((2, 4)), st.randoms(use_true_random=False))
    @settings(SHARED, max_examples=3)
    def test_what_changes_at_a_turn_changes_alike_for_any_number_of_workers(
        self, seed: int, workers: int, order: Random
    ) -> None:
        """At the first turn with so many results, where there is a wait for turns."""
        probe = self.make(context(seed))
        probe.ask(1)
        if probe.turning:
            return  # the space may change at any time, with what is out there
        found = []
        for several in (1, workers):
            strategy = self.make(context(seed))
            asked: list[Request] = []
            waiting: list[Request] = []
            told, changed = 0, False
            while told < 40:
                if strategy.turning and told >= 10 and not changed:
                    strategy.constrain(NARROW)
                    changed = True
                if len(waiting) < several and len(asked) < 40:
                    new = strategy.ask(min(several - len(waiting), 40 - len(asked)))
                    asked += new
                    waiting += new
                    if new:
                        continue
                request = waiting.pop(order.randrange(len(waiting)))
                strategy.tell(request, record(request, luck(request)))
                told += 1
            found.append(texts(asked))
        assert found[0] == found[1]
