"""Variables of ranks."""

from __future__ import annotations

import pytest

from cluster.environment import (
    RANK_VARIABLES,
    promised_ranks,
    under_mpi,
    without_mpi,
)


@pytest.mark.parametrize("name", RANK_VARIABLES)
def test_a_rank_is_known_by_its_variables(name: str) -> None:
    """Whoever started it; once they are removed, it is none."""
    environment = {"HOME": "/home/user", "PATH": "/bin"}
    rank = {**environment, name: "0"}
    assert under_mpi(rank)
    assert not under_mpi(environment)
    assert without_mpi(rank) == environment


def test_this_process_is_asked_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own environment counts."""
    for name in RANK_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert not under_mpi()
    monkeypatch.setenv("PMIX_RANK", "3")
    assert under_mpi()


@pytest.mark.parametrize(
    ("environment", "ranks"),
    [
        ({"OMPI_COMM_WORLD_SIZE": "3"}, 3),
        # mpirun on the nodes of a Slurm job: its own word counts
        ({"OMPI_COMM_WORLD_SIZE": "8", "SLURM_STEP_NUM_TASKS": "2"}, 8),
        ({"PMI_SIZE": "4"}, 4),
        ({"SLURM_STEP_NUM_TASKS": "5"}, 5),
        ({"PMI_SIZE": "many"}, None),
        ({}, None),
    ],
)
def test_the_launcher_says_how_many_ranks_it_started(
    environment: dict[str, str], ranks: int | None
) -> None:
    """So that a rank which finds itself alone knows that something is wrong."""
    assert promised_ranks(environment) == ranks
