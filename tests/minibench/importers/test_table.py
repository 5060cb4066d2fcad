"""Tables as records: every training once, with what the table tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from published_tables import CELLS, made_up

from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError, DataError
from evonas.evaluation import Fidelity
from evonas.formats import Results
from minibench import BenchCost, BenchRecord, Problem, Provenance
from minibench.importers.importer import ImportOptions
from minibench.importers.table import Origin, table_records

ORIGIN = Origin(
    name="made up",
    problem=Problem(
        name="cifar10",
        version="made-up",
        modality="image",
        input_shape=(3, 32, 32),
        kind="classification",
        outputs=10,
        metric="accuracy",
        direction="maximise",
    ),
    provenance=Provenance("Ada", "2026", "nowhere", "CC0-1.0"),
    cell_of=lambda row: NasBench201Cell(row[0]),
)


def read(results: Results, origin: Origin = ORIGIN) -> list[BenchRecord]:
    """All records of some results."""
    return [
        record
        for _, record in table_records(
            results, origin, lambda *_: None, ImportOptions()
        )
    ]


def test_every_training_is_a_record() -> None:
    """Cells times lengths times runs, but for the run that was not made."""
    results = made_up()
    records = read(results)
    missing = 2
    assert len(records) == len(CELLS) * 2 * 3 - missing
    assert len({record.id for record in records}) == len(records)
    for row, ops in enumerate(CELLS):
        architecture = NasBench201Cell(ops).architecture()
        mine = [one for one in records if one.architecture == architecture]
        told = {
            (one.fidelity.epochs, one.metrics["validation_accuracy"]) for one in mine
        }
        expected = {
            (float(epochs), float(value))
            for epochs, values in results.validation.items()
            for value in values[row]
            if not np.isnan(value)
        }
        assert told == expected


def test_a_record_tells_what_the_table_tells() -> None:
    """The mean of tests as such, the network's cost, the published recipe."""
    first = read(made_up())[0]
    cell = NasBench201Cell(CELLS[0])
    assert first.architecture == cell.architecture()
    assert set(first.metrics) == {
        "validation_accuracy",
        "mean_test_accuracy",
        "latency_seconds",
    }
    assert first.cost == BenchCost.of(first.architecture, (3, 32, 32), 100.0)
    assert first.recipe is not None
    assert (first.recipe.learning_rate, first.recipe.batch_size) == (0.1, 256)
    assert (first.fidelity, first.seed) == (Fidelity(12.0), None)
    assert (first.run, first.strategy) == ("made up run 0", "table")
    assert first.provenance == ORIGIN.provenance


def test_what_is_known_of_single_runs_is_taken() -> None:
    """Test, seconds and seed of the run itself; a NaN is not taken."""
    results = made_up()
    single: Mapping[float, np.ndarray] = {
        epochs: values + 0.05 for epochs, values in results.validation.items()
    }
    seconds = {
        epochs: np.where(np.isnan(values), np.nan, 7.0)
        for epochs, values in results.validation.items()
    }
    seconds[12][1, 0] = np.nan
    told = replace(
        results, runs={"test": single, "seconds": seconds}, seeds=(777, 888, 999)
    )
    records = read(told)
    for record in records:
        metrics = record.metrics
        assert metrics["test_accuracy"] == pytest.approx(
            metrics["validation_accuracy"] + 0.05
        )
        assert "mean_test_accuracy" not in metrics
        assert record.seed in (777, 888, 999)
    assert [one.cost.seconds for one in records].count(None) == 1


def test_a_count_of_parameters_that_is_ours_is_not_repeated() -> None:
    """Only another one is kept, under a name of its own."""
    results = made_up(CELLS[:2])
    own = read(results)[0].cost.parameters
    records = read(replace(results, parameters=np.array([own, 5.0])))
    assert "published_parameters" not in records[0].metrics
    assert records[-1].metrics["published_parameters"] == 5


def test_a_row_that_is_no_cell_is_told_by_its_number() -> None:
    """Rows before it come; a key that is another cell's is damage."""
    results = made_up(CELLS[:2])
    bad = replace(results, rows=[results.rows[0], ("99",)])
    found = table_records(bad, ORIGIN, lambda *_: None, ImportOptions())
    assert len(list(islice(found, 4))) == 4
    with pytest.raises(DataError, match="made up, row 2: NAS-Bench-201 cell: expected"):
        list(found)
    keyed = replace(ORIGIN, key_of=lambda row: "nasbench201/10:000000")
    with pytest.raises(DataError, match=r"row 1: expected the key nasbench201/10:3333"):
        read(results, keyed)


def test_progress_is_told_in_cells() -> None:
    """At least at the end, with the number of all."""
    told: list[tuple[int, int | None]] = []
    list(
        table_records(made_up(), ORIGIN, lambda *now: told.append(now), ImportOptions())
    )
    assert told == [(len(CELLS), len(CELLS))]


def cells_of(best: int | None, others: int | None) -> list[str]:
    """Fingerprints of the cells of a part of a table, in its order."""
    options = ImportOptions(best=best, others=others)
    found = table_records(made_up(), ORIGIN, lambda *_: None, options)
    return list(dict.fromkeys(one.fingerprint for _, one in found))


def test_a_part_of_a_table_is_its_best_and_an_even_draw_of_the_rest() -> None:
    """Always the same one; more than there are is all."""
    every = cells_of(None, None)
    ranked = cells_of(10_000, None)
    assert sorted(ranked) == sorted(every)
    assert cells_of(2, None) == ranked[:2]
    part = cells_of(1, 2)
    assert part == cells_of(1, 2)
    assert part[0] == ranked[0]
    assert len(set(part)) == min(3, len(every))
    assert sorted(cells_of(1, 10_000)) == sorted(every)
    with pytest.raises(ConfigError, match="others: expected `best` beside it"):
        cells_of(None, 2)
