"""`evonas submit`: a search as a batch job that goes on until it is finished."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from cluster.batch import SCHEDULERS
from evonas.build import check_ranks, check_space, open_known, resolve
from evonas.build.job_script import job_folder, job_script
from evonas.cli.options import Overrides, default_out
from evonas.config import load_config
from evonas.config.parse import did_you_mean
from evonas.errors import ConfigError, RunDirectoryError

EXAMPLES = """\
Examples:

evonas submit my.yaml --scheduler slurm --nodes 4 --time 12h --dry-run

evonas submit my.yaml --scheduler slurm --ranks-per-node 5 --gpus-per-rank 1

evonas submit my.yaml --scheduler lsf --venv ~/evonas --set cluster.requeue=5
"""


def submit(
    config: Annotated[
        Path, typer.Argument(help="YAML file with the settings.", metavar="CONFIG")
    ],
    scheduler: Annotated[
        str, typer.Option(help="slurm, lsf or pbs.", metavar="SCHEDULER")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Run directory to make, or to go on with; runs/<name of "
            "CONFIG>-<time> if absent.",
            metavar="RUN",
        ),
    ] = None,
    nodes: Annotated[int | None, typer.Option(help="Machines.", metavar="N")] = None,
    ranks_per_node: Annotated[
        int | None,
        typer.Option(help="MPI ranks on each; one of all manages.", metavar="N"),
    ] = None,
    gpus_per_rank: Annotated[
        float | None,
        typer.Option(help="0.5: two ranks share a GPU.", metavar="N"),
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Who pays.", metavar="NAME")
    ] = None,
    partition: Annotated[
        str | None,
        typer.Option("--partition", "--queue", help="Or queue.", metavar="NAME"),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(help="Of one job: 90m, 12h or 1-00:00:00.", metavar="TIME"),
    ] = None,
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--module", help="Environment module to load; repeatable.", metavar="NAME"
        ),
    ] = None,
    venv: Annotated[
        Path | None,
        typer.Option(help="Virtual environment to enter.", metavar="FOLDER"),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(help="Apptainer image to run in.", metavar="FILE"),
    ] = None,
    requeue: Annotated[
        int | None,
        typer.Option(help="How often it may be queued again.", metavar="N"),
    ] = None,
    overrides: Overrides = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the script; submit nothing.")
    ] = False,
) -> None:
    """Submit a search as a batch job, which goes on until the search is finished.

    The job stops cleanly before its time is over and queues itself again, at most
    --requeue times. Everything can also be set in the `cluster` section of CONFIG. The
    script and its output lie in RUN.job.
    """
    if scheduler not in SCHEDULERS:
        raise ConfigError(
            f"--scheduler: expected one of {', '.join(SCHEDULERS)}, got {scheduler!r}"
            f"{did_you_mean(scheduler, list(SCHEDULERS))}"
        )
    given: dict[str, Any] = {
        "nodes": nodes,
        "ranks_per_node": ranks_per_node,
        "gpus_per_rank": gpus_per_rank,
        "account": account,
        "partition": partition,
        "time": time,
        "modules": modules or None,
        "venv": None if venv is None else os.path.abspath(venv.expanduser()),
        "image": None if image is None else os.path.abspath(image.expanduser()),
        "requeue": requeue,
    }
    cluster = [
        f"cluster.{name}={json.dumps(value)}"
        for name, value in given.items()
        if value is not None
    ]
    changes = [*(overrides or ()), *cluster]
    settings = load_config(config, changes)
    ranks = settings.cluster.nodes * settings.cluster.ranks_per_node
    check_ranks(settings, ranks)
    if settings.task.table is not None:
        raise ConfigError(
            "task.table: expected a search that trains networks, got one that looks "
            f"them up, which one process does in seconds: `evonas search {config}`"
        )
    resolved = resolve(settings)
    check_space(resolved)
    with open_known(resolved):
        # the job opens it for itself; what is wrong with it is told before it waits
        pass
    run = Path(os.path.abspath(out or settings.out or default_out(config)))
    chosen = SCHEDULERS[scheduler]
    text = job_script(chosen, settings, path=config, run=run, overrides=changes)
    if dry_run:
        print(text, end="", flush=True)
        return
    script = _write(run, text)
    print(chosen.submit(script), flush=True)
    shown = shlex.quote(str(run))
    print(f"It writes {job_folder(run)}/log; see also: evonas status {shown}")


def _write(run: Path, text: str) -> Path:
    """Write the script of a run's job, which counts from 0 again; gives its path."""
    folder = job_folder(run)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "attempts").unlink(missing_ok=True)
        script = folder / "job.sh"
        script.write_text(text)
        script.chmod(0o755)
    except OSError as error:
        raise RunDirectoryError(
            f"{folder}: expected to write the script of the job here, got "
            f"{error.strerror}; choose another --out"
        ) from error
    return script
