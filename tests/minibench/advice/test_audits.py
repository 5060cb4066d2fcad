"""False rejections are told from enough audits, with an interval, or not at all."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from minibench.advice.audits import GOOD, LEAST, Audits, wilson

fitness = st.floats(0, 1) | st.just(-math.inf)


@given(st.integers(1, 200), st.data())
def test_the_interval_is_wilsons(count: int, data: st.DataObject) -> None:
    """As SciPy has it."""
    found = data.draw(st.integers(0, count))
    known = binomtest(found, count).proportion_ci(method="wilson")
    rate, low, high = wilson(found, count)
    assert rate == found / count
    assert (low, high) == pytest.approx((known.low, known.high), abs=1e-6)
    assert 0 <= low <= rate + 1e-12 <= high + 2e-12 <= 1 + 2e-12


def test_no_rate_is_made_of_fewer_than_thirty() -> None:
    """Nor where nothing was accepted that they could be compared with."""
    audits = Audits(accepted=[0.1, 0.2, 0.3, 0.4])
    audits.audited = [0.0] * (LEAST - 1)
    assert LEAST == 30
    assert audits.rate() is None
    assert audits.report()["false_rejection_rate"] is None
    assert not audits.harmful
    audits.audited.append(0.4)
    rate = audits.rate()
    assert rate is not None
    assert rate == pytest.approx(wilson(1, 30))
    audits.accepted.clear()
    assert audits.rate() is None


def test_as_good_as_the_better_quarter_is_refused_wrongly() -> None:
    """What failed never is, even where all of the accepted failed."""
    audits = Audits(accepted=[float(n) for n in range(100)])
    audits.audited = [75.0] * 10 + [74.0] * 20 + [-math.inf] * 10
    rate = audits.rate()
    assert rate is not None
    assert rate[0] == 10 / 40
    assert audits.report()["falsely_rejected"] == 10
    audits.accepted = [-math.inf] * 3
    audits.audited = [-math.inf] * 40
    rate = audits.rate()
    assert rate is not None
    assert rate[0] == 0.0


def test_only_a_filter_that_is_worse_than_chance_is_harmful() -> None:
    """By the lower end of the interval; after it is loosened it is counted anew."""
    audits = Audits(accepted=[float(n) for n in range(100)])
    audits.audited = [99.0] * 12 + [0.0] * 28  # 30 %, from 18 %
    assert not audits.harmful
    audits.audited = [99.0] * 18 + [0.0] * 22  # 45 %, from 31 %
    rate = audits.rate()
    assert rate is not None
    assert rate[1] > GOOD
    assert audits.harmful
    audits.loosened()
    assert not audits.harmful
    assert audits.rate() == rate
    audits.audited += [99.0] * (LEAST - 1)
    assert not audits.harmful
    audits.audited.append(99.0)
    assert audits.harmful


@given(
    st.integers(0, 99),
    st.lists(fitness, max_size=60),
    st.lists(fitness, max_size=60),
    st.booleans(),
)
def test_the_state_goes_through_json(
    refused: int, accepted: list[float], audited: list[float], loosened: bool
) -> None:
    """Failures too, which JSON has no number for."""
    audits = Audits(refused, len(audited), accepted, audited)
    if loosened:
        audits.loosened()
    again = Audits.restored(json.loads(json.dumps(audits.state(), allow_nan=False)))
    assert again == audits
    json.dumps(audits.report(), allow_nan=False)
