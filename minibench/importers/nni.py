"""The SQLite file of an NNI experiment, read only and without NNI.

A trial's result is joined with its parameters by the parameter id alone: with several
trials at once NNI binds the ids of its jobs to wrong parameters.

The trial's parameters become the recipe where they are named as its fields are, or as
`_ALIASES` says; `epochs` and `seed` are the training's, `architecture` is a network in
our text form. Any other name stops the import, unless `ignore` lists it. Trials without
a final result are no records.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from evonas.architecture.wording import shown
from evonas.errors import ConfigError, DataError
from evonas.evaluation import Fidelity
from minibench import strict
from minibench.canonical import canonical, digest
from minibench.checks import check
from minibench.importers.given import (
    RECIPE_FIELDS,
    Network,
    Networks,
    network_of,
    provenance_of,
    recipe_of,
)
from minibench.importers.importer import (
    Found,
    Importer,
    ImportOptions,
    Pace,
    Progress,
)
from minibench.problems import Problem
from minibench.records import MAX_CURVE, BenchRecord

#: other names of a recipe's fields
_ALIASES: Mapping[str, str] = MappingProxyType(
    {"lr": "learning_rate", "batch": "batch_size", "optim": "optimizer"}
)
_TABLES = {
    "TrialJobEvent": ("timestamp", "trialJobId", "event", "data"),
    "MetricData": ("timestamp", "trialJobId", "parameterId", "type", "data"),
    "ExperimentProfile": ("params", "id"),
}
#: events after which a trial runs no longer
_ENDS = ("SUCCEEDED", "FAILED", "EARLY_STOPPED", "USER_CANCELED", "SYS_CANCELED")


def _read(source: Path, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    if len(options.problems) != 1:
        raise ConfigError(
            "import nni: problem: expected the one that the experiment was about, got "
            f"{len(options.problems)}"
        )
    with _opened(source) as connection:
        experiment = _Experiment(source, connection, options)
        pace = Pace(progress, experiment.count(), every=100)
        for final in experiment.finals():
            yield experiment.problem, experiment.record(*final)
            pace.step()
        pace.end()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads alone; texts come as bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise DataError(
            f"{path}: expected the nni.sqlite of an experiment, got: "
            f"{error.strerror or error}"
        ) from error
    if head != b"SQLite format 3\x00":
        raise DataError(
            f"{path}: expected the nni.sqlite of an experiment, got a file that is no "
            "SQLite database; it lies in db/ of the experiment's folder"
        )
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.text_factory = bytes
            _check_tables(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise DataError(
            f"{path}: expected the nni.sqlite of an experiment, got a file that SQLite "
            f"cannot read: {error}; copy it again while the experiment is stopped"
        ) from error


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    for table, columns in _TABLES.items():
        rows = connection.execute(f"pragma table_info({table})").fetchall()
        found = {row[1].decode("utf-8", "replace") for row in rows}
        missing = [column for column in columns if column not in found]
        if missing:
            raise DataError(
                f"{path}: expected a table {table} with {', '.join(columns)}, as NNI "
                f"writes it, got none with {missing[0]}; this is no NNI experiment"
            )


class _Experiment:
    """What an experiment's file holds.

    Args:
        path: of it.
        connection: to it.
        options: of the import.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, options: ImportOptions
    ) -> None:
        self._path = path
        self._connection = connection
        self._options = options
        self.problem: Problem = options.problems[0]
        self._networks = Networks()
        self._given: Network | None = None
        if options.architecture is not None:
            self._given = network_of(
                options.architecture, self.problem.input_shape, "--architecture"
            )
        self._name, self._tuner = self._profile()
        #: parameter id → row of the event that tells its parameters
        self._rows = self._parameter_rows()

    def count(self) -> int:
        """Final results that it has."""
        query = "select count(*) from MetricData where type = 'FINAL'"
        return int(self._connection.execute(query).fetchone()[0])

    def finals(self) -> Iterator[tuple[int, Any, bytes, bytes, Any]]:
        """Row, time, trial, parameter id and text of every final result."""
        yield from self._connection.execute(
            "select rowid, timestamp, trialJobId, parameterId, data from MetricData "
            "where type = 'FINAL' order by rowid"
        )

    def record(
        self, row: int, time: Any, trial: bytes, identity: bytes, data: Any
    ) -> BenchRecord:
        """The record of a final result."""
        place = self._place("MetricData", row)
        parameters, where = self._parameters(identity, place)
        reports = self._reports(trial, identity)
        recipe, network, epochs, seed = self._split(parameters, where)
        options = self._options
        epochs = options.epochs if epochs is None else epochs
        if epochs is None:
            raise DataError(
                f"{where}: epochs: expected how long the trial was trained, got no "
                "such parameter; give it as --epochs"
            )
        told = {} if options.when is not None else {"when": _when(time, place)}
        source = f"NNI experiment {self._name}, {self._path.name}"
        values: dict[str, Any] = {
            "recipe": recipe_of(recipe, options, where),
            "fidelity": _fidelity(epochs, where),
            "metrics": self._metrics(_twice(data, place), place),
            "cost": replace(network.cost, seconds=self._seconds(trial)),
            "provenance": provenance_of(told, options, source, place),
            "curve": self._curve(reports, epochs),
        }
        made = strict.placed(
            place,
            "record",
            lambda: BenchRecord(
                problem=self.problem.key,
                architecture=network.architecture,
                input_shape=self.problem.input_shape,
                seed=seed,
                strategy=self._tuner,
                run=f"nni {self._name}",
                **values,
            ),
        )
        check(made, self.problem, place)
        return made

    # What the tables tell -----------------------------------------------------------

    def _profile(self) -> tuple[str, str]:
        """Name of the experiment, and what proposed its trials."""
        row = self._connection.execute(
            "select rowid, id, params from ExperimentProfile order by revision desc"
        ).fetchone()
        if row is None:
            return "unknown", "nni"
        place = self._place("ExperimentProfile", row[0])
        name = strict.text(_text(row[1], place), f"{place}: id", 200) or "unknown"
        params = strict.parse(_bytes(row[2], place), place)
        tuner = params.get("tuner") if isinstance(params, dict) else None
        known = tuner if isinstance(tuner, dict) else {}
        for key in ("name", "builtinTunerName", "className"):
            if isinstance(known.get(key), str) and known[key]:
                return name, strict.text(f"nni {known[key]}", f"{place}: tuner", 200)
        return name, "nni"

    def _parameter_rows(self) -> dict[str, int]:
        rows: dict[str, int] = {}
        contents: dict[str, str] = {}
        for row, data in self._connection.execute(
            "select rowid, data from TrialJobEvent where data is not null "
            "and data != '' order by rowid"
        ):
            place = self._place("TrialJobEvent", row)
            found = strict.parse(_bytes(data, place), place)
            if not isinstance(found, dict) or "parameter_id" not in found:
                continue  # an event about something else
            name = str(found["parameter_id"])
            content = digest(canonical(found.get("parameters")))
            if contents.setdefault(name, content) != content:
                raise DataError(
                    f"{place}: expected the parameters of id {shown(name)} as in row "
                    f"{rows[name]}, got others; the file is damaged"
                )
            rows.setdefault(name, row)
        return rows

    def _parameters(self, identity: Any, place: str) -> tuple[Mapping[str, Any], str]:
        name = _text(identity, place)
        row = self._rows.get(name)
        if row is None:
            raise DataError(
                f"{place}: parameterId: expected one whose parameters TrialJobEvent "
                f"tells, got {shown(name)}"
            )
        (data,) = self._connection.execute(
            "select data from TrialJobEvent where rowid = ?", (row,)
        ).fetchone()
        where = self._place("TrialJobEvent", row)
        found = strict.parse(_bytes(data, where), where).get("parameters")
        if not isinstance(found, dict):
            raise DataError(
                f"{where}: parameters: expected an object, got {shown(found)}"
            )
        return found, where

    def _reports(self, trial: Any, identity: Any) -> Sequence[tuple[int, Any]]:
        """Rows and texts of a trial's intermediate results, in their order."""
        if not self._options.curves:
            return ()
        return self._connection.execute(
            "select rowid, data from MetricData where type = 'PERIODICAL' and "
            "trialJobId = cast(? as text) and parameterId = cast(? as text) "
            f"order by sequence, rowid limit {MAX_CURVE + 1}",
            (_bytes(trial, ""), _bytes(identity, "")),
        ).fetchall()

    def _seconds(self, trial: Any) -> float | None:
        """How long the trial that reported has run, by its events."""
        rows = self._connection.execute(
            "select event, timestamp from TrialJobEvent where trialJobId = "
            "cast(? as text) order by rowid",
            (_bytes(trial, ""),),
        ).fetchall()
        times = {_text(event, ""): time for event, time in rows}
        start = times.get("RUNNING")
        end = next((times[name] for name in _ENDS if name in times), None)
        if type(start) is not int or type(end) is not int or end < start:
            return None
        return (end - start) / 1000

    # What they mean -----------------------------------------------------------------

    def _split(
        self, parameters: Mapping[str, Any], where: str
    ) -> tuple[dict[str, Any], Network, float | None, int | None]:
        """Fields of the recipe, the network, epochs and seed."""
        recipe: dict[str, Any] = {}
        network, epochs, seed = self._given, None, None
        for name, value in parameters.items():
            field = _ALIASES.get(name, name)
            if name in self._options.ignore:
                continue
            if name == "architecture":
                data = value
                if isinstance(value, str):
                    data = strict.parse(value.encode(), f"{where}: {name}")
                network = self._networks.of(
                    data, self.problem.input_shape, f"{where}: {name}"
                )
            elif name == "epochs":
                epochs = strict.number(value, f"{where}: {name}")
            elif name == "seed":
                seed = strict.whole(value, f"{where}: {name}")
            elif field in RECIPE_FIELDS and field not in recipe:
                recipe[field] = value
            else:
                raise DataError(
                    f"{where}: parameters: expected fields of a recipe "
                    f"({', '.join(RECIPE_FIELDS)}), architecture, epochs or seed, got "
                    f"{shown(name)}; leave it out with --ignore {name}, if the records "
                    "are right without it"
                )
        if network is None:
            raise DataError(
                f"{where}: expected an architecture in our text form among the "
                "parameters, got none; give the network that all trials have trained "
                "as --architecture FILE"
            )
        return recipe, network, epochs, seed

    def _metrics(self, value: Any, place: str) -> dict[str, float]:
        """`default`, or a number alone, is the problem's own metric."""
        if not isinstance(value, dict):
            value = {"default": value}
        if "default" not in value:
            raise DataError(
                f"{place}: expected a number, or an object with `default`, got "
                f"{shown(value)}"
            )
        return strict.numbers(
            {
                self.problem.ranked_by if name == "default" else name: number
                for name, number in value.items()
                if name == "default" or not isinstance(number, str | bool | None)
            },
            f"{place}: metrics",
        )

    def _curve(
        self, reports: Sequence[tuple[int, Any]], epochs: float
    ) -> tuple[Mapping[str, float], ...]:
        """One point a report, which is an epoch where there are as many."""
        name = "epoch" if len(reports) == epochs else "report"
        points = []
        for number, (row, data) in enumerate(reports, 1):
            place = self._place("MetricData", row)
            points.append({name: number, **self._metrics(_twice(data, place), place)})
        return tuple(points)

    def _place(self, table: str, row: int) -> str:
        return f"{self._path}, {table} row {row}"


