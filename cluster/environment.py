"""What the environment variables say about MPI, and how a child gets rid of them."""

from __future__ import annotations

import os
from collections.abc import Mapping

#: set for a rank by the launchers of Open MPI, PMIx (srun), MPICH, Intel MPI, MVAPICH
RANK_VARIABLES = (
    "OMPI_COMM_WORLD_RANK",
    "PMIX_RANK",
    "PMI_RANK",
    "MPI_LOCALRANKID",
    "MV2_COMM_WORLD_RANK",
)

#: set beside them by Open MPI, MPICH and Intel MPI, MVAPICH, srun: how many ranks
_SIZE_VARIABLES = (
    "OMPI_COMM_WORLD_SIZE",
    "PMI_SIZE",
    "MV2_COMM_WORLD_SIZE",
    "SLURM_STEP_NUM_TASKS",
)

#: variables that make a library believe that its process is a rank
_RANK_PREFIXES = (
    "OMPI_",
    "OPAL_",
    "PMIX_",
    "PRTE_",
    "PMI_",
    "MPI_",
    "MPIR_",
    "MPICH_",
    "HYDRA_",
    "HYDI_",
    "I_MPI_",
    "MV2_",
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "SLURM_NTASKS",
)


def under_mpi(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this process was started as a rank, told without importing mpi4py."""
    found = os.environ if environment is None else environment
    return any(name in found for name in RANK_VARIABLES)


def promised_ranks(environment: Mapping[str, str] | None = None) -> int | None:
    """How many ranks the launcher of this process started; None: it does not say."""
    found = os.environ if environment is None else environment
    for name in _SIZE_VARIABLES:
        if found.get(name, "").isdigit():
            return int(found[name])
    return None


def without_mpi(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the variables that make its process a rank."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(_RANK_PREFIXES)
    }
