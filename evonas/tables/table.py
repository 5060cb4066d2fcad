"""A table of results: cells by their keys, and what training each one has given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Shape
from evonas.cells import Cell
from evonas.errors import ArchitectureError, ConfigError, DataError
from evonas.formats import Results
from evonas.genome import GenomeSpace
from evonas.space import Limits
from evonas.space.space import Modality

#: rows whose cell is held against the key that the file gives it
_CHECKED = 100


class Measurement(NamedTuple):
    """What one training of a cell has given.

    Attributes:
        validation: the metric on the validation data, of one run.
        seconds: of the training; 0 where the table has no times.
    """

    validation: float
    seconds: float


@dataclass(frozen=True)
class Kind:
    """What is true of every table of one name.

    Attributes:
        name: of the table in configs.
        cell_of: the cell of a row of the results.
        key_of: its key, perhaps without making the cell.
        space: makes the space of its cells, with the keys that are known and limits.
        metric: what validation and test report.
        direction: which way is better.
        modality: of the data.
        outputs: values that a network gives for a sample.
        input_shape: of one sample.
        parameters: of a cell, where the source's own are missing or wrong.
    """

    name: str
    cell_of: Callable[[tuple[str, ...]], Cell]
    key_of: Callable[[tuple[str, ...]], str]
    space: Callable[..., GenomeSpace[Any]]
    metric: str
    direction: Literal["maximise", "minimise"]
    modality: Modality
    outputs: int
    input_shape: Shape
    parameters: Callable[[str], float] | None = None


class Table:
    """Answers queries from the results of a file.

    Isomorphic cells are one: of several rows of such, the first counts.

    Args:
        kind: of the table.
        results: that were read.

    Raises:
        DataError: a row is no cell, or not the one that its key says.
    """

    def __init__(self, kind: Kind, results: Results) -> None:
        self._kind = kind
        self._results = results
        keys: dict[str, int] = {}
        try:
            for row, given in enumerate(results.rows):
                keys.setdefault(kind.key_of(given), row)
            for row in range(0, len(results.rows), len(results.rows) // _CHECKED + 1):
                self._check(row)
        except (ArchitectureError, ValueError) as error:
            raise DataError(
                f"{results.source}, row {row + 1}: {error}; the file is damaged or of "
                "another table"
            ) from None
        #: key → row of the results
        self.rows: Mapping[str, int] = MappingProxyType(keys)
        self._runs = {
            epochs: _Runs(values, results.seconds.get(epochs))
            for epochs, values in results.validation.items()
        }

    def _check(self, row: int) -> None:
        given = self._results.rows[row]
        key, own = self._kind.key_of(given), self._kind.cell_of(given).key()
        if key != own:
            raise DataError(
                f"{self._results.source}, row {row + 1}: expected the key {own} of its "
                f"cell, got {key}; the file is damaged"
            )

    def __len__(self) -> int:
        return len(self.rows)

    # What the rest of the house asks of a task ---------------------------------------

    @property
    def name(self) -> str:
        """`nasbench201 cifar10` and the like."""
        return f"{self._kind.name} {self._results.dataset}"

    @property
    def metric(self) -> str:
        """What validation and test report."""
        return self._kind.metric

    @property
    def direction(self) -> Literal["maximise", "minimise"]:
        """Which way the metric is better."""
        return self._kind.direction

    @property
    def modality(self) -> Modality:
        """Of the data that the cells were trained on."""
        return self._kind.modality

    @property
    def input_shape(self) -> Shape:
        """Of one sample of these data."""
        return self._kind.input_shape

    @property
    def outputs(self) -> int:
        """Values that a network gives for a sample."""
        return self._kind.outputs

    @cached_property
    def version(self) -> str:
        """Hex digest of everything that it can answer."""
        digest = hashlib.sha256(f"{self.name} {len(self)}".encode())
        digest.update("\n".join(self.rows).encode())
        results = self._results
        tables = [results.validation, results.seconds, results.test]
        for by_epochs in (*tables, *results.measures.values()):
            for epochs, values in by_epochs.items():
                digest.update(f"{epochs:g}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:32]

    # The table itself ----------------------------------------------------------------

    @property
    def epochs(self) -> tuple[float, ...]:
        """Lengths of training that it has, ascending."""
        return tuple(sorted(self._runs))

    @property
    def has_seconds(self) -> bool:
        """Whether it knows how long trainings took."""
        return bool(self._results.seconds)

    @property
    def has_test(self) -> bool:
        """Whether it has a test metric at the longest training."""
        return self.epochs[-1] in self._results.test

    @property
    def measures(self) -> tuple[str, ...]:
        """Further metrics of each record: `latency_seconds`, `energy_joules`."""
        return tuple(self._results.measures)

    def space(self, limits: Limits) -> GenomeSpace[Any]:
        """The space of its cells; those that it lacks are refused."""
        return self._kind.space(known=self.rows, limits=limits)

    def cell(self, row: int) -> Cell:
        """The cell of a row of the file."""
        return self._kind.cell_of(self._results.rows[row])

    def check_epochs(self, epochs: float, setting: str) -> None:
        """Refuse a length of training that it lacks.

        Raises:
            ConfigError: naming the setting and the lengths there are.
        """
        if epochs not in self._runs:
            known = ", ".join(f"{one:g}" for one in self.epochs)
            raise ConfigError(
                f"{setting}: expected a length of training that {self.name} has "
                f"({known} epochs), got {epochs:g}"
            )

    def query(self, key: str, epochs: float, seed: int) -> Measurement:
        """What training a cell once has given.

        Args:
            key: `Cell.key()`.
            epochs: length of the training, one of `epochs`.
            seed: chooses among the runs that there are of it.

        Raises:
            KeyError: it has no such cell.
            ConfigError: it has no such length.
        """
        runs = self._runs.get(epochs)
        if runs is None:
            self.check_epochs(epochs, "fidelity.epochs")
            raise AssertionError  # the check has raised
        return runs.take(self.rows[key], seed)

    def mean_validation(self, key: str, epochs: float) -> float:
        """The metric on the validation data, mean over the runs."""
        return self._runs[epochs].mean(self.rows[key])

    def test(self, key: str, epochs: float) -> float | None:
        """The metric on the test data, mean over the runs; None: it has none."""
        return self._value(self._results.test, key, epochs)

    def best_test(self, epochs: float) -> float | None:
        """The best test metric of any cell; None: it has none at this length."""
        values = self._results.test.get(epochs)
        return None if values is None else self._best(values)

    def best_validation(self, epochs: float) -> float | None:
        """The best mean validation metric of any cell; None: no cell has one."""
        return self._best(self._runs[epochs].means)

    def _best(self, values: NDArray[np.float64]) -> float | None:
        # rows of isomorphic cells that do not count are left out
        known = values[list(self.rows.values())]
        known = known[~np.isnan(known)]
        if not len(known):
            return None
        return float(known.max() if self.direction == "maximise" else known.min())

    def measured(self, key: str, epochs: float) -> dict[str, float]:
        """The further metrics of a cell that were measured."""
        found = {}
        for name, by_epochs in self._results.measures.items():
            value = self._value(by_epochs, key, epochs)
            if value is not None:
                found[name] = value
        return found

    def parameters(self, key: str) -> float | None:
        """Trainable parameters of the network; None: it does not say."""
        if self._kind.parameters is not None:
            return self._kind.parameters(key)
        if not len(self._results.parameters):
            return None
        return float(self._results.parameters[self.rows[key]])

    def has(self, name: str) -> bool:
        """Whether it tells this value of its cells, see `column`."""
        return (
            name in (f"validation_{self.metric}", *self.measures)
            or (name == "seconds" and self.has_seconds)
            or (name == "parameters" and self._counts_parameters)
        )

    @property
    def _counts_parameters(self) -> bool:
        return self._kind.parameters is not None or len(self._results.parameters) > 0

    def column(self, name: str, epochs: float) -> NDArray[np.float64]:
        """One value of every cell, in the order of `rows`; NaN where there is none.

        Args:
            name: `validation_<metric>` (the mean over the runs), one of `measures`,
                `parameters` or `seconds`.
            epochs: length of the training.

        Raises:
            KeyError: it tells no such value, or not of this length.
        """
        if not self.has(name):
            raise KeyError(name)
        if name == "parameters":
            return np.array([self.parameters(key) for key in self.rows], np.float64)
        if name == f"validation_{self.metric}":
            values = self._runs[epochs].means
        elif name == "seconds":
            values = self._results.seconds[epochs]
        else:
            values = self._results.measures[name][epochs]
        return values[np.fromiter(self.rows.values(), np.intp, len(self.rows))]

    def _value(
        self,
        by_epochs: Mapping[float, NDArray[np.float64]],
        key: str,
        epochs: float,
    ) -> float | None:
        values = by_epochs.get(epochs)
        value = np.nan if values is None else float(values[self.rows[key]])
        return None if np.isnan(value) else value


class _Runs:
    """The trainings of one length, ready for quick answers.

    Args:
        validation: (rows, runs), NaN where there was no run.
        seconds: (rows,); None: no times.
    """

    def __init__(
        self, validation: NDArray[np.float64], seconds: NDArray[np.float64] | None
    ) -> None:
        taken = ~np.isnan(validation)
        # Runs that there are come first, so that a seed chooses among them by place.
        order = np.argsort(~taken, axis=1, kind="stable")
        self._values = np.take_along_axis(validation, order, 1)
        self._counts = taken.sum(1)
        self._seconds = np.zeros(len(validation)) if seconds is None else seconds

    def take(self, row: int, seed: int) -> Measurement:
        """One run; NaN where the cell was not trained for so long."""
        count = self._counts.item(row)
        place = seed % count if count else 0
        return Measurement(self._values.item(row, place), self._seconds.item(row))

    @property
    def means(self) -> NDArray[np.float64]:
        """Of every row over all its runs; NaN where there are none."""
        known = np.where(self._counts > 0, self._counts, np.nan)
        total: NDArray[np.float64] = np.nansum(self._values, axis=1) / known
        return total

    def mean(self, row: int) -> float:
        """Over all runs; NaN where there are none."""
        count = self._counts.item(row)
        return float(self._values[row, :count].mean()) if count else float("nan")


def closest(name: str, known: Sequence[str]) -> str:
    """A hint for a name that was mistyped."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
