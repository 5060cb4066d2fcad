"""What a batch scheduler tells about the end of its job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.schedulers import END_VARIABLES, default_reserve, job_seconds_left
from evonas.errors import EvonasWarning


@given(st.integers(1, 10**7), st.sampled_from(END_VARIABLES))
def test_the_end_of_the_job_is_read(seconds: int, name: str) -> None:
    """Whoever tells it, in seconds since 1970."""
    environment = {name: str(1_700_000_000 + seconds)}
    assert job_seconds_left(environment, now=1_700_000_000.0) == seconds


def test_outside_of_a_job_there_is_no_end() -> None:
    """An empty variable tells nothing either."""
    assert job_seconds_left({}) is None
    assert job_seconds_left({"SLURM_JOB_END_TIME": ""}) is None


def test_the_job_script_knows_better_than_the_scheduler() -> None:
    """It sets its variable on purpose."""
    environment = dict(zip(END_VARIABLES, ("150", "190"), strict=True))
    assert job_seconds_left(environment, now=100.0) == 50


@pytest.mark.parametrize(
    ("text", "words"),
    [("99", "is over"), ("tomorrow", "is no time"), ("inf", "is no time")],
)
def test_an_end_that_cannot_be_is_ignored_and_told(text: str, words: str) -> None:
    """A terminal outlives the job in which it was opened."""
    with pytest.warns(EvonasWarning, match=f"SLURM_JOB_END_TIME: expected .*{words}"):
        assert job_seconds_left({"SLURM_JOB_END_TIME": text}, now=100.0) is None


@given(st.floats(0, 1e7))
def test_stopping_has_its_time_and_no_more(left: float) -> None:
    """Ten seconds to two minutes, growing with the job."""
    assert 10 <= default_reserve(left) <= 120
    assert default_reserve(left) <= default_reserve(left + 1)
