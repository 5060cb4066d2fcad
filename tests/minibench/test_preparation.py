"""Which networks are kept of what searches have trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bench_records import PROBLEM, record
from hypothesis import given
from hypothesis import strategies as st

from evonas.candidate import Recipe
from minibench.preparation import prepare
from minibench.records import BenchRecord

#: networks that differ in their recipe, so that they are quick to make
RATES = [round(0.001 * (n + 1), 4) for n in range(40)]


def trained(values: list[float]) -> list[BenchRecord]:
    """A record of another candidate for each value."""
    return [
        record(value, recipe=Recipe(learning_rate=rate))
        for value, rate in zip(values, RATES, strict=False)
    ]


@given(
    values=st.lists(st.floats(0, 1), max_size=30),
    best=st.integers(1, 12),
    background=st.integers(0, 12),
    rises=st.booleans(),
)
def test_the_best_are_kept_and_the_background_is_of_the_rest(
    values: list[float], best: int, background: int, rises: bool
) -> None:
    """Whichever way the metric is better, nothing that is left out is better."""
    problem = replace(PROBLEM, direction="maximise" if rises else "minimise")
    records = trained(values)
    found = prepare(problem, records, best, background, np.random.default_rng(1))
    assert found.trained == len(records)
    assert len(found.best) == min(best, len(records))
    assert len(found.background) == min(background, len(records) - len(found.best))
    kept = {one.id for one in found.best}
    others = [one for one in records if one.id not in kept]
    assert {one.id for one in found.background} <= {one.id for one in others}
    sign = 1 if rises else -1
    order = [sign * one.metrics["validation_accuracy"] for one in found.best]
    assert order == sorted(order, reverse=True)
    for one in others:
        assert sign * one.metrics["validation_accuracy"] <= order[-1]


def test_a_network_counts_once_with_its_recipe() -> None:
    """The same candidate, measured again, is not a second one; another recipe is."""
    first, again = record(0.5), record(0.9, seed=2)
    other = record(0.1, recipe=Recipe(learning_rate=0.5))
    found = prepare(PROBLEM, [first, again, other], 5, 5, np.random.default_rng(1))
    assert [one.id for one in found.best] == [first.id, other.id]
    assert found.trained == 2


def test_networks_of_unknown_recipes_count_by_their_graph() -> None:
    """The same graph again is the same network."""
    records = [record(0.5, recipe=None), record(0.6, recipe=None, seed=2)]
    records.append(record(0.4, filters=7, recipe=None))
    found = prepare(PROBLEM, records, 5, 5, np.random.default_rng(1))
    assert len(found.best) == 2


def test_records_without_the_metric_are_left_out() -> None:
    """They cannot be ranked."""
    lost = record(metrics={"validation_loss": 1.0})
    found = prepare(PROBLEM, [lost, record()], 5, 5, np.random.default_rng(1))
    assert [one.id for one in found.best] == [record().id]


def test_the_background_is_drawn_evenly() -> None:
    """Each of ten others comes about equally often."""
    records = trained([0.9] + [0.1] * 10)
    counts = dict.fromkeys((one.id for one in records), 0)
    for seed in range(1000):
        found = prepare(PROBLEM, records, 1, 3, np.random.default_rng(seed))
        for one in found.background:
            counts[one.id] += 1
    assert counts.pop(records[0].id) == 0
    # binomial, 1000 draws at 0.3: five deviations are 72
    assert all(228 < count < 372 for count in counts.values())
