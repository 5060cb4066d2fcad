"""Tests of orders and splits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evonas.tasks.splits import shuffled_order, stratified_order

SEEDS = st.integers(0, 2**32)
LABELS = st.lists(st.integers(0, 5), min_size=1, max_size=200).map(np.array)


@given(LABELS, SEEDS)
def test_a_stratified_order_holds_every_sample_once(
    labels: np.ndarray, seed: int
) -> None:
    """It is a permutation, also with classes that never occur."""
    order = stratified_order(labels, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(labels)))


@given(LABELS, SEEDS, st.floats(0, 1))
def test_every_first_part_holds_each_class_by_its_share(
    labels: np.ndarray, seed: int, share: float
) -> None:
    """A class is near its share of a first part, whatever the sizes of the others.

    Each class is cut at the same quantile, so it is rounded by at most half a sample;
    the roundings of all of them move the quantile, by its share in each class.
    """
    order = stratified_order(labels, np.random.default_rng(seed))
    count = round(share * len(labels))
    first = np.bincount(labels[order[:count]], minlength=6)
    shares = np.bincount(labels, minlength=6) / len(labels)
    moved = 0.5 * np.count_nonzero(shares) * shares
    assert np.all(np.abs(first - shares * count) <= 0.5 + moved + 1e-9)


@given(LABELS, SEEDS)
def test_equal_seeds_give_equal_orders(labels: np.ndarray, seed: int) -> None:
    """Nothing but the generator decides."""
    first, second = (
        stratified_order(labels, np.random.default_rng(seed)) for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_seeds_matter_and_classes_do_not_come_in_their_own_order() -> None:
    """Ties between classes of one size are drawn, not taken in label order."""
    labels = np.arange(100) % 10
    orders = [stratified_order(labels, np.random.default_rng(seed)) for seed in (1, 2)]
    assert not np.array_equal(*orders)
    assert list(labels[orders[0][:10]]) != list(range(10))


@given(st.integers(1, 50), SEEDS)
def test_a_shuffled_order_holds_every_sample_once(count: int, seed: int) -> None:
    """For tasks without classes."""
    order = shuffled_order(count, np.random.default_rng(seed))
    assert sorted(order) == list(range(count))
