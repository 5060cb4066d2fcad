"""Weights stay while something can use them, and fit into their quota."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.errors import InputError, RunDirectoryError
from evonas.network.weights import save
from evonas.storage import WeightsStore

SIZES = st.dictionaries(
    st.from_regex(r"[0-9]{1,3}-[0-9a-f]{4}", fullmatch=True),
    st.integers(0, 500),
    max_size=8,
)


def _fill(store: WeightsStore, sizes: dict[str, int]) -> None:
    for reference, size in sizes.items():
        store.path_for(reference).write_bytes(b"w" * size)


@given(sizes=SIZES, unlisted=SIZES, quota=st.integers(0, 2500), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_quota_takes_the_least_valuable_and_no_more_than_it_must(
    sizes: dict[str, int], unlisted: dict[str, int], quota: int, data: st.DataObject
) -> None:
    """What goes is the end of the list, as short as possible; the rest is untouched."""
    by_value = data.draw(st.permutations(sorted(sizes)))
    unlisted = {name: size for name, size in unlisted.items() if name not in sizes}
    with tempfile.TemporaryDirectory() as folder:
        store = WeightsStore(Path(folder) / "weights", quota)
        _fill(store, sizes | unlisted)
        removed = store.enforce_quota(by_value)
        left = store.sizes()
        total = store.total_bytes()
    assert removed == by_value[::-1][: len(removed)]
    assert left.keys() == (sizes | unlisted).keys() - set(removed)
    if len(removed) < len(by_value):
        assert total <= quota
    if removed:
        assert total + sizes[removed[-1]] > quota


@given(sizes=SIZES, kept=st.sets(st.sampled_from(["1-aaaa", "2-bbbb", "3-cccc"])))
@settings(max_examples=30, deadline=None)
def test_only_what_can_be_used_is_kept(sizes: dict[str, int], kept: set[str]) -> None:
    """References that were never written may be named."""
    with tempfile.TemporaryDirectory() as folder:
        store = WeightsStore(Path(folder))
        _fill(store, sizes | {"1-aaaa": 10})
        stored = set(store.sizes())
        assert set(store.keep_only(kept)) == stored - kept
        assert set(store.sizes()) == stored & kept
        assert ("1-aaaa" in store) == ("1-aaaa" in kept)


def test_without_a_quota_nothing_is_removed(tmp_path: Path) -> None:
    """None means no limit; 0 means that nothing is kept."""
    store = WeightsStore(tmp_path)
    _fill(store, {"a": 10**6})
    assert store.enforce_quota(["a"]) == []
    assert WeightsStore(tmp_path, 0).enforce_quota(["a", "a", "gone"]) == ["a"]
    assert store.sizes() == {}


def test_files_that_are_no_weights_are_left_alone(tmp_path: Path) -> None:
    """Neither counted nor removed: somebody put them there."""
    store = WeightsStore(tmp_path, 0)
    for name in ("notes.txt", ".hidden.safetensors", "a b.safetensors", "x.tmp"):
        (tmp_path / name).write_text("mine")
    assert store.sizes() == {}
    store.keep_only(set())
    store.enforce_quota([])
    store.remove_unfinished()
    assert len(list(tmp_path.iterdir())) == 4


def test_half_written_files_go_when_their_writer_must_be_dead(tmp_path: Path) -> None:
    """Young ones may be in the making; when a run is opened nothing is running."""
    store = WeightsStore(tmp_path)
    _fill(store, {"a": 1})
    young = tmp_path / ".b.safetensors.123.tmp"
    old = tmp_path / ".c.safetensors.123.part"
    for path in (young, old):
        path.write_bytes(b"w")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    store.keep_only({"a"})
    assert young.exists()
    assert not old.exists()
    assert store.remove_unfinished() == [young]
    assert store.sizes() == {"a": 1}


def test_what_a_killed_writer_of_weights_leaves_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer is in another room; only the form of its file's name is shared."""
    store = WeightsStore(tmp_path)
    left = []

    def killed(self: Path, _target: Path) -> None:
        left.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    monkeypatch.setattr(Path, "unlink", lambda _self, missing_ok=False: None)
    with pytest.raises(KeyboardInterrupt):
        save({"x": torch.zeros(1)}, store.path_for("7-abc"))
    monkeypatch.undo()
    assert store.sizes() == {}
    assert store.remove_unfinished() == left
    assert len(left) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "reference", ["", "../x", "a/b", ".a", "-a", "a b", "a\n", "é", "x" * 201]
)
def test_references_are_plain_file_names(tmp_path: Path, reference: str) -> None:
    """Nothing that leaves the directory, hides, or looks unfinished."""
    with pytest.raises(InputError, match="weights reference: expected up to 200"):
        WeightsStore(tmp_path).path_for(reference)


def test_weights_of_full_trainings_are_kept_and_removed_like_any(
    tmp_path: Path,
) -> None:
    """Their references begin with a negative number."""
    store = WeightsStore(tmp_path)
    for reference in ("-1-abc", "-12-abc", "7-abc"):
        store.path_for(reference).write_bytes(b"x")
    assert "-12-abc" in store
    assert store.keep_only({"-1-abc"}) == ["-12-abc", "7-abc"]
    assert store.sizes() == {"-1-abc": 1}


def test_settings_and_places_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """A negative quota, a file instead of the directory."""
    with pytest.raises(InputError, match="expected bytes, 0 or more, got -1"):
        WeightsStore(tmp_path, -1)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirectoryError, match="got File exists from the file system"):
        WeightsStore(tmp_path / "file")
