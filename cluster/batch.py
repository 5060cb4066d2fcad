"""Batch schedulers: what a job asks them for, how it is submitted and queued again.

Each scheduler is an object of `SCHEDULERS`. Its `prologue` and `again` are lines of
bash, in which `$job` is the folder of the job and `$attempt` how often it was queued
again; `again` puts the job into the queue once more.
"""

from __future__ import annotations

import math
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from evonas.errors import InputError

#: a scheduler that does not answer in this time is treated as one that refused
_ANSWER_SECONDS = 120.0

#: the exit code at which LSF queues a job again
_QUEUE_AGAIN = 75

_COUNT = (
    'attempt="$(cat "$job/attempts" 2>/dev/null || echo 0)"',
    'echo "$((attempt + 1))" > "$job/attempts"',
)


@dataclass(frozen=True, slots=True)
class Job:
    """What a batch job asks for.

    Attributes:
        name: without blanks.
        nodes: machines.
        ranks_per_node: processes on each.
        cpus_per_rank: cores of each process.
        gpus_per_node: 0: none.
        memory_per_node: as the scheduler writes it; None: the scheduler's own.
        account: who pays; None: the scheduler's own.
        partition: or queue; None: the scheduler's own.
        seconds: that it may take.
        warn_seconds: before the end at which it gets SIGUSR1, where that can be had.
        log: file that its output is appended to.
        options: further options of the scheduler.
    """

    name: str
    nodes: int
    ranks_per_node: int
    cpus_per_rank: int
    gpus_per_node: int
    memory_per_node: str | None
    account: str | None
    partition: str | None
    seconds: int
    warn_seconds: int
    log: Path
    options: tuple[str, ...]


class Scheduler(ABC):
    """One kind of batch scheduler."""

    #: program that submits
    program: str
    #: with which every option in a script begins
    mark: str
    #: lines that queue the job again
    again: tuple[str, ...]
    #: whether `program` reads the script from its input
    reads_input = False

    @abstractmethod
    def options(self, job: Job) -> list[str]:
        """What a job asks for, an option a line."""

    @abstractmethod
    def prologue(self, job: Job) -> list[str]:
        """Lines that set `$attempt`, and the end of the job where nobody tells it."""

    def directives(self, job: Job) -> list[str]:
        """The lines at the head of its script."""
        return [f"{self.mark} {one}" for one in (*self.options(job), *job.options)]

    def submit(self, script: Path) -> str:
        """Submit a script; gives the scheduler's answer.

        Raises:
            InputError: there is no such scheduler here, or it refuses.
        """
        command = [self.program] if self.reads_input else [self.program, str(script)]
        try:
            done = subprocess.run(
                command,
                input=script.read_text() if self.reads_input else None,
                capture_output=True,
                text=True,
                timeout=_ANSWER_SECONDS,
            )
        except FileNotFoundError:
            raise InputError(
                f"expected `{self.program}` on the PATH, got none: submit where the "
                "scheduler is, name another --scheduler, or have the script printed "
                "with --dry-run"
            ) from None
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{script}: expected `{self.program}` to answer within "
                f"{_ANSWER_SECONDS:.0f} s, got nothing; see whether the scheduler works"
            ) from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise InputError(
                f"{script}: expected `{self.program}` to queue it, got: {said}; change "
                "the settings of `cluster` and submit again"
            )
        return done.stdout.strip()


class Slurm(Scheduler):
    """Slurm 20.11 or newer."""

    program = "sbatch"
    mark = "#SBATCH"
    again = ('scontrol requeue "$SLURM_JOB_ID"',)

    def options(self, job: Job) -> list[str]:
        """Of sbatch."""
        wanted = [
            f"--job-name={job.name}",
            f"--nodes={job.nodes}",
            f"--ntasks-per-node={job.ranks_per_node}",
            f"--cpus-per-task={job.cpus_per_rank}",
            f"--time={_clock(60 * math.ceil(job.seconds / 60))}",
            f"--output={job.log}",
            "--open-mode=append",
            "--requeue",
            f"--signal=B:USR1@{job.warn_seconds}",
        ]
        if job.gpus_per_node:
            wanted.append(f"--gres=gpu:{job.gpus_per_node}")
        for name, value in (
            ("mem", job.memory_per_node),
            ("account", job.account),
            ("partition", job.partition),
        ):
            if value is not None:
                wanted.append(f"--{name}={value}")
        return wanted

    def prologue(self, job: Job) -> list[str]:
        """It counts; before version 23 it has to be asked for the end of the job."""
        return [
            'attempt="${SLURM_RESTART_COUNT:-0}"',
            'if [ -z "${SLURM_JOB_END_TIME:-}" ]; then',
            '  end="$(squeue -h -j "$SLURM_JOB_ID" -o %e)"',
            '  [ -z "$end" ] || CLUSTER_JOB_END_TIME="$(date +%s -d "$end")"',
            "  export CLUSTER_JOB_END_TIME",
            "fi",
        ]