def _fidelity(epochs: float, place: str) -> Fidelity:
    try:
        return Fidelity(float(epochs))
    except ConfigError as error:
        raise DataError(f"{place}: {error}") from None


def _twice(data: Any, place: str) -> Any:
    """A result: JSON within a JSON text."""
    found = strict.parse(_bytes(data, place), place)
    return strict.parse(found.encode(), place) if isinstance(found, str) else found


def _bytes(value: Any, place: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, int | float):  # SQLite keeps numbers in columns of text too
        return str(value).encode()
    raise DataError(f"{place}: expected a text, got {shown(value)}")


def _text(value: Any, place: str) -> str:
    data = _bytes(value, place)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place}: expected UTF-8, got the byte 0x{data[error.start]:02x}"
        ) from error


def _when(time: Any, place: str) -> str:
    """Milliseconds since 1970 as our text."""
    if type(time) is not int or not 0 <= time < 2**43:
        raise DataError(
            f"{place}: timestamp: expected milliseconds since 1970, got {shown(time)}"
        )
    moment = datetime.datetime.fromtimestamp(time // 1000, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


NNI = Importer(
    description="the nni.sqlite of an NNI experiment",
    takes=("file",),
    read=_read,
    options=MappingProxyType(
        {
            "problems": "the problem that the experiment was about",
            "architecture": "the network, where the trials have none of their own",
            "recipe": "fields of the recipe that all trials share",
            "epochs": "how long a trial was trained, where no parameter tells it",
            "who": "who has measured",
            "when": "when it was measured; the results' own times otherwise",
            "licence": "of the results",
            "ignore": "hyper-parameters that are left out",
            "curves": "whether the intermediate results are taken",
        }
    ),
    needs=("problems", "who"),
)
