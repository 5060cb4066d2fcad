"""Snapshots come back exactly, and a bad one is never trusted."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from contracts.journal_contract import PAYLOADS, exact
from hypothesis import HealthCheck, given, settings

from evonas.errors import InputError, RunDirectoryError
from evonas.storage import latest_snapshot, remove_snapshots, write_snapshot


@given(state=PAYLOADS)
@settings(
    max_examples=30,
    deadline=None,
    # each example replaces the same file
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_state_comes_back_exactly(tmp_path: Path, state: dict[str, object]) -> None:
    """To the last bit of each float and in the same order of keys."""
    write_snapshot(tmp_path, 7, state)
    snapshot = latest_snapshot(tmp_path, at_most=7)
    assert snapshot is not None
    assert (snapshot.n, exact(snapshot.state)) == (7, exact(state))


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    """Older ones go; nothing half-written stays."""
    directory = tmp_path / "snapshots"
    for n in (5, 40, 300, 1_000_000_000):
        path = write_snapshot(directory, n, {"n": n})
        assert path.is_file()
    assert sorted(path.name for path in directory.iterdir()) == [
        "snapshot-000000000300.json.gz",
        "snapshot-001000000000.json.gz",
    ]


def test_without_any_there_is_none(tmp_path: Path) -> None:
    """A missing directory is no error: replay from the start."""
    assert latest_snapshot(tmp_path / "snapshots", at_most=100) is None


def test_snapshots_beyond_the_journal_are_removed(tmp_path: Path) -> None:
    """A cut journal grows again differently; they must not fit it by their number."""
    write_snapshot(tmp_path, 10, {"n": 10})
    write_snapshot(tmp_path, 50, {"n": 50})
    snapshot = latest_snapshot(tmp_path, at_most=40)
    assert snapshot is not None
    assert snapshot.n == 10
    # who only reads may have looked at the journal before its newest lines came
    snapshot = latest_snapshot(tmp_path, at_most=60)
    assert snapshot is not None
    assert snapshot.n == 50
    remove_snapshots(tmp_path, beyond=40)
    snapshot = latest_snapshot(tmp_path, at_most=60)
    assert snapshot is not None
    assert snapshot.n == 10
    remove_snapshots(tmp_path / "missing", beyond=0)


def test_any_damage_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    """Cut or changed anywhere: the one before it is used, nothing raises."""
    write_snapshot(tmp_path, 10, {"n": 10})
    path = write_snapshot(tmp_path, 20, {"n": 20, "population": list(range(40))})
    whole = path.read_bytes()
    # The header of gzip (10 bytes) holds flags that change nothing.
    damaged = [whole[:length] for length in range(0, len(whole), 7)]
    for place in range(10, len(whole), 5):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        damaged.append(bytes(changed))
    for content in damaged:
        path.write_bytes(content)
        with pytest.warns(RuntimeWarning, match="000000000020.*it is passed over"):
            snapshot = latest_snapshot(tmp_path, at_most=20)
        assert snapshot is not None
        assert snapshot.n == 10


def test_another_content_under_its_name_is_passed_over(tmp_path: Path) -> None:
    """The header must fit the name and the state, whatever gzip says."""
    path = write_snapshot(tmp_path, 20, {"n": 20})
    text = gzip.decompress(path.read_bytes())
    for changed in (text.replace(b'"n":20', b'"n":21'), b"[]\n{}", b"", b"\xff\n{}"):
        path.write_bytes(gzip.compress(changed))
        with pytest.warns(RuntimeWarning, match="passed over"):
            assert latest_snapshot(tmp_path, at_most=20) is None
    (tmp_path / "snapshot-000000000021.json.gz").write_bytes(gzip.compress(text))
    path.unlink()
    with pytest.warns(RuntimeWarning, match="expected a snapshot of 21 events"):
        assert latest_snapshot(tmp_path, at_most=21) is None


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    """No clock goes into the file."""
    first = write_snapshot(tmp_path / "a", 3, {"x": 0.1}).read_bytes()
    assert write_snapshot(tmp_path / "b", 3, {"x": 0.1}).read_bytes() == first


def test_a_state_that_is_no_json_is_refused(tmp_path: Path) -> None:
    """The message gives the path; no file appears."""
    with pytest.raises(InputError, match=r"snapshot: .*got best\[0\] = nan"):
        write_snapshot(tmp_path, 1, {"best": [float("nan")]})
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A file where the directory should be."""
    (tmp_path / "snapshots").write_text("in the way")
    with pytest.raises(RunDirectoryError, match="got File exists from the file system"):
        write_snapshot(tmp_path / "snapshots", 1, {})
