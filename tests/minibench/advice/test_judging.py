"""Judging candidates, each encoded once."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from evonas.candidate import Candidate
from evonas.cells import NasBench201Cell
from evonas.genome import nasbench201_space
from minibench.advice import Knowledge
from minibench.advice.judging import (
    FADED,
    FADING,
    LEAST,
    UNLIKELY,
    UNPROMISING,
    WINDOW,
    Judging,
)
from minibench.advice.profiles import Profiles
from minibench.advice.trainings import Training
from minibench.classifier import Classifiers, Threshold

SPACE = nasbench201_space()
SHAPE = (1, 8, 8)


def cells(count: int, seed: int = 0) -> list[Candidate]:
    """So many, all different."""
    rng = np.random.default_rng(seed)
    found: dict[str, Candidate] = {}
    while len(found) < count:
        one = Candidate.of(SPACE.draw(rng))
        found.setdefault(one.key(), one)
    return list(found.values())


CELLS = cells(120)


def worth(candidate: Candidate) -> float:
    """How many convolutions a cell has."""
    cell = candidate.cell
    assert isinstance(cell, NasBench201Cell)
    return cell.ops.count("3")


def trained(count: int = 40) -> list[Training]:
    """The first so many, by their worth."""
    return [Training(n, worth(one), one) for n, one in enumerate(CELLS[:count])]


def over_cells(accept: float = 0.25) -> Judging:
    """One that only the search's own trainings teach."""
    return Judging(None, False, SHAPE, SPACE, accept, OrderedDict(), Profiles())


def over_networks(classifiers: Classifiers, warranted: bool = True) -> Judging:
    """One that classifiers teach."""
    remembered: OrderedDict[str, object] = OrderedDict()
    return Judging(
        classifiers,
        warranted,
        SHAPE,
        None,
        0.25,
        remembered,  # type: ignore[arg-type]
        Profiles(),
    )


def test_who_has_learned_nothing_refuses_nothing() -> None:
    """Nor does anybody who is to let all pass."""
    judging = over_cells()
    assert judging.refused(CELLS[0], 0.25) is None
    judging.learn({}, trained())
    assert judging.refused(CELLS[0], 1.0) is None
    assert judging.refused(CELLS[0], 0.25) == (UNPROMISING, 0.5)


def test_only_the_most_promising_of_those_seen_lately_pass() -> None:
    """None at first, without whom nobody can be one; then a share, the better ones."""
    judging = over_cells()
    judging.learn({}, trained())
    for one in CELLS[:LEAST]:
        assert judging.refused(one, 0.25) == (UNPROMISING, 0.5)
    found = {one.key(): judging.refused(one, 0.25) for one in CELLS[LEAST:]}
    passed = [one for one in CELLS[LEAST:] if found[one.key()] is None]
    assert 0.1 < len(passed) / len(found) < 0.4
    refused = [one for one in CELLS[LEAST:] if found[one.key()] is not None]
    assert np.mean([*map(worth, passed)]) > np.mean([*map(worth, refused)]) + 1
    for one in refused:
        rule, confidence = found[one.key()] or ("", 0.0)
        assert rule == UNPROMISING
        assert 0.25 < confidence <= 1
    assert len(judging.state()["lately"]) == WINDOW


def test_the_filter_fades_and_is_loosened() -> None:
    """Twice as many pass each time; from so many trainings on all do."""
    judging = over_cells(0.1)
    assert judging.accepted(0, 0) == judging.accepted(FADING, 0) == 0.1
    assert judging.accepted((FADING + FADED) // 2, 0) == pytest.approx(0.55)
    assert judging.accepted(FADED, 0) == judging.accepted(10 * FADED, 0) == 1.0
    shares = [judging.accepted(0, n) for n in range(5)]
    assert shares == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])


def test_each_candidate_is_encoded_once(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is judged; the hit rate is told, and the memory is bounded."""
    classifiers = knowledge.classifiers
    assert classifiers is not None
    encoded: list[object] = []
    plain = Classifiers.encode

    def encode(self: Classifiers, *args: object) -> object:
        encoded.append(args[0])
        return plain(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Classifiers, "encode", encode)
    judging = over_networks(classifiers)
    networks = [seed.candidate for seed in knowledge.seeds[:3]]
    assert judging.cache() == {"asked": 0, "hits": 0, "rate": None}
    for _ in range(4):
        for one in networks:
            judging.known(one)
    assert len(encoded) == 3
    assert judging.cache() == {"asked": 12, "hits": 9, "rate": 0.75}
    monkeypatch.setattr("minibench.advice.judging.REMEMBERED", 2)
    judging.known(knowledge.seeds[3].candidate)
    judging.known(networks[1])  # still there
    assert len(encoded) == 4
    judging.known(networks[0])
    assert len(encoded) == 5


def strict(classifiers: Classifiers) -> Classifiers:
    """The same, by a threshold that nobody reaches."""
    threshold = classifiers.threshold
    assert threshold is not None
    return replace(classifiers, threshold=replace(threshold, value=1.1))


def test_before_any_training_the_classifiers_decide(knowledge: Knowledge) -> None:
    """By the threshold, if it is warranted; later the search's own trainings do."""
    classifiers = knowledge.classifiers
    assert classifiers is not None
    judging = over_networks(strict(classifiers))
    judging.learn(knowledge.weights, [])
    one = knowledge.seeds[0].candidate
    rule, confidence = judging.refused(one, 0.25) or ("", 0.0)
    assert rule == UNLIKELY
    assert 0 <= confidence <= 1
    known = [Training(n, n, s.candidate) for n, s in enumerate(knowledge.seeds)]
    judging.learn(knowledge.weights, known)
    assert judging.refused(one, 0.25) == (UNPROMISING, 0.5)
    assert over_networks(strict(classifiers), False).refused(one, 0.25) is None
    assert isinstance(classifiers.threshold, Threshold)


def test_an_elite_is_like_the_best_of_its_problem(knowledge: Knowledge) -> None:
    """The better a network, the more it counts; without classifiers nobody can tell."""
    classifiers = knowledge.classifiers
    assert classifiers is not None
    judging = over_networks(classifiers)
    elite = [seed.candidate for seed in knowledge.seeds]
    found = judging.posterior(elite)
    assert found is not None
    assert sum(found.values()) == pytest.approx(1.0)
    assert judging.posterior([]) is None
    assert over_cells().posterior(CELLS[:3]) is None
    nearest = judging.nearest(elite[0])
    assert nearest == knowledge.seeds[0].source
    assert over_cells().nearest(CELLS[0]) is None


def test_what_the_task_cannot_build_is_not_judged(knowledge: Knowledge) -> None:
    """And stops nothing: networks of other shapes are nobody's best."""
    judging = Judging(
        knowledge.classifiers, True, (12,), None, 0.25, OrderedDict(), Profiles()
    )
    one = knowledge.seeds[0].candidate
    found = judging.known(one)
    assert found.judgement is None
    assert set(found.seen.odds) == {0.0}
    assert judging.posterior([one]) is None
    assert judging.nearest(one) is None


def test_a_restored_one_judges_alike() -> None:
    """Window, scores and figures."""
    judging, again = over_cells(), over_cells()
    judging.learn({}, trained())
    for one in CELLS[:60]:
        judging.refused(one, 0.25)
    state = json.loads(json.dumps(judging.state(), allow_nan=False))
    again.learn({}, trained()[::-1])
    again.restore(state)
    assert again.state() == judging.state()
    for one in CELLS[60:]:
        first, second = judging.refused(one, 0.25), again.refused(one, 0.25)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert first == second
