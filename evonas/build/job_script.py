"""The batch job of a search: goes on by itself until the search is finished."""

from __future__ import annotations

import math
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from cluster.batch import Job, Scheduler
from cluster.schedulers import default_reserve
from evonas.config import Config
from evonas.errors import ConfigError

#: what no scheduler must have quoted for it
_PLAIN_PATH = re.compile(r"[\w@+=:,./-]+")

_SCRIPT = """\
#!/bin/bash
{directives}

# Written by `evonas submit`. Begins the search, or goes on with it, and queues itself
# again until {run}/result.json says "finished", or that another job took the search.
run={run}
job={job}
most={most}
{prologue}
cd {here} || exit 2
export CLUSTER_EXIT_CODE_FILE="$job/exit_code"
rm -f "$CLUSTER_EXIT_CODE_FILE"
{setup}
finished() {{
  grep -qs '^  "status": "finished"' "$run/result.json"
}}
taken() {{
  [ "$status" = 3 ] && grep -qs '^  "reason": "hand-over' "$run/result.json"
}}

# The search stops cleanly on USR1, with which the scheduler warns of the end. TERM
# without a warning comes from whoever cancels the job: it stops too, and is not queued
# again. After a warning it means that the search hangs.
warned=
cancelled=
search=
tell() {{
  [ -z "$search" ] || kill "$1" "$search" 2>/dev/null
}}
warn() {{
  warned=yes
  tell -USR1
}}
cancel() {{
  if [ -n "$warned" ]; then
    tell -KILL
  else
    cancelled=yes
    tell -USR1
  fi
}}
trap warn USR1 USR2
trap cancel TERM INT

finished && exit 0
if [ -e "$run/config.yaml" ]; then
  {resume} &
else
  {begin} &
fi
search=$!
# A signal ends `wait` before the search has ended.
while wait "$search"; status=$?; kill -0 "$search" 2>/dev/null; do :; done
# The first rank writes its own; that of the launcher may be another.
[ ! -s "$CLUSTER_EXIT_CODE_FILE" ] || status="$(cat "$CLUSTER_EXIT_CODE_FILE")"

if finished; then
  exit 0
elif [ "$status" = 2 ] || [ "$status" = 126 ] || [ "$status" = 127 ]; then
  echo "$job: the input is wrong, see above; not queued again" >&2
  exit 2
elif taken; then
  echo "$job: another process goes on with the search; not queued again" >&2
  exit 3
elif [ -n "$cancelled" ]; then
  echo "$job: cancelled; submit it again to go on" >&2
  exit 3
elif [ "$attempt" -ge "$most" ]; then
  echo "$job: not finished after $attempt more jobs, as many as cluster.requeue" \\
    "allows; submit it again to go on" >&2
  exit 3
fi
{again}
"""


def job_folder(run: Path) -> Path:
    """Where script and output of a run's jobs lie: beside its directory."""
    return run.with_name(f"{run.name}.job")


def job_script(
    scheduler: Scheduler,
    config: Config,
    *,
    path: Path,
    run: Path,
    overrides: Sequence[str] = (),
) -> str:
    """The script of a search's job.

    Args:
        scheduler: that will run it.
        config: of the search, with its `cluster` section.
        path: the file of the config.
        run: directory of the run, absolute.
        overrides: `dotted.key=value` texts that the search gets as well.

    Raises:
        ConfigError: a setting that no job can be made of.
    """
    settings = config.cluster
    for place in (run, Path.cwd()):
        if not _PLAIN_PATH.fullmatch(str(place)):
            raise ConfigError(
                f"expected a path of letters, digits and ._-+=:,@/ for a job, since "
                f"schedulers read it, got {str(place)!r}; choose another --out"
            )
    folder = job_folder(run)
    job = Job(
        name=settings.name or re.sub(r"[^\w.-]", "-", path.stem),
        nodes=settings.nodes,
        ranks_per_node=settings.ranks_per_node,
        cpus_per_rank=settings.cpus_per_rank or config.threads,
        gpus_per_node=math.ceil(settings.gpus_per_rank * settings.ranks_per_node),
        memory_per_node=settings.memory_per_node,
        account=settings.account,
        partition=settings.partition,
        seconds=settings.seconds,
        warn_seconds=_warning(config),
        log=folder / "log",
        options=settings.options,
    )
    begin = ["search", str(path.absolute()), "--out", str(run)]
    begin += [f"--set={override}" for override in overrides]
    return _SCRIPT.format(
        directives="\n".join(scheduler.directives(job)),
        run=run,
        job=folder,
        most=settings.requeue,
        prologue="\n".join(scheduler.prologue(job)),
        here=Path.cwd(),
        setup="".join(f"{line}\n" for line in _setup(config)),
        begin=_command(config, shlex.join(begin)),
        resume=_command(config, 'resume "$run"'),
        again="\n".join(scheduler.again),
    )


def _warning(config: Config) -> int:
    """Seconds before the end at which the scheduler warns.

    Half of the search's own reserve: the warning is for a search that has missed it,
    and Slurm may be a minute early.
    """
    settings = config.cluster
    reserve = settings.reserve_seconds
    if reserve is None:
        reserve = default_reserve(settings.seconds)
    return max(5, round(reserve / 2))


def _setup(config: Config) -> list[str]:
    settings = config.cluster
    lines = [f"module load {shlex.quote(name)}" for name in settings.modules]
    if settings.venv is not None:
        lines.append(f"source {shlex.quote(str(settings.venv))}/bin/activate")
    return [*lines, *settings.setup]


def _command(config: Config, words: str) -> str:
    """The command line that runs `evonas` with some words on all ranks."""
    settings = config.cluster
    if settings.image is not None:
        gpu = ["--nv"] if settings.gpus_per_rank else []
        program = shlex.join(["apptainer", "exec", *gpu, str(settings.image), "evonas"])
    elif settings.venv is not None or settings.modules or settings.setup:
        program = "evonas"
    else:
        # Nothing is prepared there: what submits will search.
        program = shlex.join([sys.executable, "-m", "evonas"])
    if settings.launch == "auto" and settings.nodes == 1:
        return f"{program} {words} --mpi {settings.ranks_per_node}"
    launch = "mpirun -n {ranks}" if settings.launch == "auto" else settings.launch
    filled = launch.format(
        ranks=settings.ranks,
        nodes=settings.nodes,
        ranks_per_node=settings.ranks_per_node,
    )
    return f"{filled} {program} {words}"
