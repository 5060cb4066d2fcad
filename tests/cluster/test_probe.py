"""What an MPI installation says of itself, and what is made of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cluster.launch import Launcher
from cluster.probe import Library, find_library, rank_places, read_library
from evonas.errors import InputError

OPEN = "Open MPI v5.0.11, package: Open MPI root@build Distribution, ident: 5.0.11"
MPICH = "MPICH Version:      4.3.0\nMPICH Release date: Mon Feb  3\0"


def launcher(*version: int) -> Launcher:
    """An `mpirun` of Open MPI, or without a version of MPICH."""
    return Launcher(Path("/usr/bin/mpirun"), version or None, tolerant=False)


def test_a_library_is_known_by_its_text() -> None:
    """Vendor, version and thread level."""
    assert read_library(OPEN, 1) == Library("Open MPI v5.0.11", (5, 0, 11), "funneled")
    found = read_library(MPICH, 3)
    assert (found.open_mpi, found.thread_level) == (None, "multiple")
    assert found.name.startswith("MPICH Version:")


def test_an_mpirun_of_another_kind_or_major_version_does_not_fit() -> None:
    """Every rank would believe to be alone."""
    library = read_library(OPEN, 1)
    assert library.fits(launcher(5, 0, 6))
    assert not library.fits(launcher(4, 1, 4))
    assert not library.fits(launcher())
    assert read_library(MPICH, 1).fits(launcher())


def test_the_library_of_this_environment_is_found() -> None:
    """In a process of its own: this one stays without MPI."""
    assert find_library().name
    assert "mpi4py.MPI" not in sys.modules


def test_a_library_that_cannot_be_loaded_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last thing that was said about it."""
    (tmp_path / "mpi4py.py").write_text("raise ImportError('libmpi.so.40 is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(InputError, match=r"got: .*libmpi\.so\.40 is missing"):
        find_library()


def test_every_worker_tells_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers share the one GPU that is said to be here."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    places = rank_places(3)
    assert set(places) == {"rank-1", "rank-2"}
    assert {place["devices"] for place in places.values()} == {"7"}
