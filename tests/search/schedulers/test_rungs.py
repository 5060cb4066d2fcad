"""Rungs and brackets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evaluation import Fidelity
from evonas.search.schedulers.rungs import Bracket, Rungs, ranked

values = st.lists(
    st.none() | st.tuples(st.integers(-3, 3)) | st.tuples(st.floats(-9, 9)),
    max_size=12,
)


@given(st.floats(0.1, 300), st.integers(2, 6), st.integers(2, 5))
def test_each_rung_is_so_many_times_as_long(
    epochs: float, count: int, reduction: int
) -> None:
    """The last is the full fidelity, and every rung is found again by its fidelity."""
    full = Fidelity(epochs, 0.5)
    rungs = Rungs.below(full, count, reduction)
    assert rungs.fidelities[-1] == full
    for lower, higher in itertools.pairwise(rungs.fidelities):
        assert higher.epochs == pytest.approx(reduction * lower.epochs)
    for rung, fidelity in enumerate(rungs.fidelities):
        assert rungs.rung_of(Fidelity.from_json(fidelity.to_json())) == rung
    assert rungs.rung_of(Fidelity(epochs, 0.25)) is None
    assert rungs.rung_of(Fidelity(epochs * 1.1, 0.5)) is None


def test_hyperbands_brackets_are_those_of_the_paper() -> None:
    """Table 1 of Li et al. 2018: R = 81, reduction 3; its first rungs and counts."""
    brackets = Rungs.below(Fidelity(81.0), 5, 3).hyperband()
    assert brackets == ((0, 81), (1, 34), (2, 15), (3, 8), (4, 5))


@given(st.integers(1, 7), st.integers(2, 5))
def test_a_bracket_ends_with_one_candidate_at_least(count: int, reduction: int) -> None:
    """At each rung one in `reduction` is left, rounded down, but never nobody."""
    rungs = Rungs.below(Fidelity(9.0), max(2, count), reduction)
    for bracket in (*rungs.hyperband(), Bracket(0, 2), Bracket(0, rungs.full_size)):
        counts = rungs.counts(bracket)
        assert len(counts) == rungs.top - bracket.start + 1
        for before, after in itertools.pairwise(counts):
            assert after == max(1, before // reduction)
    assert rungs.counts(Bracket(0, rungs.full_size))[-1] == 1


def test_the_mean_effort_counts_what_each_training_adds() -> None:
    """9 × 1 + 3 × 2 + 1 × 6 epochs are 21 in 13 requests."""
    rungs = Rungs.below(Fidelity(9.0), 3, 3)
    assert rungs.mean_effort([Bracket(0, 9)]) == pytest.approx(21 / 13)


@given(values)
def test_the_ranking_is_by_value_then_by_place(
    given_values: list[tuple[float, ...] | None],
) -> None:
    """Everything that did not fail, the best first, of equals the earlier one."""
    order = ranked(given_values)
    alive = [n for n, value in enumerate(given_values) if value is not None]
    assert sorted(order) == alive
    keys = [(-given_values[n][0], n) for n in order]  # type: ignore[index]
    assert keys == sorted(keys)


def test_several_objectives_are_ranked_by_front() -> None:
    """What is dominated comes after what dominates it."""
    order = ranked([(0.0, 0.0), (2.0, 0.0), None, (0.0, 2.0), (1.0, 1.0), (2.0, 2.0)])
    assert order[0] == 5
    assert order[-1] == 0
