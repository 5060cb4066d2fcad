"""The advisor of a search, played over cells."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from cell_searching import make, worth
from searching import play, record

from evonas.advice import AUDIT, Revision
from evonas.candidate import Candidate
from evonas.cells import NasBench201Cell
from evonas.evaluation import Request
from evonas.genome import (
    InnovationLedger,
    ModuleGenome,
    initial_module,
    nasbench201_space,
)
from evonas.population import Objective
from evonas.search import SearchStrategy, StrategyContext
from evonas.space import Choice, ConstraintSet, default_space
from minibench.advice import AdviceSettings, DatabaseAdvisor, Knowledge, Source
from minibench.advice.advisor import OUTSIDE_SET, PATIENCE, PATIENT
from minibench.advice.audits import LEAST
from minibench.advice.judging import UNPROMISING
from minibench.class_sets import items_of_choices, sets_of_candidates

SPACE = nasbench201_space()
SHAPE = (3, 32, 32)
OBJECTIVES = (Objective("validation_accuracy"),)
GOOD, BAD = ("nor_conv_3x3", "nor_conv_1x1"), ("none", "avg_pool_3x3")


def source(name: str, ops: tuple[str, ...], weight: float, count: int = 40) -> Source:
    """A problem whose best have these operations everywhere."""
    rng = np.random.default_rng(1)
    used = [
        items_of_choices({n: str(rng.choice(ops)) for n in SPACE.choices})
        for _ in range(count)
    ]
    return Source(sets_of_candidates(name, used), weight, "made up")


def known(**settings: Any) -> Knowledge:
    """Two problems, one of which is right."""
    usual = AdviceSettings(**{"generation": 5, "every": 2, **settings})
    sources = (source("right@v1", GOOD, 0.6), source("wrong@v1", BAD, 0.4))
    return Knowledge("cells@v1", usual, sources, unjudged="made up")


def advisor(one: Knowledge | None = None, seed: int = 0) -> DatabaseAdvisor:
    """Over the cells of NAS-Bench-201."""
    return DatabaseAdvisor(one or known(), OBJECTIVES, SHAPE, seed, SPACE)


def strategy(one: DatabaseAdvisor | None, name: str = "random", seed: int = 0) -> Any:
    """A strategy that it advises."""
    context = StrategyContext(
        space=play_space(), input_shape=SHAPE, outputs=10, seed=seed
    )
    context = dataclasses.replace(context, cells=SPACE, advisor=one)
    return make(name, context)


def play_space() -> Any:
    """A space of layers, which nothing here uses."""
    return default_space("image", SHAPE)


def searched(
    one: DatabaseAdvisor,
    search: SearchStrategy,
    count: int,
    revisions: list[Revision] | None = None,
) -> list[Request]:
    """Ask and tell as the loop does, one after the other."""
    asked: list[Request] = []
    while len(asked) < count:
        if search.turning and (revision := one.revise()) is not None:
            text = json.dumps(revision.to_json(), allow_nan=False)
            revision = Revision.from_json(json.loads(text))
            if revision.constraints is not None:
                search.constrain(revision.constraints)
            one.take(revision)
            if revisions is not None:
                revisions.append(revision)
        (request,) = search.ask(1)
        asked.append(request)
        result = record(request, worth(request))
        search.tell(request, result)
        one.observe(request, result)
    return asked


def test_the_first_revision_comes_before_the_first_candidate() -> None:
    """Made of the problems that count; to think changes nothing."""
    one = advisor()
    before = json.dumps(one.state())
    revision = one.revise()
    assert revision is not None
    assert json.dumps(one.state()) == before
    assert revision.constraints is not None
    assert revision.constraints.mode == "soft"
    assert revision.note["reclassified"] is True
    assert set(revision.constraints.choices) == set(SPACE.choices)
    one.take(revision)
    assert one.revise() is None
    assert one.report()["hash"] == revision.constraints.content_hash()


def test_a_search_is_led_to_what_the_best_use_and_learns() -> None:
    """It ends up better than one that nobody advises; all of it is told."""
    gains = []
    for seed in range(3):
        one, revisions = advisor(seed=seed), list[Revision]()
        asked = searched(one, strategy(one, seed=seed), 60, revisions)
        plain = play(strategy(None, seed=seed), 60, result=worth)
        gains.append(
            np.mean([worth(r) for r in asked]) - np.mean([worth(r) for r in plain])
        )
        notes = [revision.note for revision in revisions]
        assert [note["told"] for note in notes if note["reclassified"]] == [
            *range(0, 60, 10)
        ]
        assert notes[-1]["merged"]["this search"] > notes[1]["merged"].get(
            "this search", 0.0
        )
        report = one.report()
        assert report["pruned"] > 0
        assert report["false_rejection_rate"] is None
    assert min(gains) > 0


def test_it_is_a_function_of_what_it_was_told() -> None:
    """The same again gives the same, refusals and revisions included."""
    found = []
    for _ in range(2):
        one, revisions = advisor(), list[Revision]()
        asked = searched(one, strategy(one, "aging_evolution"), 50, revisions)
        found.append(
            json.dumps(
                [
                    [r.to_json() for r in asked],
                    [r.to_json() for r in revisions],
                    one.refusals(),
                    one.state(),
                ]
            )
        )
    assert found[0] == found[1]


@pytest.mark.parametrize("told", [0, 3, 8, 10, 27, 45])
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_its_state_goes_on_in_the_middle(told: int, mode: str) -> None:
    """Everything to come is the same, but for what is remembered of candidates."""
    one = advisor(known(mode=mode))
    search = strategy(one, "aging_evolution")
    searched(one, search, told)
    one.refusals()
    again = advisor(known(mode=mode))
    again.restore(json.loads(json.dumps(one.state(), allow_nan=False)))
    copy = strategy(again, "aging_evolution")
    copy.restore(json.loads(json.dumps(search.state())))
    assert again.state() == one.state()
    first, second = list[Revision](), list[Revision]()
    asked = [r.to_json() for r in searched(one, search, 20, first)]
    assert [r.to_json() for r in searched(again, copy, 20, second)] == asked
    assert again.refusals() == one.refusals()
    assert [r.constraints for r in second] == [r.constraints for r in first]


def test_a_hard_set_is_obeyed_by_cells_and_modules() -> None:
    """A soft one lets everything pass."""
    made = ConstraintSet(
        {"conv": {"kernel": Choice((3,))}},
        Choice(("sum",)),
        choices={"op_01": Choice(("none",))},
    )
    outside = Candidate.of(cell("3"))
    for mode, accepted in (("hard", False), ("soft", True), ("off", True)):
        one = advisor(known(mode=mode))
        one.take(Revision(dataclasses.replace(made, mode=mode), {}))
        assert one.judge(outside, "ask").accepted is accepted
        assert one.judge(Candidate.of(cell("0")), "ask").accepted
        for block, merge, inside in (
            ("conv", "sum", True),
            ("mbconv", "sum", False),
            ("conv", "concat", False),
        ):
            verdict = one.judge(module(block, merge), "mutate")
            assert verdict.accepted is (inside or accepted)
            assert verdict.rule == ("" if verdict.accepted else OUTSIDE_SET)
        assert one.judge("anything else", "ask").accepted
        refusals = one.refusals()
        assert len(refusals) == (0 if accepted else 3)
        assert one.refusals() == []


def cell(digit: str) -> Any:
    """One with this operation everywhere."""
    return NasBench201Cell(digit * 6)


def module(block: str, merge: str) -> ModuleGenome:
    """A module of one node."""
    space = ConstraintSet({block: {}}, Choice((merge,))).apply(
        default_space("image", SHAPE)
    )
    rng = np.random.default_rng(0)
    made = initial_module(space, InnovationLedger(), rng, 1)
    if block != "conv":
        return made
    (node,) = made.nodes
    kernel = dataclasses.replace(node, fields={**node.fields, "kernel": 3})
    return dataclasses.replace(made, nodes=(kernel,))


def test_after_so_many_refusals_in_a_row_one_passes() -> None:
    """So that a set which leaves nearly nothing cannot hold a search up."""
    one = advisor(known(mode="hard"))
    one.take(Revision(ConstraintSet(choices={"op_01": Choice(("none",))}), {}))
    rng = np.random.default_rng(0)
    outside = []
    while len(outside) <= PATIENCE:
        candidate = Candidate.of(SPACE.draw(rng))
        if candidate.cell is not None and candidate.cell.ops[0] != "0":  # type: ignore[attr-defined]
            outside.append(candidate)
    verdicts = [one.judge(candidate, "ask") for candidate in outside]
    assert not any(verdict.accepted for verdict in verdicts[:-1])
    assert verdicts[-1].accepted
    assert verdicts[-1].rule == PATIENT
    assert not one.judge(outside[0], "ask").accepted


def test_audits_are_so_many_and_never_most_of_the_trainings() -> None:
    """Drawn by the candidate's key alone, and only while others are trained."""
    one = advisor(known(mode="hard", audit=1.0))
    one.take(Revision(ConstraintSet(choices={"op_01": Choice(("none",))}), {}))
    assert not one.judge(Candidate.of(cell("3")), "ask").audited  # nothing is trained
    asked = searched(one, strategy(one), 40)
    kinds = Counter(request.purpose for request in asked)
    assert 0 < kinds["audit"] <= 40 / 7 + 1
    for request in asked:
        rule = request.origin.get(AUDIT)
        assert (rule is not None) == (request.purpose == "audit")
    never = advisor(known(mode="hard", audit=0.0))
    asked = searched(never, strategy(never), 40)
    assert {request.purpose for request in asked} == {"search"}


