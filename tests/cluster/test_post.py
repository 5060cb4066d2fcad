"""The messages between manager and workers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.executor import Failure, FailureKind, Limits
from cluster.keeper import Job, JobEnd
from cluster.post import (
    pack_end,
    pack_hello,
    pack_jobs,
    pack_number,
    pack_unusable,
    unpack_end,
    unpack_hello,
    unpack_jobs,
    unpack_number,
    unpack_unusable,
)

NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)
LIMITS = st.builds(
    Limits,
    st.none() | st.floats(min_value=0, max_value=1e9),
    st.none() | st.integers(min_value=0, max_value=2**62),
)


@given(jobs=st.lists(st.builds(Job, NUMBERS, st.binary(max_size=50), LIMITS)))
def test_jobs_arrive_as_they_were_sent(jobs: list[Job]) -> None:
    """In order, with their limits or without."""
    assert list(unpack_jobs(pack_jobs(jobs))) == jobs


@given(number=NUMBERS, seconds=st.floats(allow_nan=False), value=st.binary(max_size=50))
def test_a_value_arrives_as_it_was_sent(
    number: int, seconds: float, value: bytes
) -> None:
    """An empty one too."""
    end = JobEnd(number, value, None, seconds)
    assert unpack_end(pack_end(end)) == end


@given(detail=st.text())
@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_failure_arrives_as_it_was_sent(kind: FailureKind, detail: str) -> None:
    """Every kind, with its detail."""
    end = JobEnd(1, None, Failure(kind, detail), 0.5)
    assert unpack_end(pack_end(end)) == end


@given(
    number=NUMBERS, text=st.text(), environment=st.dictionaries(st.text(), st.text())
)
def test_the_small_letters_arrive_as_they_were_sent(
    number: int, text: str, environment: dict[str, str]
) -> None:
    """Numbers, reasons and settings."""
    assert unpack_number(pack_number(number)) == number
    assert unpack_unusable(pack_unusable(number, text)) == (number, text)
    hello = (number, environment, text, 0.25)
    assert unpack_hello(pack_hello(*hello)) == hello
