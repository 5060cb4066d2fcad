"""Pareto ranks as one scalar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.population import fronts, pareto_fitness, scalar_fitness

Point = tuple[float, ...]


def clouds(dimensions: int) -> st.SearchStrategy[list[Point]]:
    """Points with many ties."""
    point = st.tuples(*[st.integers(-6, 6).map(float)] * dimensions)
    return st.lists(point, max_size=25)


any_cloud = st.integers(1, 3).flatmap(clouds)


def dominates(a: Point, b: Point) -> bool:
    """At least as good everywhere and better somewhere."""
    return a != b and all(x >= y for x, y in zip(a, b, strict=True))


@given(any_cloud)
def test_a_point_that_dominates_another_is_ranked_above_it(points: list[Point]) -> None:
    """Strictly, whatever the crowding."""
    fitness = pareto_fitness(points)
    for a, above in zip(points, fitness, strict=True):
        for b, below in zip(points, fitness, strict=True):
            if dominates(a, b):
                assert above > below


@given(any_cloud)
def test_ranks_lie_between_0_and_1_and_equal_points_share_one(
    points: list[Point],
) -> None:
    """0 itself is left to networks that failed."""
    fitness = pareto_fitness(points)
    assert len(fitness) == len(points)
    assert all(0 < value <= 1 for value in fitness)
    assert len(set(zip(points, fitness, strict=True))) == len(set(points))


@given(any_cloud, st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_units_do_not_matter(points: list[Point], exponents: list[int]) -> None:
    """Parameters count the same in thousands (powers of two: floats stay exact)."""
    scaled = [tuple(x * 2.0**e for x, e in zip(p, exponents)) for p in points]  # noqa: B905
    assert pareto_fitness(scaled) == pareto_fitness(points)


@given(clouds(2).map(lambda points: sorted(set(points))), st.randoms())
def test_the_order_of_different_points_does_not_matter(
    points: list[Point], random: object
) -> None:
    """Each keeps its rank, except that the equally crowded are taken by position."""
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    front_of = [
        {point: place for place, front in enumerate(fronts(cloud)) for point in front}
        for cloud in (points, shuffled)
    ]
    for place, point in enumerate(points):
        assert front_of[0][place] == front_of[1][shuffled.index(point)]


@given(clouds(1))
def test_one_objective_gives_its_own_order(points: list[Point]) -> None:
    """So a single objective need not be told apart."""
    fitness = pareto_fitness(points)
    for a, first in zip(points, fitness, strict=True):
        for b, second in zip(points, fitness, strict=True):
            assert (a > b) == (first > second)


def test_the_least_crowded_come_first_within_a_front() -> None:
    """The ends of the front first, then the point with more room around it."""
    points = [(0.0, 10.0), (1.0, 9.0), (2.0, 8.0), (6.0, 4.0), (10.0, 0.0)]
    assert fronts(points) == [[0, 4, 3, 2, 1]]
    assert pareto_fitness(points) == pytest.approx([1.0, 0.2, 0.4, 0.6, 0.8])


def test_no_points_have_no_ranks() -> None:
    """A generation in which everything failed."""
    assert fronts([]) == []
    assert pareto_fitness([]) == []


@given(st.lists(st.one_of(st.none(), st.tuples(st.floats(-9, 9))), max_size=9))
def test_a_failure_is_never_better_than_a_success(values: list[Point | None]) -> None:
    """One objective counts by itself, and a failure as the worst of the run."""
    worst = min((one[0] for one in values if one is not None), default=-1.0)
    fitness = scalar_fitness(values, worst)
    for one, found in zip(values, fitness, strict=True):
        assert found == (worst if one is None else one[0])


@given(clouds(2))
def test_several_objectives_are_ranked_and_failures_come_last(
    points: list[Point],
) -> None:
    """With a failure between them the ranks are the same."""
    fitness = scalar_fitness([None, *points, None], -3.0)
    if points:
        assert fitness == [0.0, *pareto_fitness(points), 0.0]
