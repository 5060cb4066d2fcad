"""Does the database help searches that train? CoDeepNEAT, one problem left out.

Every problem of the database that comes along is searched as for the database itself,
with equal trainings and seeds, but advised by what the other problems' searches have
found. Run it from the repository, on a machine that does nothing else::

    export EVONAS_DATA=…
    python benchmarks/minibench_trained.py --unconstrained runs/curated/runs
    python benchmarks/minibench_trained_report.py

`--unconstrained` names the runs of `minibench build`, whose searches are an arm of
this; without it they are made anew. Every finished search leaves a small file. After
Ctrl-C, or a power cut, the same command goes on, in the middle of a search too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from minibench_trained_figures import circumstances, figures, usual_seconds
from minibench_trained_sets import SETS, control_set, other_problems

from cluster import StopSignal
from evonas.build import Resolved, resolve, stopping, worker_environment
from evonas.build.problem import problem_of
from evonas.compare.play import Job as Played
from evonas.compare.play import play
from evonas.config import load_config
from evonas.errors import EvonasError
from evonas.storage import RunDirectory
from evonas.storage.files import replace_file
from minibench.cli import main as minibench
from minibench.constraint_text import write_constraints
from minibench.shipped import SEARCHES

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "minibench-trained" / "searches"
WORK = Path("benchmark-runs") / "minibench-trained"
#: of a search; other numbers go into a folder of their own
TRAININGS = 96

#: the others of its modality are none, so that all the others are named
ALONE = ("cola",)
#: One problem of each modality: the source's own image data set; the series whose
#: searches differ most and are far from perfect; the source's own table, the largest.
CONTROLLED = ("fashion-mnist", "osu-leaf", "protein")
#: where the source has measured its parallel implementation
SPEED = "fashion-mnist"
#: arm → workers; nothing else runs beside these
WORKERS = {"workers-1": 1, "workers-2": 2}
ARMS = ("unconstrained", "constrained", "hpo", *SETS, *WORKERS)
_STOPPED, _COMPLAINED = 3, 2


class Job(NamedTuple):
    """One search."""

    problem: str
    arm: str
    seed: int

    @property
    def name(self) -> str:
        """Of its file and its run directory."""
        return f"{self.problem}-{self.arm}-{self.seed}"


class Places(NamedTuple):
    """Where everything lies, and how long searches are."""

    out: Path
    work: Path
    trainings: int

    @property
    def database(self) -> str:
        """What comes along, as a database."""
        return str((self.work / "shipped.sqlite").absolute())

    def run(self, job: Job) -> Path:
        """The run directory of a search."""
        length = "" if self.trainings == TRAININGS else f"-{self.trainings}"
        return (self.work / f"runs{length}" / job.name).absolute()

    def file(self, job: Job) -> Path:
        """What is left of a search."""
        return self.out / f"{job.name}.json"


def resolved_of(job: Job, places: Places) -> Resolved:
    """The settings of a search."""
    given = [f"budget.evaluations={places.trainings}", f"seed={job.seed}"]
    if job.arm in WORKERS:
        given.append(f"workers={WORKERS[job.arm]}")
    path = SEARCHES[job.problem]
    plain = resolve(load_config(path, given))
    section = section_of(job, places, plain)
    if section is None:
        return plain
    return resolve(load_config(path, [*given, f"constraints={json.dumps(section)}"]))


def section_of(job: Job, places: Places, plain: Resolved) -> dict[str, Any] | None:
    """The `constraints` section; the product's defaults, but for what it names."""
    if job.arm == "unconstrained" or job.arm in WORKERS:
        return None
    own = problem_of(plain).name
    if job.arm in SETS:
        path = places.run(job).with_suffix(".yaml")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = control_set(plain, job.arm, places.database, own, job.seed)
            write_constraints(path, made)
        return {"set": str(path), "mode": "hard", "accept": 1.0}
    section: dict[str, Any] = {"database": places.database, "leave_out": [own]}
    if job.problem in ALONE:
        section["problems"] = other_problems(places.database, own)
    if job.arm == "hpo":
        section["vary"] = "hyperparameters"
    return section


