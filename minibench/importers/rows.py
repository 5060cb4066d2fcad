"""Architectures with what was measured, in a CSV or in JSON lines.

A row is a record. As JSON it is an object of these keys; in a CSV they are columns,
`recipe.<field>` and `metrics.<name>` have one each, and `architecture`, `input_shape`
and `curve` are JSON in their cells. An empty cell is one that is not there.

- `problem`: key of a known problem, `name@version`; may be left out where one is known.
- `architecture`: the text form that `Architecture.to_json` writes.
- `metrics`: names and numbers, `validation_<metric>` of the problem among them.
- `epochs`; perhaps `data_share`, `resolution`, `width`.
- perhaps `recipe`, `input_shape`, `curve`, `seed`, `seconds`, `strategy`, `run`.
- perhaps `who`, `when`, `source`, `licence`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evonas.errors import ConfigError, DataError
from evonas.evaluation import Fidelity
from evonas.formats import readable_lines
from minibench import strict
from minibench.checks import check
from minibench.importers.given import (
    RECIPE_FIELDS,
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

_FIDELITY = ("epochs", "data_share", "resolution", "width")
_PROVENANCE = ("who", "when", "source", "licence")
_KEYS = (
    "problem",
    "architecture",
    "input_shape",
    "recipe",
    *_FIDELITY,
    "metrics",
    "curve",
    "seed",
    "seconds",
    "strategy",
    "run",
    *_PROVENANCE,
)
#: columns of a CSV whose cells are JSON, and those that are text; others are numbers
_JSON = ("architecture", "input_shape", "curve")
_TEXTS = ("problem", "strategy", "run", *_PROVENANCE)
#: endings of JSON lines
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def _read(source: Path, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    reader = _Rows(source, options)
    read = _json_rows if source.name.endswith(_LINES) else _csv_rows
    return _records(reader, read(source), progress)


def _records(
    reader: _Rows, rows: Iterator[tuple[str, Mapping[str, Any]]], progress: Progress
) -> Iterator[Found]:
    pace = Pace(progress, None)
    for place, row in rows:
        yield reader.record(row, place)
        pace.step()
    pace.end()


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with readable_lines(path, strict.MAX_BYTES) as lines:
        for number, line in enumerate(lines, 1):
            place = f"{path}, line {number}"
            if line.strip():
                row = strict.parse(line.encode(), place)
                strict.Fields(row, place, _KEYS)
                yield place, row


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with readable_lines(path) as lines:
        reader = csv.reader(lines, strict=True)
        names = next(reader, [])
        _check_names(names, f"{path}, line 1")
        # a row begins after the last line of the one before
        number = reader.line_num + 1
        for cells in reader:
            place = f"{path}, line {number}"
            number = reader.line_num + 1
            if len(cells) != len(names):
                raise DataError(
                    f"{place}: expected {len(names)} cells as in the first line, got "
                    f"{len(cells)}; the file is damaged or cut short"
                )
            yield place, _row(dict(zip(names, cells, strict=True)), place)


def _check_names(names: list[str], place: str) -> None:
    if not names or len(set(names)) < len(names):
        raise DataError(
            f"{place}: expected the names of the columns, each once, got "
            f"{', '.join(names[:8])[:80] or 'an empty file'}"
        )
    plain = [name for name in _KEYS if name not in ("recipe", "metrics")]
    for name in names:
        group, dot, rest = name.partition(".")
        if not (
            name in plain
            or (group == "recipe" and rest in RECIPE_FIELDS)
            or (group == "metrics" and dot and rest)
        ):
            raise DataError(
                f"{place}: expected the columns {', '.join(plain)}, recipe.<field> "
                f"and metrics.<name>, got {name[:60]!r}"
            )


def _row(cells: Mapping[str, str], place: str) -> Mapping[str, Any]:
    """The row as its JSON form."""
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell:
            continue
        group, _, field = name.partition(".")
        if name in _TEXTS or (
            group == "recipe" and isinstance(RECIPE_FIELDS[field], str)
        ):
            value: Any = cell
        elif group == "recipe" and isinstance(RECIPE_FIELDS[field], bool):
            # other programs write True and TRUE
            value = strict.parse(cell.lower().encode(), f"{place}, column {name!r}")
        else:
            value = strict.parse(cell.encode(), f"{place}, column {name!r}")
        if field:
            row.setdefault(group, {})[field] = value
        else:
            row[name] = value
    return row


class _Rows:
    """Makes records of rows.

    Args:
        path: of the file.
        options: of the import.
    """

    def __init__(self, path: Path, options: ImportOptions) -> None:
        self._options = options
        self._name = path.name
        self._problems = {problem.key: problem for problem in options.problems}
        self._networks = Networks()

    def record(self, row: Mapping[str, Any], place: str) -> Found:
        """The record of a row.

        Args:
            row: an object with known keys alone.
            place: of it, for messages: file and line.
        """
        fields = strict.Fields(row, place, _KEYS)
        problem = self._problem(fields)
        shape = problem.input_shape
        if fields.has("input_shape"):
            shape = fields.shape("input_shape")
        options = self._options
        where = f"{place}: architecture"
        if fields.has("architecture"):
            network = self._networks.of(fields.raw("architecture"), shape, where)
        elif options.architecture is not None:
            network = network_of(options.architecture, shape, where)
        else:
            raise DataError(
                f"{where}: expected one in our text form, got none; give one that all "
                "rows share as --architecture FILE"
            )
        cost = network.cost
        if fields.has("seconds"):
            cost = replace(cost, seconds=fields.number("seconds"))
        told = {name: row[name] for name in _PROVENANCE if name in row}
        values: dict[str, Any] = {
            name: fields.raw(name)
            for name in ("seed", "strategy", "run")
            if fields.has(name)
        }
        if fields.has("curve"):
            values["curve"] = tuple(fields.items("curve", MAX_CURVE))
        values["recipe"] = recipe_of(self._recipe(fields), options, place)
        values["fidelity"] = self._fidelity(fields)
        values["metrics"] = fields.numbers("metrics")
        values["provenance"] = provenance_of(told, options, self._name, place)
        record = strict.placed(
            place,
            "record",
            lambda: BenchRecord(
                problem=problem.key,
                architecture=network.architecture,
                input_shape=shape,
                cost=cost,
                **values,
            ),
        )
        check(record, problem, place)
        return problem, record

    def _problem(self, fields: strict.Fields) -> Problem:
        known = self._problems
        if not fields.has("problem") and len(known) == 1:
            return next(iter(known.values()))
        key = fields.text("problem") if fields.has("problem") else None
        if key not in known:
            raise DataError(
                f"{fields.place}: problem: expected one that is known, "
                f"{', '.join(known) or 'of which there are none'}; got {key!r}; give "
                "its description as --problem FILE"
            )
        return known[key]

    def _recipe(self, fields: strict.Fields) -> Mapping[str, Any]:
        found = fields.raw("recipe") if fields.has("recipe") else {}
        if not isinstance(found, Mapping):
            raise DataError(f"{fields.place}: recipe: expected an object")
        return found

    def _fidelity(self, fields: strict.Fields) -> Fidelity:
        values = {name: fields.number(name) for name in _FIDELITY if fields.has(name)}
        if "epochs" not in values:
            if self._options.epochs is None:
                raise DataError(
                    f"{fields.place}: epochs: expected how long it was trained, got "
                    "none; give what all rows share as --epochs"
                )
            values["epochs"] = self._options.epochs
        try:
            return Fidelity(**values)
        except ConfigError as error:
            raise DataError(f"{fields.place}: {error}") from None


ROWS = Importer(
    description="a CSV or JSON lines of architectures with what was measured",
    takes=("file",),
    read=_read,
    options=MappingProxyType(
        {
            "problems": "problems that the rows name; those of the database are known",
            "architecture": "the architecture of rows that have none",
            "recipe": "fields of the recipe that the rows do not tell",
            "epochs": "the length of trainings that do not tell it",
            "who": "who has measured, where the rows do not tell it",
            "when": "when it was measured, where the rows do not tell it",
            "licence": "of the data, where the rows do not tell it",
        }
    ),
)
