"""Credit: what a network's result says about its parts."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from evonas.search.credit import Tried, network_fitness, part_fitness

gains = st.one_of(st.none(), st.tuples(st.integers(-9, 9).map(float)))
networks = st.lists(
    st.builds(
        Tried,
        st.sampled_from("abcdefgh"),
        st.integers(1, 3),
        st.sets(st.integers(10, 15), min_size=1, max_size=3).map(
            lambda ids: tuple(sorted(ids))
        ),
        gains,
    ),
    max_size=12,
    unique_by=lambda tried: (tried.key, tried.blueprint, tried.modules),
)


@given(networks.map(lambda many: list({one.key: one for one in many}.values())))
def test_a_part_gets_the_mean_of_the_networks_that_contained_it(
    tried: list[Tried],
) -> None:
    """Computed here in the plainest way; failed networks count as the worst."""
    blueprints, modules = part_fitness(tried, -10.0)
    found = {**blueprints, **modules}
    assert found.keys() == {part for one in tried for part in one.parts}
    for part, fitness in found.items():
        values = [
            -10.0 if one.gains is None else one.gains[0]
            for one in tried
            if part in one.parts
        ]
        assert math.isclose(fitness, sum(values) / len(values), abs_tol=1e-12)


@given(networks, st.randoms(use_true_random=False))
def test_a_part_lies_between_its_worst_and_its_best_network(
    tried: list[Tried], random: object
) -> None:
    """Also when one network was made of different parts."""
    same = {one.key: one.gains for one in tried}
    tried = [Tried(o.key, o.blueprint, o.modules, same[o.key]) for o in tried]
    blueprints, modules = part_fitness(tried, -10.0)
    for part, fitness in {**blueprints, **modules}.items():
        values = network_fitness([one for one in tried if part in one.parts], -10.0)
        assert min(values) - 1e-9 <= fitness <= max(values) + 1e-9


def test_pitfall_3_a_part_in_no_network_has_no_fitness() -> None:
    """Neither zero nor an old one."""
    assert part_fitness([Tried("a", 1, (10,), (0.5,))], 0.0) == ({1: 0.5}, {10: 0.5})


def test_pitfall_9_a_network_counts_once_for_a_part() -> None:
    """However many of its nodes, or of the ways to draw it, contain the part.

    cdn reported a module's fitness once a blueprint node, so repeats weighed the mean.
    """
    tried = [
        Tried("twice drawn", 1, (10,), (1.0,)),
        Tried("twice drawn", 1, (10, 11), (1.0,)),
        Tried("other", 1, (10,), (0.0,)),
    ]
    assert part_fitness(tried, 0.0) == ({1: 0.5}, {10: 0.5, 11: 1.0})


@given(networks, st.floats(-100, -10))
def test_failing_never_pays(tried: list[Tried], worst: float) -> None:
    """Whatever the sign of the metric, no network is below one that failed."""
    fitness = network_fitness(tried, worst)
    failed = [f for f, one in zip(fitness, tried, strict=True) if one.gains is None]
    for value in fitness:
        assert all(value >= failure for failure in failed)


def test_several_objectives_are_ranked_and_failures_come_last() -> None:
    """The two on the front share the upper ranks; the failed network has none."""
    tried = [
        Tried("a", 1, (10,), (0.9, -500.0)),
        Tried("b", 1, (11,), (0.5, -100.0)),
        Tried("c", 1, (12,), (0.4, -200.0)),
        Tried("d", 2, (13,), None),
    ]
    a, b, c, d = network_fitness(tried, 0.4)
    assert min(a, b) > c > d == 0.0


@given(networks)
def test_tried_networks_go_through_json(tried: list[Tried]) -> None:
    """Unchanged."""
    text = json.dumps([one.to_json() for one in tried])
    assert [Tried.from_json(one) for one in json.loads(text)] == tried
