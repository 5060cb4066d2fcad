"""CSV and JSON lines of architectures: what is read, and what is refused."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bench_records import PROBLEM, SHAPE
from hypothesis import given
from hypothesis import strategies as st
from listed_rows import NETWORK, ROW, lines

from evonas.candidate import Recipe
from evonas.errors import ConfigError, DataError
from minibench import BenchCost, BenchRecord
from minibench.importers import read_source


def table(path: Path, *rows: Mapping[str, Any]) -> Path:
    """The same rows as a CSV."""
    flat = [
        {
            f"{name}.{inner}" if isinstance(value, dict) and inner else name: text
            for name, value in row.items()
            for inner, text in (
                value.items()
                if isinstance(value, dict) and name != "architecture"
                else {"": json.dumps(value) if name in _JSON else value}.items()
            )
        }
        for row in rows
    ]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(flat[0]))
        writer.writeheader()
        writer.writerows(flat)
    return path


_JSON = ("architecture", "input_shape", "curve")


def read(path: Path, **options: Any) -> list[BenchRecord]:
    """All records of a file, for the small problem unless others are given."""
    options.setdefault("problems", (PROBLEM,))
    return [record for _, record in read_source("rows", path, **options)]


FULL = ROW | {
    "problem": PROBLEM.key,
    "recipe": Recipe(learning_rate=0.5, optimizer="adam").to_json(),
    "input_shape": [1, 8, 8],
    "data_share": 0.5,
    "curve": [{"epoch": 1, "validation_accuracy": 0.2}],
    "seconds": 12.5,
    "strategy": "by hand",
    "run": "mine",
    "source": "my notes",
    "licence": "CC-BY-4.0",
}


def test_a_row_tells_all_of_a_record(tmp_path: Path) -> None:
    """Every key has its field; the cost is worked out."""
    (record,) = read(lines(tmp_path / "t.jsonl", FULL))
    assert record.problem == PROBLEM.key
    assert record.architecture == NETWORK
    assert record.cost == BenchCost.of(NETWORK, SHAPE, 12.5)
    assert record.recipe == Recipe(learning_rate=0.5, optimizer="adam")
    assert (record.fidelity.epochs, record.fidelity.data_share) == (3, 0.5)
    assert dict(record.metrics) == ROW["metrics"]
    assert [dict(point) for point in record.curve] == FULL["curve"]
    assert (record.seed, record.strategy, record.run) == (7, "by hand", "mine")
    assert record.provenance.source == "my notes"
    assert record.provenance.licence == "CC-BY-4.0"


def test_a_csv_says_the_same_as_json_lines(tmp_path: Path) -> None:
    """Equal ids, packed or not; an empty cell is one that is not there."""
    rows = [FULL, {**FULL, "seed": None, "strategy": ""}]
    bare = {name: FULL[name] for name in FULL if name not in ("seed", "strategy")}
    ids = [one.id for one in read(lines(tmp_path / "t.jsonl", FULL, bare))]
    path = table(tmp_path / "t.csv", *rows)
    assert [one.id for one in read(path)] == ids
    packed = tmp_path / "p.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert [one.id for one in read(packed)] == ids
    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "t.jsonl").read_bytes()))
    assert [one.id for one in read(packed)] == ids


def test_what_all_rows_share_can_be_given(tmp_path: Path) -> None:
    """Network, epochs, recipe and provenance; a row that tells its own keeps it."""
    path = lines(
        tmp_path / "t.jsonl",
        {"metrics": {}},
        {"metrics": {}, "epochs": 9, "who": "Eve", "recipe": {"learning_rate": 0.3}},
    )
    first, second = read(
        path,
        architecture=NETWORK,
        epochs=2,
        who="Ada",
        when="2026",
        licence="MIT",
        recipe={"batch_size": 8},
    )
    assert (first.fidelity.epochs, second.fidelity.epochs) == (2, 9)
    assert (first.provenance.who, second.provenance.who) == ("Ada", "Eve")
    assert first.provenance.source == "t.jsonl"
    assert first.recipe == Recipe(batch_size=8)
    assert second.recipe == Recipe(batch_size=8, learning_rate=0.3)


def test_nothing_known_of_the_recipe_stays_unknown(tmp_path: Path) -> None:
    """A part of it needs the rest, which nobody guesses."""
    assert read(lines(tmp_path / "t.jsonl", ROW))[0].recipe is None
    path = lines(tmp_path / "u.jsonl", ROW | {"recipe": {"learning_rate": 0.1}})
    with pytest.raises(DataError, match="line 1: recipe: expected every field, got"):
        read(path)
    assert read(path, recipe={})[0].recipe == Recipe(learning_rate=0.1)


CYCLE = {
    "format": 1,
    "layers": [["input", {}], ["sum", {}], ["activation", {}], ["output", {}]],
    "edges": [[0, 1, 0], [1, 2, 0], [2, 1, 1], [1, 3, 0]],
}
LONG = {
    "format": 1,
    "layers": [["input", {}], *[["activation", {}]] * 10_000, ["output", {}]],
    "edges": [[place, place + 1, 0] for place in range(10_001)],
}
VECTOR = {
    "format": 1,
    "layers": [
        ["input", {}],
        ["dense", {"units": 3}],
        ["conv", {"filters": 3}],
        ["output", {}],
    ],
    "edges": [[0, 1, 0], [1, 2, 0], [2, 3, 0]],
}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (b"{", "expected one JSON value"),
        (b"[" * 100_000, "levels of nesting"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "thousands of digits"),
        (b'{"seconds": NaN}', "NaN, which is no JSON"),
        (b'{"who": "\xff\xfe"}', "expected UTF-8 text, got the byte 0xff"),
        (b"\x80\x04\x95cos\nsystem", "expected UTF-8 text, got the byte 0x80"),
        (b"[]", "expected an object"),
        ({**ROW, "accuracy": 1}, "expected the keys problem, .* got 'accuracy'"),
        ({**ROW, "architecture": CYCLE}, "architecture: .*cycl"),
        ({**ROW, "architecture": LONG}, "architecture: expected at most 10,000 layers"),
        ({**ROW, "architecture": VECTOR}, r"architecture: expected a network for samp"),
        ({**ROW, "architecture": "os:system"}, "architecture: expected an object"),
        (
            {**ROW, "architecture": {**CYCLE, "layers": [["os:system", {}]]}},
            "architecture: expected layers of the kinds that evonas has",
        ),
        ({**ROW, "metrics": {"validation_accuracy": 1.7}}, "from 0 to 1, got 1.7"),
        ({**ROW, "metrics": {"validation_accuracy": 10**400}}, "expected a finite num"),
        ({**ROW, "metrics": {"../x": 1}}, "expected names of letters"),
        ({**ROW, "metrics": 3}, "metrics: expected an object"),
        ({**ROW, "seed": -1}, "seed: expected a whole number"),
        ({**ROW, "epochs": -2}, "fidelity: expected epochs of 0 or more"),
        ({**ROW, "input_shape": [1, 8, 0]}, "input_shape: expected one to four"),
        ({**ROW, "when": "yesterday"}, "when: expected a time"),
        (
            {**ROW, "problem": "../../etc@x"},
            "problem: expected one that is known, dots",
        ),
        ({**ROW, "recipe": {"lr": 1}}, "recipe: expected every field"),
        ({**ROW, "recipe": 3}, "recipe: expected an object"),
        ({**ROW, "curve": [1]}, r"curve\[0\]: expected an object"),
        ({"metrics": {}}, "architecture: expected one in our text form, got none"),
    ],
)
def test_a_hostile_line_is_told_with_its_number(
    tmp_path: Path, row: Any, complaint: str
) -> None:
    """The one before it is fine."""
    path = lines(tmp_path / "t.jsonl", ROW, row)
    with pytest.raises(DataError, match=f"t.jsonl, line 2.*{complaint}"):
        read(path)


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        ("who", "who: expected who has measured this, got none; give it as --who"),
        ("when", "when: expected when it was measured, got none"),
        ("epochs", "epochs: expected how long it was trained, got none"),
        ("metrics", "expected the key 'metrics', got none"),
    ],
)
def test_what_nobody_tells_is_asked_for(
    tmp_path: Path, missing: str, complaint: str
) -> None:
    """A guess would be taken for a fact."""
    row = {name: value for name, value in ROW.items() if name != missing}
    with pytest.raises(DataError, match=complaint):
        read(lines(tmp_path / "t.jsonl", row))


def test_a_problem_must_be_known(tmp_path: Path) -> None:
    """Rows that name none need one alone."""
    path = lines(tmp_path / "t.jsonl", ROW)
    with pytest.raises(DataError, match="of which there are none; got None; give"):
        read(path, problems=())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "line 1: expected the names of the columns, each once, got an empty"),
        (b"seed,seed\n", "line 1: expected the names of the columns, each once"),
        (b"seed,magic\n", "line 1: expected the columns problem, .* got 'magic'"),
        (b"seed,recipe.lr\n", "line 1: expected the columns problem, .* 'recipe.lr'"),
        (b"seed,epochs\n1\n", "line 2: expected 2 cells as in the first line, got 1"),
        (b"seed,epochs\n1,x\n", "line 2, column 'epochs': expected one JSON value"),
        (b"seed,epochs\n1,NaN\n", "line 2, column 'epochs': .*NaN, which is no JSON"),
        (b"seed,run\n\xff,3\n", "line 2: expected UTF-8 text"),
        (b'seed,epochs\n1,"2\n', "after line 2: cannot be read"),
        (b"seed,run\n1," + b"x" * 200_000 + b"\n", "after line 2: cannot be read"),
        (b"seed,run\n1," + b"x" * 2_000_000 + b"\n", "line 2: expected a line of less"),
    ],
)
def test_a_hostile_table_is_told_with_its_line(
    tmp_path: Path, text: bytes, complaint: str
) -> None:
    """Names, lengths, letters, quotes."""
    path = tmp_path / "t.csv"
    path.write_bytes(text)
    with pytest.raises(DataError, match=f"t.csv, {complaint}"):
        read(path, architecture=NETWORK, who="Ada", when="2026", epochs=1)


@given(data=st.binary(max_size=300), ending=st.sampled_from(("csv", "jsonl")))
def test_any_file_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str
) -> None:
    """Never anything but our own errors."""
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(data)
    with suppress(DataError):
        read(path)


def test_options_of_other_sources_are_refused(tmp_path: Path) -> None:
    """An option that does nothing is a mistake; so is a source that is none."""
    path = lines(tmp_path / "t.jsonl", ROW)
    with pytest.raises(ConfigError, match="import rows: dataset: has no meaning for"):
        read(path, dataset="cifar10")
    with pytest.raises(ConfigError, match="expected the path of a file, got none"):
        read_source("rows")
    with pytest.raises(DataError, match="there is no such file"):
        read(tmp_path / "none.csv")
