"""Hypervolume against a known front."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evonas.population.hypervolume import MARGIN, KnownFront, nondominated

Cloud = list[tuple[float, ...]]


def clouds(dimensions: int) -> st.SearchStrategy[Cloud]:
    """Points on a small grid, with ties."""
    point = st.tuples(*[st.integers(0, 5).map(float)] * dimensions)
    return st.lists(point, min_size=1, max_size=12)


any_cloud = st.integers(1, 3).flatmap(clouds)


def dominated_share(points: Cloud, front: NDArray[np.float64]) -> float:
    """By counting boxes of the grid that all coordinates make."""
    low, high = front.min(axis=0), front.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    reference = low - MARGIN * span

    def volume(cloud: NDArray[np.float64]) -> float:
        axes = [np.unique([r, *c[c > r]]) for r, c in zip(reference, cloud.T)]  # noqa: B905
        total = 0.0
        for cell in itertools.product(*[range(len(a) - 1) for a in axes]):
            top = np.array([a[i + 1] for a, i in zip(axes, cell, strict=True)])
            if (cloud >= top).all(axis=1).any():
                below = np.array([a[i] for a, i in zip(axes, cell, strict=True)])
                total += float(np.prod((top - below) / span))
        return total

    return volume(np.array(points)) / volume(front)


@given(any_cloud)
def test_the_front_is_what_nothing_dominates(points: Cloud) -> None:
    """By the definition, point by point; equal points stand together."""
    array = np.array(points)
    for point, stays in zip(array, nondominated(array), strict=True):
        beaten = ((array >= point).all(axis=1) & (array > point).any(axis=1)).any()
        assert stays != beaten


@given(any_cloud, st.data())
def test_a_share_is_the_dominated_volume_over_the_fronts_own(
    points: Cloud, data: st.DataObject
) -> None:
    """Also of points behind the reference, which add nothing."""
    known = KnownFront(np.array(points))
    found = data.draw(st.lists(st.sampled_from(points), min_size=1))
    expected = dominated_share(found, known.points)
    assert known.share(found) == pytest.approx(expected, abs=1e-9)


@given(any_cloud, st.integers(-3, 3))
def test_the_front_itself_has_all_of_it_whatever_the_units(
    points: Cloud, exponent: int
) -> None:
    """Seconds or milliseconds: a share is a share."""
    array = np.array(points)
    known, scaled = KnownFront(array), KnownFront(array * 2.0**exponent)
    assert known.share(points) == pytest.approx(1.0)
    half = points[: (len(points) + 1) // 2]
    assert scaled.share(np.array(half) * 2.0**exponent) == pytest.approx(
        known.share(half)
    )


def test_nothing_found_has_nothing() -> None:
    """Neither has what lies behind the reference point."""
    known = KnownFront(np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert known.share([]) == 0.0
    assert known.share([(-0.2, 1.0)]) == 0.0
    assert nondominated(np.empty((0, 2))).tolist() == []
