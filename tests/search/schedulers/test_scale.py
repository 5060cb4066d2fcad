"""Results at different rungs on one scale."""

from __future__ import annotations

import itertools
import json

import pytest
from climbing import any_request
from hypothesis import given
from hypothesis import strategies as st

from evonas.search.schedulers.contender import Contender, Value
from evonas.search.schedulers.scale import WINDOW, Scale, shifts

numbers = itertools.count()


def climbed(*values: Value) -> Contender:
    """One with these values at its rungs, the last of which it is at."""
    return Contender(
        next(numbers), REQUEST, len(values) - 1, values=dict(enumerate(values))
    )


REQUEST = any_request()
single = st.tuples(st.floats(-5, 5))
climbs = st.lists(
    st.lists(single | st.none(), min_size=1, max_size=3), min_size=1, max_size=12
)


def scale_of(members: list[Contender], width: int = 1) -> Scale:
    """With what these have gained."""
    scale = Scale(2, width)
    for one in members:
        for rung in range(1, one.rung + 1):
            scale.note(one, rung)
    return scale


@given(climbs)
def test_nobody_comes_out_above_one_that_went_further(
    values: list[list[Value]],
) -> None:
    """And at each rung the order and the differences are those of the results."""
    members = [climbed(*each) for each in values]
    moved = shifts(members, 2, scale_of(members))
    told = {
        one.number: one.value[0] + moved[one.number][0]
        for one in members
        if one.value is not None
    }
    for one, other in itertools.permutations(members, 2):
        if one.value is None or other.value is None:
            continue
        if one.rung < other.rung:
            assert told[one.number] <= told[other.number] + 1e-9
        if one.rung == other.rung:
            assert moved[one.number] == moved[other.number]
    assert set(told) == set(moved)


def test_a_stopped_candidate_counts_what_the_others_gained_since() -> None:
    """The median over each step, added up."""
    members = [
        climbed((0.3,), (0.6,), (0.9,)),
        climbed((0.3,), (0.7,), (0.8,)),
        climbed((0.3,), (0.4,)),
        climbed((0.1,)),
    ]
    scale = scale_of(members)
    assert scale.shift(2) == (0.0,)
    assert scale.shift(1) == pytest.approx((0.2,))
    assert scale.shift(0) == pytest.approx((0.5,))
    moved = shifts(members, 2, scale)
    assert moved[members[3].number] == pytest.approx((0.5,))
    assert members[3].value is not None


def test_several_objectives_are_moved_one_by_one() -> None:
    """A cost that does not change with training does not move."""
    members = [climbed((0.3, -9.0), (0.6, -9.0), (0.9, -9.0)), climbed((0.8, -1.0))]
    moved = shifts(members, 2, scale_of(members, width=2))
    assert moved[members[1].number] == pytest.approx((0.6, 0.0))


def test_a_step_that_nobody_took_is_not_known() -> None:
    """Failing is no gain; the scale remembers the latest gains only."""
    scale = scale_of([climbed((0.3,), None), climbed((0.1,))])
    assert [scale.known(rung) for rung in range(3)] == [False, False, True]
    assert scale.shift(0) == (0.0,)
    for gain in [5.0] * WINDOW + [1.0] * WINDOW:
        scale.note(climbed((0.0,), (gain,)), 1)
    assert scale.shift(0) == (1.0,)
    again = Scale(2, 1)
    again.restore(json.loads(json.dumps(scale.state())))
    assert again.state() == scale.state()
