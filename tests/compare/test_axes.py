"""Curves on a common axis."""

from __future__ import annotations

import numpy as np
import pytest
from comparing import played
from hypothesis import given
from hypothesis import strategies as st

from evonas.compare.axes import Axis, at_common_axes

#: incumbents after 1 and 3 of 4 evaluations, at 10, 30 and until 50 s
FIRST = played(0, [(1, 10.0, 0.2), (3, 30.0, 0.6), (4, 50.0, 0.6)])
#: the first result failed; six evaluations in 40 s
SECOND = played(1, [(2, 20.0, 0.5), (6, 40.0, 0.5)])


def test_an_axis_is_where_all_runs_have_an_incumbent_and_have_not_ended() -> None:
    """Beyond, one run would be compared with what another could not do any more."""
    evaluations, seconds = at_common_axes({"a": [FIRST], "b": [SECOND]}, seconds=True)
    assert (evaluations.start, evaluations.end) == (2, 4)
    assert (seconds.start, seconds.end) == (20.0, 40.0)
    assert len(at_common_axes({"a": [FIRST]}, seconds=False)) == 1


def test_the_area_is_that_under_the_steps() -> None:
    """Each value holds until the next one."""
    evaluations = Axis.of("evaluations", [FIRST, SECOND])
    assert evaluations.areas([FIRST, SECOND]) == pytest.approx(
        [(0.2 + 0.6 + 0.6) / 3, 0.5]
    )
    seconds = Axis.of("seconds", [FIRST, SECOND])
    assert seconds.areas([FIRST, SECOND]) == pytest.approx([(0.2 + 0.6) / 2, 0.5])


def test_a_budget_of_one_evaluation_has_an_area() -> None:
    """Its only value."""
    run = played(0, [(1, 5.0, 0.3), (1, 5.0, 0.3)])
    for axis in at_common_axes({"a": [run]}, seconds=True):
        assert axis.areas([run]) == pytest.approx([0.3])
        assert axis.values([run], axis.places())[0] == pytest.approx([0.3])


@given(
    st.lists(st.tuples(st.integers(1, 5), st.floats(0.1, 9)), min_size=1, max_size=8),
    st.integers(1, 20),
)
def test_an_area_lies_between_the_first_value_and_the_last(
    steps: list[tuple[int, float]], rest: int
) -> None:
    """Of a curve that rises, on both axes; so does each drawn place."""
    points, evaluations, seconds = [], 0, 0.0
    for number, (more, longer) in enumerate(steps):
        evaluations, seconds = evaluations + more, seconds + longer
        points.append((evaluations, seconds, float(number)))
    points.append((evaluations + rest, seconds + rest, float(len(steps) - 1)))
    run = played(0, points)
    for axis in at_common_axes({"a": [run]}, seconds=True):
        (area,) = axis.areas([run])
        assert -1e-9 <= area <= len(steps) - 1 + 1e-9
        drawn = axis.values([run], axis.places())[0]
        assert np.all(np.diff(drawn) >= 0)
        assert (drawn[0], drawn[-1]) == (0.0, len(steps) - 1)
