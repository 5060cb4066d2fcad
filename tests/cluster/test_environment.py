"""Variables of ranks."""

from __future__ import annotations

import pytest

from cluster.environment import RANK_VARIABLES, under_mpi, without_mpi


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
