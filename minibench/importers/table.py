"""Records of a published table: its cells unrolled, each training a record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.cells import Cell
from evonas.errors import ArchitectureError, ConfigError, DataError
from evonas.evaluation import Fidelity
from evonas.formats import Results
from minibench.cost import BenchCost
from minibench.importers.importer import Found, ImportOptions, Pace, Progress
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord


@dataclass(frozen=True)
class Origin:
    """What is true of every record of a table.

    Attributes:
        name: of the table and its data set, as records name their run.
        problem: that its cells were trained on.
        provenance: of its measurements.
        cell_of: the cell of a row of its results.
        key_of: what the file says that the cell's key is; None: it says nothing.
        test: name of the test metric.
        input_shape: of a sample; None: the problem's.
    """

    name: str
    problem: Problem
    provenance: Provenance
    cell_of: Callable[[tuple[str, ...]], Cell]
    key_of: Callable[[tuple[str, ...]], str] | None = None
    test: str = "test"
    input_shape: Shape | None = None

    @property
    def shape(self) -> Shape:
        """Of a sample."""
        return self.input_shape or self.problem.input_shape


def table_records(
    results: Results, origin: Origin, progress: Progress, options: ImportOptions
) -> Iterator[Found]:
    """A record for every training that the table has of every cell.

    A table with several runs tells some values as their mean alone; those are named
    `mean_test_accuracy` and the like. The seconds of a training are the mean where it
    tells no others.

    Args:
        results: as a reader of `evonas.formats` gives them.
        origin: of them.
        progress: is told how many cells are done.
        options: `best` and `others` matter.

    Raises:
        ConfigError: `others` without `best`.
        DataError: a row is no cell; with its number.
    """
    rows = _chosen(results, origin, options)
    pace = Pace(progress, len(rows))
    told = _Told(results, origin)
    for row in rows:
        first: BenchRecord | None = None
        for epochs in sorted(results.validation):
            for run, value in enumerate(results.validation[epochs][row]):
                if math.isnan(value):
                    continue
                if first is None:
                    first = _first(results, origin, row)
                changes = told.fields(first, row, epochs, run)
                yield origin.problem, first.again(**changes)
        pace.step()
    pace.end()


def _chosen(results: Results, origin: Origin, options: ImportOptions) -> Sequence[int]:
    """Numbers of the rows that are taken."""
    count = len(results.rows)
    if options.best is None:
        if options.others is not None:
            raise ConfigError(
                "import: others: expected `best` beside it, got none: without it all "
                "cells are taken"
            )
        return range(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row without a value
        means = np.nanmean(results.validation[max(results.validation)], axis=1)
    if origin.problem.direction == "minimise":
        means = -means
    ranked = np.argsort(-np.nan_to_num(means, nan=-np.inf), kind="stable").tolist()
    best, left = ranked[: options.best], sorted(ranked[options.best :])
    drawn = np.random.default_rng(0).permutation(len(left))[: options.others or 0]
    return [*best, *(left[place] for place in sorted(drawn.tolist()))]


def _first(results: Results, origin: Origin, row: int) -> BenchRecord:
    """A record of the row's network, without its measurements."""
    place = f"{results.source}, row {row + 1}"
    try:
        cell = origin.cell_of(results.rows[row])
        if origin.key_of is not None:
            given, own = origin.key_of(results.rows[row]), cell.key()
            if given != own:
                raise DataError(
                    f"{place}: expected the key {own} of its cell, got {given}; the "
                    "file is damaged"
                )
        architecture = cell.architecture()
        cost = BenchCost.of(architecture, origin.shape)
    except (ArchitectureError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{place}: {error}") from error
    return BenchRecord(
        problem=origin.problem.key,
        architecture=architecture,
        input_shape=origin.shape,
        recipe=Candidate.of(cell).recipe,
        fidelity=Fidelity(),
        metrics={},
        cost=cost,
        provenance=origin.provenance,
        strategy="table",
        run=origin.name,
    )


class _Told:
    """What a table tells of one training."""

    def __init__(self, results: Results, origin: Origin) -> None:
        self._results = results
        self._origin = origin

    def fields(
        self, first: BenchRecord, row: int, epochs: float, run: int
    ) -> Mapping[str, object]:
        """Fields of the record that differ from those of the row's first."""
        results, metric = self._results, self._origin.problem.metric
        value = float(results.validation[epochs][row][run])
        metrics = {f"validation_{metric}": value}
        several = results.validation[epochs].shape[1] > 1
        test = self._single("test", row, epochs, run)
        if test is not None:
            metrics[f"{self._origin.test}_{metric}"] = test
        elif epochs in results.test:
            mean = "mean_" if several else ""
            found = float(results.test[epochs][row])
            metrics[f"{mean}{self._origin.test}_{metric}"] = found
        for name, by_epochs in results.measures.items():
            single = self._single(name, row, epochs, run)
            found = float(by_epochs[epochs][row]) if single is None else single
            metrics[name] = found
        if len(results.parameters) and results.parameters[row] != first.cost.parameters:
            metrics["published_parameters"] = float(results.parameters[row])
        seconds = self._single("seconds", row, epochs, run)
        if seconds is None and epochs in results.seconds:
            seconds = float(results.seconds[epochs][row])
        known = seconds is not None and not math.isnan(seconds)
        name = self._origin.name
        return {
            "fidelity": _fidelity(epochs),
            "metrics": {n: v for n, v in metrics.items() if not math.isnan(v)},
            "cost": replace(first.cost, seconds=seconds if known else None),
            "seed": results.seeds[run] if results.seeds else None,
            "run": f"{name} run {run}" if several else name,
        }

    def _single(self, name: str, row: int, epochs: float, run: int) -> float | None:
        values = self._results.runs.get(name, {}).get(epochs)
        return None if values is None else float(values[row][run])


@lru_cache(maxsize=256)
def _fidelity(epochs: float) -> Fidelity:
    return Fidelity(float(epochs))
