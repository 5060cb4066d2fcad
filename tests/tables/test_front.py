"""A table's own Pareto front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from published_tables import CELLS, made_up, made_up_table, real_file

from evonas.errors import ConfigError
from evonas.population import Objective
from evonas.space import Limits
from evonas.tables import Table, TableFront, open_table, table_from_results

BOTH = (
    Objective("validation_accuracy"),
    Objective("latency_seconds", "minimise"),
)


def points(table: Table) -> dict[str, tuple[float, float]]:
    """Key → what the two objectives gain, by the table's single queries."""
    return {
        key: (
            table.mean_validation(key, 200),
            -table.measured(key, 200)["latency_seconds"],
        )
        for key in table.rows
    }


def nondominated(found: dict[str, tuple[float, float]]) -> set[str]:
    """By the definition."""
    return {
        key
        for key, (a, b) in found.items()
        if not any(x >= a and y >= b and (x, y) != (a, b) for x, y in found.values())
    }


@pytest.mark.parametrize("limit", [None, 0.035])
def test_the_front_has_all_of_its_volume_and_less_has_less(limit: float | None) -> None:
    """By the means over the runs, among the cells within the limits."""
    table = made_up_table()
    front = TableFront(table, BOTH, 200, limits=Limits(latency_seconds=limit))
    allowed = {k: p for k, p in points(table).items() if -p[1] <= (limit or 1)}
    best = nondominated(allowed)
    assert front.measure(best) == {
        "share": pytest.approx(1.0),
        "true_front": len(best),
        "found": len(best),
    }
    worse = sorted(set(allowed) - best)
    assert front.measure([])["share"] == 0.0
    if worse:
        assert front.measure(worse[:1])["found"] == 0
        assert front.measure(worse)["share"] < 1.0


def test_trainings_beyond_the_time_limit_are_no_part_of_it() -> None:
    """A search would have ended them."""
    table = made_up_table()
    whole = TableFront(table, BOTH, 200, limits=Limits())
    short = TableFront(table, BOTH, 200, limits=Limits(), time_limit_seconds=1700)
    (only,) = short.known.points
    assert tuple(only) == points(table)[next(iter(table.rows))]
    assert len(whole.known.points) >= 1


def test_a_cell_that_was_not_measured_is_no_part_of_it() -> None:
    """Nobody knows where it would stand."""
    results = made_up()
    results.measures["latency_seconds"][200][0] = np.nan
    table = table_from_results("nasbench201", results)
    front = TableFront(table, BOTH, 200, limits=Limits())
    known = {k: p for k, p in points_with(table).items() if not np.isnan(p[1])}
    assert {tuple(p) for p in front.known.points} == {
        known[key] for key in nondominated(known)
    }


def points_with(table: Table) -> dict[str, tuple[float, float]]:
    """Like `points`; NaN where the latency was not measured."""
    return {
        key: (
            table.mean_validation(key, 200),
            -table.measured(key, 200).get("latency_seconds", np.nan),
        )
        for key in table.rows
    }


@pytest.mark.parametrize(
    ("objectives", "limits", "name"),
    [
        ((BOTH[0], Objective("multiply_adds", "minimise")), Limits(), "multiply_adds"),
        (BOTH, Limits(memory_bytes=1e9), "memory_bytes"),
        ((BOTH[0], Objective("energy_joules", "minimise")), Limits(), "energy_joules"),
    ],
)
def test_what_the_table_does_not_tell_is_refused(
    objectives: tuple[Objective, ...], limits: Limits, name: str
) -> None:
    """By its name."""
    with pytest.raises(ConfigError, match=rf"tells for every cell, got {name}"):
        TableFront(made_up_table(), objectives, 200, limits=limits)


def test_columns_agree_with_single_queries() -> None:
    """Cell by cell; isomorphic rows count once, missing runs not at all."""
    table = made_up_table()
    columns = {
        name: table.column(name, 200)
        for name in ("validation_accuracy", "latency_seconds", "parameters", "seconds")
    }
    for place, key in enumerate(table.rows):
        found = {name: values[place] for name, values in columns.items()}
        assert found == {
            "validation_accuracy": pytest.approx(table.mean_validation(key, 200)),
            "latency_seconds": table.measured(key, 200)["latency_seconds"],
            "parameters": table.parameters(key),
            "seconds": table.query(key, 200, 0).seconds,
        }
    assert len(columns["seconds"]) == len(CELLS) - 1
    assert not table.has("energy_joules")
    assert not table_from_results("nasbench201", replace(made_up(), seconds={})).has(
        "seconds"
    )
    with pytest.raises(KeyError, match="energy_joules"):
        table.column("energy_joules", 200)


@pytest.mark.parametrize(
    ("name", "file", "dataset", "cost"),
    [
        (
            "nasbench201",
            "nasbench201/nasbench201_cifar.csv.gz",
            "cifar10",
            "latency_seconds",
        ),
        ("ecnas", "ecnas/ecnas_4v_5v.csv.gz", "5V", "energy_joules"),
    ],
)
def test_the_real_fronts_are_what_sorting_gives(
    name: str, file: str, dataset: str, cost: str
) -> None:
    """Cheapest first, a cell is on the front when nothing before it is as good."""
    table = open_table(name, real_file(file), dataset)
    epochs = table.epochs[-1]
    objectives = BOTH[0], Objective(cost, "minimise")
    front = TableFront(table, objectives, epochs, limits=Limits())
    accuracy = table.column("validation_accuracy", epochs)
    spent = table.column(cost, epochs)
    expected, best = [], -np.inf
    for place in np.lexsort((-accuracy, spent)):
        if accuracy[place] > best:
            best = accuracy[place]
            expected.append((best, -spent[place]))
    found = {(a, b) for a, b in front.known.points}
    assert found == set(expected)
    assert front.known.share(expected) == pytest.approx(1.0)
