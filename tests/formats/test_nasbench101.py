"""NAS-Bench-101's files: small ones of the official format, and the CSV."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats.test_protobuf import double, message, varint
from published_tables import real_file, write_csv

from evonas.cells import NasBench101Cell
from evonas.errors import DataError
from evonas.formats import read_nasbench101, write_records

#: input, two convolutions in a row, output
MATRIX = "0100001000010000"
OPS = "input,conv3x3-bn-relu,conv1x1-bn-relu,output"


def metrics(validation: float, test: float, seconds: float = 100.0) -> bytes:
    """A `ModelMetrics` message with the three evaluations of a training."""
    evaluations = []
    for share in (0.0, 0.5, 1.0):
        inner = b"".join(
            [
                double(1, 108 * share),
                double(2, seconds * share),
                double(3, share),
                double(4, validation * share),
                double(5, test * share),
                varint(6 << 3 | 2) + varint(4) + b"path",
            ]
        )
        evaluations.append((1, inner))
    return message([*evaluations, (2, 8_555_530)]) + double(3, seconds)


def record(
    epochs: int = 108, matrix: str = MATRIX, ops: str = OPS, **more: Any
) -> bytes:
    """A record of the official file."""
    data = base64.b64encode(metrics(**{"validation": 0.9, "test": 0.89, **more}))
    return json.dumps(["abc", epochs, matrix, ops, data.decode()]).encode()


def test_the_official_file_is_read_without_tensorflow(tmp_path: Path) -> None:
    """All runs of a cell, the mean of tests and times, the last evaluation of each."""
    path = tmp_path / "nasbench_full.tfrecord"
    write_records(
        path,
        [
            record(4, validation=0.3, test=0.2, seconds=50),
            record(validation=0.9, test=0.8, seconds=100),
            record(validation=0.95, test=0.9, seconds=300),
        ],
    )
    results = read_nasbench101(path)
    assert results.rows == [("abc", "100101", "01")]
    np.testing.assert_allclose(results.validation[4], [[0.3]])
    np.testing.assert_allclose(results.validation[108], [[0.9, 0.95]])
    np.testing.assert_allclose(results.test[108], [0.85])
    np.testing.assert_allclose(results.seconds[108], [200])
    assert list(results.parameters) == [8_555_530]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"{}", "a JSON list of hash"),
        (b"\xff\xfe", "a JSON list of hash"),
        (json.dumps(["abc", 108, MATRIX, OPS, "!!"]).encode(), "a JSON list of hash"),
        (json.dumps(["abc", "x", MATRIX, OPS, ""]).encode(), "a number of epochs"),
        (record(matrix="01"), "a square matrix"),
        (record(matrix="0100001000011000"), "nothing below its diagonal"),
        (record(ops="input,magic,conv1x1-bn-relu,output"), "operations of conv3x3"),
        (record(validation=1.5), "metrics with training time"),
        (record(test=float("nan")), "metrics with training time"),
        (json.dumps(["abc", 108, MATRIX, OPS, "AAAA"]).encode(), "field's number"),
    ],
)
def test_a_hostile_record_is_told_by_its_number(
    tmp_path: Path, data: bytes, complaint: str
) -> None:
    """Whatever is wrong with it; those before are fine."""
    path = tmp_path / "bad.tfrecord"
    write_records(path, [record(), record(36), data])
    with pytest.raises(DataError, match=f"bad.tfrecord, record 2: .*{complaint}"):
        read_nasbench101(path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    """It has no records."""
    write_records(tmp_path / "e.tfrecord", [])
    with pytest.raises(DataError, match="expected records, got none"):
        read_nasbench101(tmp_path / "e.tfrecord")


def test_the_compact_file_charges_shorter_trainings_their_share(tmp_path: Path) -> None:
    """It has the time of 108 epochs alone, and no test."""
    cell = NasBench101Cell("101", "0")
    row = {
        "hash": cell.module_hash,
        "adjacency": cell.adjacency,
        "ops": cell.ops,
        "trainable_parameters": 5,
        "train_time_108_s": 1080,
        "val4": 0.5,
        "val108": 0.9,
    }
    results = read_nasbench101(write_csv(tmp_path / "t.csv", [row]))
    assert {e: values[0] for e, values in results.seconds.items()} == {4: 40, 108: 1080}
    assert not results.test
    assert results.validation[4].shape == (1, 1)
    with pytest.raises(DataError, match="column 'val108'"):
        read_nasbench101(
            write_csv(tmp_path / "u.csv", [{"hash": 1, "adjacency": 1, "ops": 1}])
        )


def test_the_real_cells_are_all_there() -> None:
    """30,001 of them, each accuracy a count of 9,984 pictures."""
    results = read_nasbench101(real_file("nasbench101/nasbench101_30001.csv.gz"))
    assert len(results.rows) == 30_001
    counts = results.validation[108] * 9984
    np.testing.assert_allclose(counts, counts.round(), atol=1e-3)
    assert results.validation[108].max() == pytest.approx(0.9491, abs=1e-4)