def test_a_filter_that_refuses_the_good_ones_is_loosened_and_says_so() -> None:
    """By the audits alone; each time twice as many pass."""
    one = advisor()
    request = strategy(None).ask(1)[0]
    bad = dataclasses.replace(request, origin={})
    good = dataclasses.replace(request, purpose="audit", origin={AUDIT: UNPROMISING})
    for n in range(40):
        one.observe(bad, record(bad, n / 100))
    for _ in range(LEAST):
        one.observe(good, record(good, 0.9))
    revision = one.revise()
    assert revision is not None
    assert revision.note["loosened"] == 1
    rate, low, _ = revision.note["false_rejection"]
    assert rate == 1.0
    assert low > 0.8
    assert one.report()["loosened"] == 0
    one.take(revision)
    assert one.report()["loosened"] == 1
    assert one.report()["falsely_rejected"] == LEAST
    one.observe(bad, record(bad, 0.1))
    for _ in range(6):
        one.observe(bad, record(bad, 0.1))
    again = one.revise()
    assert again is None or again.note["loosened"] == 1


def test_a_person_has_the_last_word() -> None:
    """As long as it holds, the advisor learns and leaves the set alone."""
    one = advisor()
    search = strategy(one)
    searched(one, search, 12)
    mine = ConstraintSet(choices={"op_01": Choice(("none",))}, mode="soft")
    one.take(Revision(mine, {"by": "person", "hold": True, "hash": ""}))
    search.constrain(mine)
    revisions = list[Revision]()
    searched(one, search, 20, revisions)
    assert revisions
    assert all(revision.constraints is None for revision in revisions)
    assert one.report()["held"] is True
    assert one.report()["hash"] == mine.content_hash()
    one.take(Revision(mine, {"by": "person", "hold": False, "hash": ""}))
    searched(one, search, 12, revisions)
    assert revisions[-1].constraints is not None


