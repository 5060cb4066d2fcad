"""A search's own trainings."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.candidate import Candidate
from evonas.genome import nasbench201_space
from minibench.advice.trainings import (
    FIRST,
    LATEST,
    MOST,
    OWN,
    Trainings,
    own_sets,
)

SPACE = nasbench201_space()
fitnesses = st.lists(
    st.sampled_from((0.1, 0.2, 0.5, 0.5, 0.9)) | st.just(-math.inf), max_size=40
)


def cells(count: int, seed: int = 0) -> list[Candidate]:
    """So many, all different."""
    rng = np.random.default_rng(seed)
    found: dict[str, Candidate] = {}
    while len(found) < count:
        one = Candidate.of(SPACE.draw(rng))
        found.setdefault(one.key(), one)
    return list(found.values())


CELLS = cells(600)


def of(fitness: list[float]) -> Trainings:
    """Trainings with these results."""
    found = Trainings()
    for value, one in zip(fitness, CELLS, strict=False):
        found.add(value, one)
    return found


@given(fitnesses, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_who_was_faster_does_not_matter(fitness: list[float], order: object) -> None:
    """Elite and what is learned from are in an order of their own."""
    pairs = list(zip(fitness, CELLS, strict=False))
    first, second = Trainings(), Trainings()
    for value, one in pairs:
        first.add(value, one)
    order.shuffle(pairs)  # type: ignore[attr-defined]
    for value, one in pairs:
        second.add(value, one)
    first.learn()
    second.learn()
    assert first.elite() == second.elite()
    assert [replace(one, number=0) for one in first.known()] == [
        replace(one, number=0) for one in second.known()
    ]


def test_only_what_was_there_when_it_was_learned_is_known() -> None:
    """Later ones wait for the next time, which comes after enough of them."""
    found = of([0.5] * (FIRST - 1))
    assert not found.due
    assert found.elite() == []
    found.add(0.6, CELLS[50])
    assert found.due
    assert found.known() == []
    found.learn()
    assert len(found.known()) == FIRST
    for n in range(4):
        found.add(0.7, CELLS[60 + n])
        assert not found.due
    found.add(0.7, CELLS[70])
    assert found.due
    assert len(found.known()) == FIRST


def test_the_elite_is_a_fifth_and_has_no_failures() -> None:
    """The best first, five at least."""
    found = of([n / 100 for n in range(50)])
    assert found.elite() == [CELLS[n] for n in range(49, 39, -1)]
    assert len(of([n / 10 for n in range(10)]).elite()) == 5
    assert of([-math.inf] * 20).elite() == []


def test_memory_is_bounded_and_keeps_the_best_and_the_latest() -> None:
    """However long the search."""
    found = Trainings()
    for n, one in enumerate(CELLS):
        found.add(1.0 - n / 1000, one)  # worse and worse
        if found.due:
            found.learn()
    found.learn()
    assert found.count == 600
    assert len(found.known()) == MOST + LATEST
    numbers = {one.number for one in found.known()}
    assert numbers == {*range(MOST), *range(600 - LATEST, 600)}
    assert found.elite() == CELLS[:MOST]


def test_the_own_share_grows() -> None:
    """From nothing to nearly all."""
    shares = [of([0.5] * n).share for n in (0, 20, 180)]
    assert shares == [0.0, 0.5, pytest.approx(0.9)]


@given(fitnesses)
@settings(max_examples=20, deadline=None)
def test_the_state_goes_through_json(fitness: list[float]) -> None:
    """Also where it was learned in the middle."""
    found = of(fitness[: len(fitness) // 2])
    found.learn()
    for value, one in zip(fitness, CELLS[100:], strict=False):
        found.add(value, one)
    again = Trainings()
    again.restore(json.loads(json.dumps(found.state(), allow_nan=False)))
    assert again.state() == found.state()
    assert (again.known(), again.elite()) == (found.known(), found.elite())
    assert (again.due, again.share) == (found.due, found.share)


def test_the_elites_sets_are_a_problem_of_its_own() -> None:
    """Each thing counts once a network; the best are named."""
    used = [[("choices", "a", 1), ("choices", "a", 1)], [("choices", "a", 2)]]
    sets = own_sets(used)
    assert (sets.problem, sets.networks) == (OWN, 2)
    assert sets.values("choices", "a") == {1: 0.5, 2: 0.5}
    assert sets.items["choices", "a", 1].records == [f"{OWN}/0"]
