"""The doctor's checks: each fault is found, and the text says what to do."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import evonas.build.health as health
from cluster.launch import Launcher
from cluster.probe import read_library
from evonas.errors import InputError
from evonas.tasks.registry import TASKS

OPEN = read_library("Open MPI v5.0.11, package", 1)


def fake_mpirun(folder: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `mpirun` that is found first says what it is."""
    program = folder / "mpirun"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    # it is looked for beside this Python first
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(health, "find_library", lambda: OPEN)


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ("mpirun (Open MPI) 4.1.4", "of Open MPI 4.1.4"),
        ("HYDRA build details: Version: 4.3.0", "of another MPI"),
    ],
)
def test_an_mpirun_of_another_mpi_is_a_problem(
    says: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are named, and how to get the right one."""
    fake_mpirun(tmp_path, says, monkeypatch)
    (finding,) = health.check_mpi(2)
    assert finding.level == "problem"
    assert "expected one of Open MPI v5.0.11" in finding.text
    assert f"got {tmp_path}/mpirun {named}" in finding.text
    assert "put the right one first on the PATH" in finding.text


def test_no_mpirun_at_all_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty PATH has none."""
    fake_mpirun(tmp_path, "", monkeypatch)
    (tmp_path / "mpirun").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    (finding,) = health.check_mpi(2)
    assert finding.level == "problem"
    assert "found none: install one" in finding.text


def ranks(monkeypatch: pytest.MonkeyPatch, places: dict | Exception, **of: str) -> None:
    """Ranks that answer, or do not, under an MPI of these properties."""

    def answer(_: int) -> dict:
        if isinstance(places, Exception):
            raise places
        return places

    library = read_library("Open MPI v5.0.11", 0 if of.get("level") == "single" else 1)
    launcher = Launcher(Path("/mpirun"), (5, 0, 11), tolerant="brittle" not in of)
    monkeypatch.setattr(health, "find_library", lambda: library)
    monkeypatch.setattr(health, "find_launcher", lambda: launcher)
    monkeypatch.setattr(health, "rank_places", answer)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", of.get("devices", ""))


def place(devices: str = "") -> dict[str, str]:
    """What a worker says."""
    return {"host": "a", "devices": devices}


def test_an_mpi_with_a_weakness_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without threads, and one that ends with the first rank it loses."""
    ranks(monkeypatch, {"rank-1": place()}, level="single", brittle="yes")
    found = {one.subject: one for one in health.check_mpi(2)}
    assert found["threads"].level == found["lost ranks"].level == "warning"
    assert "got single" in found["threads"].text
    assert "evonas resume" in found["lost ranks"].text
    assert found["ranks"].level == "ok"


@pytest.mark.parametrize(
    ("places", "text"),
    [
        (InputError("expected 3 ranks to start"), "expected 3 ranks to start"),
        ({"rank-1": place()}, "expected 2 workers to answer, got 1"),
    ],
)
def test_ranks_that_do_not_answer_are_a_problem(
    places: dict | Exception, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or some."""
    ranks(monkeypatch, places)
    *_, finding = health.check_mpi(3)
    assert finding.level == "problem"
    assert text in finding.text


def test_workers_that_share_a_gpu_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be meant."""
    both = {"rank-1": place("0"), "rank-2": place("0")}
    ranks(monkeypatch, both, devices="0")
    *_, finding = health.check_mpi(3)
    assert finding.level == "warning"
    assert "2 workers share 1 GPUs: rank-1 → 0, rank-2 → 0" in finding.text
    ranks(monkeypatch, {"rank-1": place("0"), "rank-2": place("1")}, devices="0,1")
    *_, finding = health.check_mpi(3)
    assert (finding.level, finding.text) == ("ok", "rank-1 → 0, rank-2 → 1")


def test_a_good_folder_is_good(tmp_path: Path) -> None:
    """And nothing stays in it."""
    assert next(iter(health.check_files(tmp_path))).level == "ok"
    assert not list(tmp_path.iterdir())


def test_a_folder_without_room_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is free and what may be needed."""
    usage = SimpleNamespace(free=10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    *_, finding = health.check_files(tmp_path)
    assert finding.level == "warning"
    assert "0.1 GB are free" in finding.text


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    """The system's own words are in it."""
    (finding,) = health.check_files(tmp_path / "nowhere")
    assert finding.level == "problem"
    assert "No such file" in finding.text


def test_a_lock_that_keeps_nobody_out_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the locks of one process are not seen by another."""
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    finding, *_ = health.check_files(tmp_path)
    assert finding.level == "problem"
    assert "lets it in" in finding.text


def test_packages_of_other_versions_are_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what is there, and the command that mends it; extras do not count."""
    wanted = ["numpy>=99", "no-such-package>=1", "deap", "never; extra == 'text'"]
    monkeypatch.setattr(health, "requires", lambda _: wanted)
    (finding,) = health.check_versions()
    assert finding.level == "problem"
    assert "numpy>=99 (got 2" in finding.text
    assert "no-such-package>=1 (got none)" in finding.text
    assert "deap" not in finding.text
    assert "never" not in finding.text
    assert "pip install" in finding.text


def test_data_that_are_not_here_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only warned of: who needs them?"""
    monkeypatch.delenv("EVONAS_DATA", raising=False)
    for name in set(TASKS) - {"digits", "mnist"}:
        monkeypatch.delitem(TASKS, name)
    monkeypatch.setattr(health, "_READING_SECONDS", 100.0)
    here, lacking = health.check_data()
    assert here.text == "in place: digits"
    assert (lacking.level, lacking.subject) == ("warning", "data of mnist")
    assert "train-images-idx3-ubyte.gz" in lacking.text
    assert "name it in task.directory" in lacking.text


def test_a_search_that_does_not_end_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended, and its folder is gone."""
    monkeypatch.setattr(health, "SMOKE_SECONDS", 0.2)
    (finding,) = health.check_search(tmp_path)
    assert finding.level == "problem"
    assert "expected a tiny search to end within" in finding.text
    assert not list(tmp_path.iterdir())


def test_a_search_that_fails_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last lines of what it said."""
    monkeypatch.setattr(health, "_SMOKE", "task: {nam: digits}\n")
    (finding,) = health.check_search(tmp_path)
    assert finding.level == "problem"
    assert "got 2; its last lines:" in finding.text
    assert "did you mean `name`?" in finding.text
