"""Strategies under a scheduler, played with made-up trainings."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Callable
from random import Random

import pytest
from climbing import FULL, accuracy, number_of, rung_of, scheduled, trained
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import luck, record, reread, text, texts

from evonas.errors import CallOrderError
from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.search import Scheduled, SearchStrategy

SCHEDULER_NAMES = ("successive_halving", "hyperband", "asha")
INNER_NAMES = ("random", "generational", "asynchronous")
combinations = pytest.mark.parametrize(
    ("scheduler", "inner"), [(s, i) for s in SCHEDULER_NAMES for i in INNER_NAMES]
)


class Climb:
    """A search under way, with what it asked and what came back."""

    def __init__(
        self, strategy: SearchStrategy, train: Callable[[Request], Record] = trained
    ) -> None:
        self.strategy = strategy
        self.train = train
        self.asked: list[Request] = []
        self.waiting: list[Request] = []
        self.records: dict[int, Record] = {}

    def go(
        self,
        evaluations: int,
        workers: int = 1,
        turn: Callable[[int], int] = lambda waiting: 0,
    ) -> Climb:
        """So many more records; `turn` says which of the waiting comes back next."""
        goal = len(self.records) + evaluations
        while len(self.records) < goal:
            room = min(workers - len(self.waiting), goal - len(self.asked))
            new = self.strategy.ask(room)
            assert new or self.waiting, "it waits for nothing"
            self.asked += new
            self.waiting += new
            request = self.waiting.pop(turn(len(self.waiting)))
            self.records[request.request_id] = self.train(request)
            self.strategy.tell(request, self.records[request.request_id])
        return self

    def lives(self) -> dict[int, list[Request]]:
        """All trainings of each candidate."""
        found: dict[int, list[Request]] = defaultdict(list)
        for request in self.asked:
            found[number_of(request)].append(request)
        return found


def told_by(strategy: SearchStrategy) -> list[tuple[Request, Record]]:
    """A list that fills with what the inner strategy is told."""
    heard: list[tuple[Request, Record]] = []
    inner = strategy._inner  # type: ignore[attr-defined]
    tell = inner.tell

    def listen(request: Request, told: Record) -> None:
        heard.append((request, told))
        tell(request, told)

    inner.tell = listen
    return heard


@combinations
def test_trainings_go_on_where_the_one_before_ended(scheduler: str, inner: str) -> None:
    """From its stored weights, up one rung, with its own seed; audits to the end."""
    climb = Climb(scheduled(scheduler, inner, audit_share=0.2)).go(70, workers=3)
    continued = 0
    for trainings in climb.lives().values():
        for before, after in itertools.pairwise(trainings):
            continued += 1
            assert after.resume == f"{before.request_id}-weights"
            assert after.resumed == before.fidelity
            assert after.seed == before.seed
            assert after.effort == after.fidelity.epochs - before.fidelity.epochs
            if after.purpose == "audit":
                assert after.fidelity == FULL
            else:
                assert rung_of(after) == rung_of(before) + 1
        assert all(r.keep_weights for r in trainings if r.fidelity != FULL)
    assert continued >= 15
    assert {r.purpose for r in climb.asked} == {"search", "audit"}


@pytest.mark.parametrize("scheduler", SCHEDULER_NAMES)
def test_one_in_three_goes_on_and_it_is_the_better_one(scheduler: str) -> None:
    """Those that get far are better in the end than those that were stopped."""
    climb = Climb(scheduled(scheduler, audit_share=0.0)).go(120)
    last: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for trainings in climb.lives().values():
        last[rung_of(trainings[-1])].append(accuracy(trainings[0], 9.0))
    assert statistics.mean(last[2]) > statistics.mean(last[0]) + 0.15
    at = [sum(rung_of(r) == rung for r in climb.asked) for rung in range(3)]
    if scheduler != "hyperband":
        assert at[0] > 2 * at[1] >= 2 * at[2]


@combinations
def test_the_inner_strategy_is_told_each_candidate_once(
    scheduler: str, inner: str
) -> None:
    """Of its own requests, all but the latest, whatever fails on the way."""
    strategy = scheduled(scheduler, inner, audit_share=0.3)
    heard = told_by(strategy)
    climb = Climb(strategy, lambda request: trained(request, failing=4)).go(100)
    ids = [request.request_id for request, _ in heard]
    assert len(set(ids)) == len(ids)
    assert len(climb.lives()) - len(ids) <= 20
    for request, told in heard:
        assert told.request_id == request.request_id
        assert told.candidate_key == request.candidate.key()
        assert request.fidelity == FULL
    assert {told.outcome for _, told in heard} == {Outcome.OK, Outcome.DIVERGED}


def test_results_of_one_cohort_are_told_on_one_scale() -> None:
    """Stopped ones come below those that went on, and not far below the like."""
    strategy = scheduled("successive_halving", candidates=27, audit_share=0.0)
    heard = told_by(strategy)
    climb = Climb(strategy).go(27 + 9 + 3)
    assert len(heard) == 27
    reached = {n: rung_of(t[-1]) for n, t in climb.lives().items()}
    told = dict(enumerate(r.metrics["validation_accuracy"] for _, r in heard))
    for rung in (0, 1):
        below = [told[n] for n in told if reached[n] == rung]
        above = [told[n] for n in told if reached[n] > rung]
        assert max(below) <= min(above) + 1e-12
        assert max(below) > min(above) - 0.2
    for n, request in enumerate(climb.asked[:27]):
        if reached[n] == 2:
            assert told[n] == accuracy(request, 9.0)


def test_asha_tells_nothing_before_it_knows_what_a_short_training_is_worth() -> None:
    """The first results wait for the first candidate that goes all the way."""
    strategy = scheduled("asha", audit_share=0.0)
    heard = told_by(strategy)
    climb = Climb(strategy)
    while not any(rung_of(request) == 2 for request in climb.asked):
        assert heard == []
        climb.go(1)
    stopped = [told for _, told in heard if told.fidelity != FULL]
    assert len(stopped) >= 3
    latest = {one.candidate_key: one.metrics for one in climb.records.values()}
    for told in stopped:
        own = latest[told.candidate_key]["validation_accuracy"]
        assert told.metrics["validation_accuracy"] > own


def test_asha_gives_a_generation_its_results_when_it_waits_for_them() -> None:
    """A generation too small to promote anybody does not wait for ever."""
    strategy = scheduled("asha", "generational", audit_share=0.0)
    heard = told_by(strategy)
    failed = Climb(strategy, lambda request: record(request, Outcome.CRASHED)).go(12)
    assert len(failed.lives()) == 12
    assert len(heard) >= 10


def test_asha_promotes_late_whoever_proves_to_be_the_best() -> None:
    """Passed over at first, and told then; what it reaches later is not told again."""
    strategy = scheduled("asha", audit_share=0.0)
    heard = told_by(strategy)
    values = {0: 0.5, 1: 0.9, 2: 0.8}

    def train(request: Request) -> Record:
        value = values.get(number_of(request), 0.1)
        return record(request, value).at(weights=f"{request.request_id}-weights")

    # 0.9 leads after three at the first rung, 0.8 after six
    climb = Climb(strategy, train).go(3 + 1 + 3)
    assert [(number_of(r), rung_of(r)) for r in climb.asked] == [
        *((0, 0), (1, 0), (2, 0)),
        *((1, 1), (4, 0), (5, 0), (6, 0)),
    ]
    assert strategy.report()["scheduler"]["stops"] == 5
    climb.go(23)
    assert [rung_of(r) for r in climb.lives()[2]][:2] == [0, 1]
    assert climb.lives()[2][1].request_id == 7
    ids = [request.request_id for request, _ in heard]
    assert len(set(ids)) == len(ids)


@given(
    st.sampled_from(("successive_halving", "hyperband")),
    st.sampled_from(INNER_NAMES),
    st.integers(2, 5),
    st.randoms(use_true_random=False),
)
@settings(max_examples=8)
def test_cohorts_are_the_same_for_any_number_of_workers(
    scheduler: str, inner: str, workers: int, order: Random
) -> None:
    """Also when some fail, are audited, or come back in another order."""

    def train(request: Request) -> Record:
        return trained(request, failing=5)

    one = Climb(scheduled(scheduler, inner, audit_share=0.3), train).go(40)
    many = Climb(scheduled(scheduler, inner, audit_share=0.3), train)
    many.go(40, workers, turn=lambda waiting: order.randrange(waiting))
    assert texts(many.asked) == texts(one.asked)


@given(
    st.sampled_from(SCHEDULER_NAMES),
    st.sampled_from(INNER_NAMES),
    st.integers(0, 45),
    st.booleans(),
)
@settings(max_examples=10)
def test_a_search_restored_anywhere_goes_on_exactly(
    scheduler: str, inner: str, when: int, extrapolated: bool
) -> None:
    """With trainings under way, between rungs, among failures and audits."""
    promote_by = "extrapolated" if extrapolated else "measured"

    def made(seed: int) -> Climb:
        strategy = scheduled(
            scheduler, inner, seed, audit_share=0.3, promote_by=promote_by
        )
        return Climb(strategy, lambda request: trained(request, failing=5))

    first, again = made(1), made(2)
    first.go(when, workers=3)
    again.strategy.restore(reread(first.strategy.state()))
    again.waiting = list(first.waiting)
    again.records, again.asked = dict(first.records), list(first.asked)
    assert again.strategy.needed_weights == first.strategy.needed_weights
    first.go(20, workers=3)
    again.go(20, workers=3)
    assert texts(again.asked) == texts(first.asked)
    assert text(again.strategy.state()) == text(first.strategy.state())


@combinations
def test_only_weights_that_a_promotion_may_need_are_kept(
    scheduler: str, inner: str
) -> None:
    """Every training that is continued has them; what is kept does not grow."""
    climb = Climb(scheduled(scheduler, inner, audit_share=0.1))
    most = 0
    for _ in range(90):
        before = climb.strategy.needed_weights
        asked = len(climb.asked)
        climb.go(1)
        most = max(most, len(climb.strategy.needed_weights))
        for request in climb.asked[asked:]:
            assert request.resume is None or request.resume in before
    assert 2 <= most <= 10


def test_without_stored_weights_a_training_begins_anew() -> None:
    """At the higher fidelity, from its start, which is then what it costs."""
    strategy = scheduled("successive_halving", audit_share=0.0)
    climb = Climb(strategy, lambda request: trained(request).at(weights=None)).go(13)
    assert {request.resume for request in climb.asked} == {None}
    assert [request.effort for request in climb.asked[9:]] == [3.0, 3.0, 3.0, 9.0]


def test_what_an_evaluator_passed_on_its_way_is_not_asked_again() -> None:
    """A table that gives whole curves is asked once for each candidate."""

    def whole(request: Request) -> Record:
        prefix = tuple(
            {
                "fidelity": Fidelity(epochs).to_json(),
                "metrics": {"validation_accuracy": accuracy(request, epochs)},
            }
            for epochs in (1.0, 3.0)
        )
        full = record(request, accuracy(request, 9.0))
        return full.at(fidelity=FULL, prefix_metrics=prefix)

    strategy, oracle = (
        scheduled("successive_halving", audit_share=0.0) for _ in range(2)
    )
    heard, expected = told_by(strategy), told_by(oracle)
    climb = Climb(strategy, whole).go(27)
    Climb(oracle).go(39)
    assert {rung_of(request) for request in climb.asked} == {0}
    assert [told.metrics for _, told in heard] == [told.metrics for _, told in expected]


def test_a_candidate_that_is_known_to_the_run_skips_what_is_known() -> None:
    """An adopted result of a candidate on its way is used at its rung."""
    strategy = scheduled("successive_halving", audit_share=0.0)
    climb = Climb(strategy).go(8)
    best = max(climb.asked, key=lambda request: accuracy(request, 1.0))
    known = record(best, 0.97).at(fidelity=Fidelity(3.0))
    strategy.adopt(best.candidate, known)
    climb.go(6)
    assert not [r for r in climb.lives()[best.request_id] if rung_of(r) == 1]
    assert [r for r in climb.lives()[best.request_id] if rung_of(r) == 2]


def test_audits_tell_how_many_stops_are_wrong() -> None:
    """With short trainings that mislead now and then; exactly, when all are audited."""
    strategy = scheduled("successive_halving", audit_share=1.0)
    size = 9 + 3 + 1 + 8
    climb = Climb(strategy).go(4 * size, workers=2)
    report = strategy.report()["scheduler"]
    assert report["audited"] == report["stops"] == 4 * 8
    wrong = 0
    for start in range(0, 4 * size, size):
        cohort = climb.asked[start : start + 9]
        final = {r.request_id: accuracy(r, 9.0) for r in cohort}
        (winner,) = [n for n in final if climb.lives()[n][-1].purpose == "search"]
        wrong += sum(value > final[winner] for value in final.values())
    assert report["wrong"] == wrong > 0
    low, high = report["wrong_interval"]
    assert low <= report["wrong_share"] <= high


def test_extrapolation_makes_fewer_wrong_stops_when_learning_takes_turns() -> None:
    """Quick learners lead at first here, and are overtaken: curves show it coming."""

    def train(request: Request) -> Record:
        turn = luck(request)
        epochs = request.fidelity.epochs
        points = [
            {"epoch": n / 4, "validation_accuracy": crossing(turn, n / 4)}
            for n in range(1, int(4 * epochs) + 1)
        ]
        return record(request, crossing(turn, epochs)).at(curve=tuple(points))

    def crossing(turn: float, epochs: float) -> float:
        return (0.4 + 0.5 * turn) * (1 - 2.718 ** (-epochs * (2.2 - 2 * turn)))

    shares = {}
    for promote_by in ("measured", "extrapolated"):
        strategy = scheduled("asha", audit_share=1.0, promote_by=promote_by)
        Climb(strategy, train).go(150)
        shares[promote_by] = strategy.report()["scheduler"]["wrong_share"]
    assert shares["extrapolated"] < shares["measured"] - 0.05


def test_several_objectives_are_compared_by_front() -> None:
    """Small networks go on beside accurate ones."""
    strategy = scheduled(
        "successive_halving", metrics=("validation_accuracy", "parameters")
    )
    climb = Climb(strategy).go(50)
    assert {rung_of(request) for request in climb.asked} == {0, 1, 2}


def test_a_record_that_was_not_asked_is_refused() -> None:
    """Or one that was told already."""
    strategy = scheduled("asha")
    (request,) = strategy.ask(1)
    strategy.tell(request, trained(request))
    with pytest.raises(CallOrderError, match="asha: expected the record of a request"):
        strategy.tell(request, trained(request))


def test_the_report_and_the_words_tell_the_plan_and_what_came_of_it() -> None:
    """For `result.json`, the display and the dry run."""
    strategy = scheduled("hyperband", audit_share=0.0)
    assert isinstance(strategy, Scheduled)
    assert strategy.words() == (
        "1 → 3 → 9 epochs; 9 → 3 → 1, 5 → 1 from 3, 3 from 9 candidates"
    )
    Climb(strategy).go(22)
    report = strategy.report()["scheduler"]
    assert report["rungs"] == [
        {"epochs": 1.0, "candidates": 9, "began": 9},
        {"epochs": 3.0, "candidates": 8, "began": 5},
        {"epochs": 9.0, "candidates": 5, "began": 3},
    ]
    assert report["stops"] == 6 + 2 + 4
    assert strategy.progress()["at full fidelity"] == 5
    asha = scheduled("asha", rungs=2, reduction=4)
    assert asha.words() == "2.25 → 9 epochs; one in 4 goes on"  # type: ignore[attr-defined]
