"""Values of options: durations, and overrides that a run can take."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.cli.options import allow_only, refuse_both
from evonas.config import seconds_of
from evonas.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("90s", 90),
        ("45m", 2700),
        ("1h30m", 5400),
        ("2d", 172800),
        ("0s", 0),
        ("05:30", 330),
        ("1:30:00", 5400),
        ("1-00:00:10", 86410),
    ],
)
def test_durations_as_people_and_schedulers_write_them(text, seconds):
    """Units or a clock; no time at all is no limit."""
    assert seconds_of(text) == seconds


@given(st.integers(0, 10), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_both_ways_to_write_a_duration_agree(days, hours, minutes, seconds):
    """`1d2h3m4s` is `1-2:03:04`."""
    units = f"{days}d{hours}h{minutes}m{seconds}s"
    clock = f"{days}-{hours}:{minutes:02}:{seconds:02}"
    assert seconds_of(units) == seconds_of(clock)


@pytest.mark.parametrize("text", ["", "90", "1.5h", "-3m", "m", "1:75:00", "soon"])
def test_what_is_no_duration_is_refused_with_examples(text):
    """A bare number too: of what?"""
    with pytest.raises(ConfigError, match="--wall-time: expected a time such as 90s"):
        seconds_of(text)


def test_workers_and_ranks_exclude_each_other():
    """One of both says how many work."""
    refuse_both(2, None)
    refuse_both(None, 3)
    with pytest.raises(ConfigError, match="expected --workers or --mpi, got both"):
        refuse_both(2, 3)


@pytest.mark.parametrize(
    "text", ["budget.minutes=3", "budget={minutes: 3}", "final.x=1"]
)
def test_a_run_takes_what_its_records_do_not_depend_on(text):
    """Whole sections and single keys."""
    allow_only([text], ("budget", "final"), Path("runs/one"))


@pytest.mark.parametrize("text", ["seed=1", "fidelity.epochs=3", "budgets.x=1"])
def test_a_run_refuses_what_its_records_depend_on(text):
    """Another seed is another run."""
    with pytest.raises(
        ConfigError, match=r"expected a key of budget, since the records"
    ):
        allow_only([text], ("budget",), Path("runs/one"))