def search(job: Job, places: Places) -> None:
    """Do a search, or go on with it, and write its file; the process's exit tells."""
    parent = os.getppid()
    with stopping() as signal:

        def stop() -> str:
            return signal() or ("" if os.getppid() == parent else "nobody waits for it")

        try:
            resolved = resolved_of(job, places)
        except EvonasError as error:
            print(f"{job.name}: {error}", file=sys.stderr, flush=True)
            sys.exit(_COMPLAINED)
        directory = places.run(job)
        settings = json.dumps(resolved.config.to_json())
        found = play(Played(job.name, settings, job.seed, directory), stop)
    if found is None:
        sys.exit(_STOPPED)
    if "complaint" in found:
        print(f"{job.name}: {found['complaint']}", file=sys.stderr, flush=True)
        sys.exit(_COMPLAINED)
    keep(job, places, directory, resolved, circumstances(ROOT))
    shutil.rmtree(directory / "weights", ignore_errors=True)


def keep(
    job: Job,
    places: Places,
    directory: Path,
    resolved: Resolved,
    where: dict[str, Any],
) -> None:
    """Write the file of a finished search."""
    section = resolved.config.constraints
    told = {
        "problem": job.problem,
        "arm": job.arm,
        "constraints": None
        if not section.given
        else {**section.model_dump(mode="json"), "database": None, "set": None},
        "command": f"python benchmarks/minibench_trained.py --only {job.problem} "
        f"--arms {job.arm} --seeds {job.seed}",
        **where,
    }
    found = figures(RunDirectory.open(directory), resolved, told)
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}"
        for key, value in found.items()
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    replace_file(places.file(job), text.encode())


def take_over(job: Job, places: Places, runs: Sequence[Path]) -> bool:
    """Take the figures of an unconstrained search that was made for the database.

    Those of other settings, or that are not finished, are not taken.
    """
    for folder in runs:
        path = folder / job.problem / f"seed-{job.seed}"
        if not (path / "result.json").exists():
            continue
        directory = RunDirectory.open(path)
        now, then = resolved_of(job, places), resolve(load_config(directory.config))
        result = directory.read_result() or {}
        differing = [
            name
            for name in ("strategy", "space", "fidelity", "budget", "objectives")
            if now.config.to_json()[name] != then.config.to_json()[name]
        ]
        if now.task.version != then.task.version:
            differing.append("task")
        if differing or result.get("status") != "finished":
            why = ", ".join(differing) or "it is not finished"
            print(f"{path}: not taken ({why})", file=sys.stderr, flush=True)
            continue
        tests = result.get("tests") or [{}]
        where = {
            "machine": None,
            "load": None,
            "date": tests[0].get("at", "")[:10] or None,
            "commit": None,
            "command": f"minibench build {job.problem}",
        }
        keep(job, places, path, now, where)
        return True
    return False


def wanted(
    problems: Sequence[str], arms: Sequence[str], seeds: Sequence[int]
) -> list[Job]:
    """The searches, those first without which nothing can be said."""
    found = []
    for arm in arms:
        for seed in seeds:
            for problem in problems:
                if arm in WORKERS and problem != SPEED:
                    continue
                if arm in ("hpo", *SETS) and problem not in CONTROLLED:
                    continue
                found.append(Job(problem, arm, seed))
    return found


