"""The `cluster` section: the batch job that `evonas submit` makes of a search."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from evonas.config.duration import seconds_of
from evonas.config.section import Settings

#: one line of text, such as a name
Line = Annotated[str, Field(pattern=r"^[^\r\n]+$")]
#: what scheduler and shell take as one word
Word = Annotated[str, Field(pattern=r"^[\w@%+=:,./-]+$")]


class ClusterSettings(Settings):
    """The batch job of a search; nothing in it changes a record."""

    #: Machines
    nodes: int = Field(default=1, ge=1)
    #: MPI ranks on each; the first rank of all manages, the others evaluate
    ranks_per_node: int = Field(default=2, ge=1)
    #: CPU cores of each rank; `threads` when absent
    cpus_per_rank: int | None = Field(default=None, ge=1)
    #: 0.5: two ranks share a GPU
    gpus_per_rank: float = Field(default=0.0, ge=0)
    #: Memory of each node, as the scheduler writes it (`64G`)
    memory_per_node: Word | None = None
    #: Who pays
    account: Word | None = None
    #: Partition (Slurm) or queue (LSF, PBS)
    partition: Word | None = None
    #: How long one job may take: 90m, 1h30m or 1-12:00:00
    time: str = "24h"
    #: How often the job may be put into the queue again, until the search is finished
    requeue: int = Field(default=20, ge=0)
    #: Before the end of its job a search stops by itself; absent: a twentieth of the
    #: job's time, 10 to 120 s
    reserve_seconds: float | None = Field(default=None, ge=0)
    #: Name of the job; that of the configuration file when absent
    name: Word | None = None
    #: Environment modules to load
    modules: tuple[Word, ...] = ()
    #: A virtual environment to enter
    venv: Path | None = None
    #: An Apptainer image in which evonas runs
    image: Path | None = None
    #: Lines of shell before the search
    setup: tuple[Line, ...] = ()
    #: Further options of the scheduler, such as `--constraint=a100`
    options: tuple[Line, ...] = ()
    #: What starts the ranks: `auto`, or a command in which {ranks}, {nodes} and
    #: {ranks_per_node} are filled in, such as `srun --mpi=pmix`
    launch: Line = "auto"

    @field_validator("time")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if (seconds_of(value, "time") or 0) < 60:
            raise ValueError(f"expected a minute or more, got {value!r}")
        return value

    @field_validator("time", mode="before")
    @classmethod
    def _clock_of_yaml(cls, value: Any) -> Any:
        # YAML reads an unquoted 1:30:00 as a number in base 60: 5400
        return f"{value}s" if type(value) is int else value

    @field_validator("launch")
    @classmethod
    def _can_be_filled_in(cls, value: str) -> str:
        try:
            value.format(ranks=1, nodes=1, ranks_per_node=1)
        except (LookupError, ValueError) as error:
            raise ValueError(
                "expected `auto` or a command with {ranks}, {nodes} and "
                f"{{ranks_per_node}} in it, got {value!r} ({error})"
            ) from None
        return value

    @property
    def seconds(self) -> int:
        """`time` in seconds."""
        return int(seconds_of(self.time, "cluster.time") or 0)

    @property
    def ranks(self) -> int:
        """On all nodes together."""
        return self.nodes * self.ranks_per_node