def test_a_given_set_is_the_set() -> None:
    """Once; then only the model learns. Mode `off` has none."""
    given = ConstraintSet(choices={"op_01": Choice(("none",))}, mode="soft")
    one = advisor(known().with_set(given))
    revisions = list[Revision]()
    searched(one, strategy(one), 30, revisions)
    assert [r.constraints for r in revisions[:1]] == [given]
    assert all(r.constraints is None for r in revisions[1:])
    off = advisor(known(mode="off"))
    revisions.clear()
    searched(off, strategy(off), 30, revisions)
    assert all(r.constraints is None for r in revisions)


def test_what_the_elite_uses_goes_when_two_reclassifications_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often the model is refitted in between."""
    one = advisor(known(every=4))  # every 20 trainings
    whole = ConstraintSet(choices={"op_01": Choice(("none", "skip_connect"))})
    less = ConstraintSet(choices={"op_01": Choice(("none",))})
    made = {False: whole, True: less}
    fewer = False
    monkeypatch.setattr(one, "_made", lambda *_: (made[fewer], {}))
    search = strategy(None)
    found: list[tuple[int, bool, bool]] = []
    for told in range(70):
        fewer = told >= 18
        if (revision := one.revise()) is not None:
            one.take(revision)
            now = ConstraintSet.from_json(one.state()["constraints"])
            skips = now.allows_choices({"op_01": "skip_connect"})
            found.append((told, bool(revision.note["reclassified"]), skips))
        (request,) = search.ask(1)
        # the best all have it
        candidate = Candidate.of(NasBench201Cell("1" + str(told % 5) * 5))
        value = 1.0 - told / 1000 if told < 5 else 0.1
        request = dataclasses.replace(
            request, candidate=candidate if told < 5 else request.candidate
        )
        one.observe(request, record(request, value))
    turns = [told for told, reclassified, _ in found if reclassified]
    assert turns == [0, 20, 40, 60]
    assert len(found) > 8
    for told, _, skips in found:
        assert skips == (told < 40), found
