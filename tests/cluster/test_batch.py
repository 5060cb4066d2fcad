"""Submitting to a scheduler: its answer, its refusal, its absence."""

from __future__ import annotations

from pathlib import Path

import pytest

import cluster.batch as batch
from cluster.batch import SCHEDULERS
from evonas.errors import InputError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs of a scheduler."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "job.sh").write_text("echo a job\n")
    return tmp_path


def program(folder: Path, name: str, does: str) -> None:
    """A scheduler's program that does something."""
    (folder / name).write_text(f"#!/bin/sh\n{does}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_script_is_submitted_as_the_scheduler_reads_it(
    name: str, programs: Path
) -> None:
    """Named or on the input; the answer comes back."""
    scheduler = SCHEDULERS[name]
    does = "cat" if scheduler.reads_input else 'cat "$1"'
    program(programs, scheduler.program, f"echo job 7; {does}")
    assert scheduler.submit(programs / "job.sh") == "job 7\necho a job"


def test_a_refusal_is_told_in_the_words_of_the_scheduler(programs: Path) -> None:
    """With the file that was refused."""
    program(programs, "sbatch", "echo 'invalid account' >&2; exit 1")
    with pytest.raises(InputError, match=r"job\.sh: expected .*got: invalid account"):
        SCHEDULERS["slurm"].submit(programs / "job.sh")


def test_no_scheduler_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a laptop."""
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(InputError, match="expected `bsub` on the PATH, got none"):
        SCHEDULERS["lsf"].submit(programs / "job.sh")


def test_a_scheduler_that_is_silent_is_given_up(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a time."""
    monkeypatch.setattr(batch, "_ANSWER_SECONDS", 0.1)
    program(programs, "qsub", "exec sleep 30")
    with pytest.raises(InputError, match="`qsub` to answer within"):
        SCHEDULERS["pbs"].submit(programs / "job.sh")
