"""Audits of stops."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.search.schedulers.audits import Audits, wilson


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share(total: int, data: st.DataObject) -> None:
    """Within 0 and 1, and narrower with more cases."""
    count = data.draw(st.integers(0, total))
    low, high = wilson(count, total)
    assert 0 <= low <= count / total + 1e-12
    assert count / total - 1e-12 <= high <= 1
    more_low, more_high = wilson(4 * count, 4 * total)
    assert more_high - more_low < high - low


def test_the_interval_is_that_of_the_textbook() -> None:
    """1 of 10: 0.0179 to 0.4042 (Brown, Cai and DasGupta 2001)."""
    low, high = wilson(1, 10)
    assert (round(low, 4), round(high, 4)) == (0.0179, 0.4042)


def test_a_stop_is_wrong_if_no_rival_is_as_good() -> None:
    """Whichever comes first, the audit or its rivals."""
    audits = Audits()
    for number, value in enumerate([(0.9,), (0.8,), (0.7,), None]):
        audits.begin(number)
        audits.returned(number, value, rivals=[])
    assert audits.judged == 0
    audits.measure([(0.8,), (0.2,)], returned_only=False)
    assert (audits.judged, audits.wrong) == (4, 1)
    audits.begin(4)
    audits.measure([(0.8,)], returned_only=True)
    audits.returned(4, (0.81,), rivals=[(0.8,)])
    assert (audits.judged, audits.wrong) == (5, 2)


def test_with_several_objectives_a_wrong_stop_would_have_been_on_the_front() -> None:
    """One rival has to be as good in all of them."""
    audits = Audits()
    audits.begin(0)
    audits.returned(0, (0.5, -10.0), rivals=[(0.9, -20.0), (0.4, -5.0)])
    audits.begin(1)
    audits.returned(1, (0.5, -30.0), rivals=[(0.9, -20.0), (0.4, -5.0)])
    assert (audits.judged, audits.wrong) == (2, 1)


def test_everybody_else_failed_so_any_result_is_a_wrong_stop() -> None:
    """No rival got to the full fidelity."""
    audits = Audits()
    for number, value in enumerate([(0.1,), None]):
        audits.begin(number)
        audits.returned(number, value, rivals=[])
    audits.measure([], returned_only=False)
    assert (audits.judged, audits.wrong) == (2, 1)


def test_the_report_has_no_share_of_nothing_and_the_state_goes_on() -> None:
    """A share and an interval only when something was judged."""
    audits = Audits()
    audits.stops = 7
    assert audits.report()["wrong_share"] is None
    audits.begin(0)
    audits.begin(1)
    audits.returned(1, (1.0,), rivals=[])
    again = Audits()
    again.restore(json.loads(json.dumps(audits.state())))
    for one in (audits, again):
        one.returned(0, (0.0,), rivals=[(0.5,)])
        one.measure([(0.5,)], returned_only=True)
    assert again.report() == audits.report()
    assert again.report()["wrong_share"] == pytest.approx(0.5)
    assert math.isclose(sum(again.report()["wrong_interval"]), 1.0)
    assert again.report()["stops"] == 7