class Campaign:
    """Does the searches that are missing, some at a time.

    Args:
        places: of everything.
        jobs: to be done, in their order.
        processes: searches at once.
    """

    def __init__(self, places: Places, jobs: Sequence[Job], processes: int) -> None:
        self._places = places
        self._waiting = deque(jobs)
        self._count = len(jobs)
        self._processes = processes
        self._running: dict[BaseProcess, Job] = {}
        #: problem → seconds of a search before, of whatever arm
        self._usual = usual_seconds(places.out)
        #: seconds of the searches done now, and of them before
        self._done = self._before = 0.0
        self._failed: list[Job] = []

    def conduct(self) -> int:
        """Until all are done, or a signal comes; the exit code."""
        context = multiprocessing.get_context("spawn")
        with StopSignal() as signal:
            while self._waiting or self._running:
                if signal:
                    return self._stop(signal.name)
                while self._waiting and self._room(self._waiting[0]):
                    job = self._waiting.popleft()
                    process = context.Process(target=search, args=(job, self._places))
                    process.start()
                    self._running[process] = job
                wait([process.sentinel for process in self._running], 0.5)
                self._collect()
        for job in self._failed:
            print(f"{job.name}: failed; see above", file=sys.stderr)
        return 1 if self._failed else 0

    def _room(self, job: Job) -> bool:
        """Searches whose time is measured have the machine for themselves."""
        alone = job.arm in WORKERS or any(
            one.arm in WORKERS for one in self._running.values()
        )
        return len(self._running) < (1 if alone else self._processes)

    def _collect(self) -> None:
        for process in [one for one in self._running if not one.is_alive()]:
            job = self._running.pop(process)
            process.join()
            if process.exitcode:
                self._failed.append(job)
                print(f"{job.name}: ended with {process.exitcode}", flush=True)
                continue
            self._tell(job)

    def _tell(self, job: Job) -> None:
        found = json.loads(self._places.file(job).read_text())
        seconds = found["wall_seconds"]
        self._done += seconds
        self._before += self._expected(job)
        last = [one["best"] for one in found["generations"] if one["best"] is not None]
        best = max(last) if found["direction"] == "maximise" else min(last)
        left = len(self._waiting) + len(self._running)
        print(
            f"{self._count - left}/{self._count} {job.name}: {seconds:.0f} s, "
            f"{found['metric']} {best:.4g}; about {self._minutes():.0f} min left",
            flush=True,
        )

    def _expected(self, job: Job) -> float:
        """Seconds of a search, as it was before; 60 where none is known at all."""
        known = self._usual.values()
        return self._usual.get(job.problem) or (mean(known) if known else 60.0)

    def _minutes(self) -> float:
        """Of the searches that are left, as much sooner or later than before."""
        cost = 0.0
        for job in (*self._waiting, *self._running.values()):
            at_once = 1 if job.arm in WORKERS else self._processes
            cost += self._expected(job) / at_once
        return cost * self._done / self._before / 60

    def _stop(self, name: str) -> int:
        """Let the searches stop where they are; they go on from there."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()
        print(
            f"Stopped by {name}; the same command goes on where each search was.",
            file=sys.stderr,
        )
        return _STOPPED


def prepare(places: Places) -> None:
    """The folders, and the database that comes along."""
    places.out.mkdir(parents=True, exist_ok=True)
    places.work.mkdir(parents=True, exist_ok=True)
    database = Path(places.database)
    if database.exists():
        return
    unfinished = database.with_name(f"unfinished-{os.getpid()}.sqlite")
    for command in (["init"], ["import", "shipped"]):
        if minibench([*command, "--db", str(unfinished)]):
            sys.exit(1)
    unfinished.rename(database)


def main(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=list(SEARCHES), choices=SEARCHES)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--trainings", type=int, default=TRAININGS)
    parser.add_argument("--processes", type=int, default=2, help="searches at once")
    parser.add_argument(
        "--unconstrained",
        nargs="+",
        type=Path,
        default=[],
        metavar="DIR",
        help="folders with PROBLEM/seed-N, as `minibench build` makes them",
    )
    parser.add_argument("--work", type=Path, default=WORK, help="runs and database")
    parser.add_argument("--out", type=Path, help="folder of the figures")
    given = parser.parse_args(words)
    out = given.out or RESULTS
    if given.trainings != TRAININGS and given.out is None:
        out = given.work / f"searches-{given.trainings}"
    places = Places(out, given.work, given.trainings)
    prepare(places)
    jobs = [
        job
        for job in wanted(given.only, given.arms, given.seeds)
        if not places.file(job).exists()
    ]
    jobs = [
        job
        for job in jobs
        if job.arm != "unconstrained" or not take_over(job, places, given.unconstrained)
    ]
    print(f"{len(jobs)} searches to be done", flush=True)
    if not jobs:
        return 0
    os.environ.update(worker_environment(load_config(SEARCHES[jobs[0].problem])))
    return Campaign(places, jobs, given.processes).conduct()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