class Lsf(Scheduler):
    """IBM Spectrum LSF 10.1. A job that ends with `_QUEUE_AGAIN` is queued again."""

    program = "bsub"
    mark = "#BSUB"
    again = (f"exit {_QUEUE_AGAIN}",)
    reads_input = True

    def options(self, job: Job) -> list[str]:
        """Of bsub."""
        minutes = math.ceil(job.seconds / 60)
        wanted = [
            f"-J {job.name}",
            f"-n {job.nodes * job.ranks_per_node}",
            f'-R "span[ptile={job.ranks_per_node}]"',
            f"-W {minutes // 60}:{minutes % 60:02}",
            f"-o {job.log}",
            "-r",
            f"-Q {_QUEUE_AGAIN}",
            "-wa USR1",
            f"-wt {math.ceil(job.warn_seconds / 60)}",
        ]
        if job.cpus_per_rank > 1:
            wanted.append(f'-R "affinity[core({job.cpus_per_rank})]"')
        if job.gpus_per_node:
            wanted.append(f'-gpu "num={job.gpus_per_node}/host:mode=shared"')
        if job.memory_per_node is not None:
            wanted.append(f'-R "rusage[mem={job.memory_per_node}/host]"')
        if job.account is not None:
            wanted.append(f"-P {job.account}")
        if job.partition is not None:
            wanted.append(f"-q {job.partition}")
        return wanted

    def prologue(self, job: Job) -> list[str]:
        """The job is the same one each time it runs, and its script counts."""
        return [*_COUNT, _end(job)]


class Pbs(Scheduler):
    """PBS Professional or OpenPBS. The job submits itself again."""

    program = "qsub"
    mark = "#PBS"
    again = ('qsub -W "depend=afterany:$PBS_JOBID" "$job/job.sh"',)

    def options(self, job: Job) -> list[str]:
        """Of qsub."""
        chunk = [
            f"select={job.nodes}",
            f"ncpus={job.ranks_per_node * job.cpus_per_rank}",
            f"mpiprocs={job.ranks_per_node}",
        ]
        if job.gpus_per_node:
            chunk.append(f"ngpus={job.gpus_per_node}")
        if job.memory_per_node is not None:
            chunk.append(f"mem={job.memory_per_node}")
        wanted = [
            f"-N {job.name}",
            f"-l {':'.join(chunk)}",
            "-l place=scatter",
            f"-l walltime={_hours(job.seconds)}",
            "-j oe",
            f"-o {job.log.with_name('scheduler.log')}",
            "-r y",
        ]
        if job.account is not None:
            wanted.append(f"-A {job.account}")
        if job.partition is not None:
            wanted.append(f"-q {job.partition}")
        return wanted

    def prologue(self, job: Job) -> list[str]:
        """Its output is appended by itself: PBS writes over that of an earlier job."""
        return [f"exec >> {job.log} 2>&1", *_COUNT, _end(job)]


#: name → scheduler
SCHEDULERS: dict[str, Scheduler] = {"slurm": Slurm(), "lsf": Lsf(), "pbs": Pbs()}


def _end(job: Job) -> str:
    """The line that says when the job ends, for `cluster.schedulers`."""
    return f'export CLUSTER_JOB_END_TIME="$(($(date +%s) + {job.seconds}))"'


def _hours(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _clock(seconds: int) -> str:
    days, seconds = divmod(seconds, 86400)
    return f"{days}-{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
