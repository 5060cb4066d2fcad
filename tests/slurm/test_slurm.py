"""Real batch jobs of a real Slurm that runs on this machine alone.

One job starts its ranks by mpirun and hits its wall time, the other one by srun and is
warned; both are queued again and finish. They run side by side.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.environment import without_mpi
from evonas.storage import Journal

HERE = Path(__file__).parent
SERVICE = HERE / "local_slurm.sh"

missing = [
    name
    for name in ("slurmctld", "slurmd", "munged", "sbatch", "srun", "runuser")
    if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None
]
pytestmark = [
    pytest.mark.skipif(bool(missing), reason=f"Slurm is not here: no {missing}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may start Slurm"),
    # one Slurm a machine
    pytest.mark.xdist_group("slurm"),
]

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 150}
evaluator: own_parts:SlowInItsFirstJob
cluster: {ranks_per_node: 2, requeue: 9, time: 3m}
"""


class Jobs:
    """A Slurm, and the jobs that were submitted to it.

    Args:
        folder: in which the searches are started.
        state: of Slurm.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        paths = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
        self._environment = {
            **without_mpi(os.environ),
            "PYTHONPATH": paths,
            "SLURM_CONF": str(state / "slurm.conf"),
            "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        }

    def call(self, *words: str) -> str:
        """The output of a command that must succeed."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def submit(self, run: str, *words: str) -> str:
        """Submit the search; gives the number of its job."""
        evonas = [sys.executable, "-m", "evonas", "submit", "search.yaml"]
        out = self.call(*evonas, "--scheduler=slurm", "--out", run, *words)
        found = re.match(r"Submitted batch job (\d+)", out)
        assert found is not None, out
        return found[1]

    def told(self, run: str) -> str:
        """What Slurm says of a job."""
        return self.call("scontrol", "show", "job", run)

    def log(self, run: str) -> str:
        """The output of all jobs of a run."""
        path = self.folder / f"{run}.job" / "log"
        return path.read_text() if path.exists() else ""

    def records(self, run: str) -> list[int]:
        """Request numbers of all records of a run."""
        journal = self.folder / run / "journal.jsonl"
        if not journal.exists():
            return []
        events = [event for event in Journal.read(journal) if event.name == "told"]
        return [event.data["record"]["request_id"] for event in events]

    def result(self, run: str) -> dict:
        """The run's `result.json`."""
        found: dict = json.loads((self.folder / run / "result.json").read_text())
        return found

    def wait_for_end(self, run: str, job: str) -> None:
        """Until a job is through for good."""
        wait(lambda: "JobState=COMPLETED" in self.told(job), lambda: self.log(run))


def wait(true, why) -> None:
    """Until something is true; `why` says what there is instead."""
    deadline = time.monotonic() + 200
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.3)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """A Slurm for these tests."""
    state, folder = (tmp_path_factory.mktemp(name) for name in ("slurm", "work"))
    (folder / "search.yaml").write_text(CONFIG)
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    start = [str(SERVICE), "start", str(state)]
    done = subprocess.run(start, env=environment, stderr=subprocess.PIPE, timeout=120)
    try:
        assert done.returncode == 0, done.stderr
        yield Jobs(folder, state)
    finally:
        stop = [str(SERVICE), "stop", str(state)]
        subprocess.run(stop, env=environment, timeout=120, check=True)


@pytest.fixture(scope="module")
def submitted(jobs: Jobs) -> dict[str, str]:
    """Run → number of its job; both are under way."""
    timed = jobs.submit("timed", "--set=cluster.reserve_seconds=145")
    launch = "--set=cluster.launch=srun --mpi=pmix --overlap -n {ranks}"
    warned = jobs.submit("warned", "--time=10m", launch)
    return {"timed": timed, "warned": warned}


def test_a_job_that_is_warned_is_queued_again_and_finishes(jobs, submitted):
    """USR1 to the script, as Slurm sends it; the ranks were started by srun."""
    if "pmix" not in jobs.call("srun", "--mpi=list"):
        pytest.skip("srun cannot start Open MPI here: libpmix-dev is missing")
    job = submitted["warned"]
    wait(lambda: len(jobs.records("warned")) > 2, lambda: jobs.log("warned"))
    jobs.call("scancel", "--batch", "--signal=USR1", job)
    wait(lambda: "Restarts=1" in jobs.told(job), lambda: jobs.log("warned"))
    stopped = jobs.result("warned")
    assert stopped["status"] == "stopped"
    assert "stopped by SIGUSR1" in jobs.log("warned")
    jobs.wait_for_end("warned", job)
    assert jobs.result("warned")["status"] == "finished"
    assert sorted(jobs.records("warned")) == [-1, *range(150)], "none lost, none twice"


def test_a_job_that_hits_its_wall_time_is_queued_again_and_finishes(jobs, submitted):
    """It knows the end of its job, and stops before Slurm has to say so."""
    job = submitted["timed"]
    jobs.wait_for_end("timed", job)
    log = jobs.log("timed")
    assert re.search(r"stopped by (wall time|the end of its batch job)", log), log
    assert re.search(r"Restarts=[1-9] ", jobs.told(job))
    assert jobs.result("timed")["status"] == "finished"
    assert sorted(jobs.records("timed")) == [-1, *range(150)], "none lost, none twice"


def test_a_wrong_input_is_not_queued_again(jobs):
    """It fails at once, with the message in its log."""
    jobs.submit("wrong", "--set=device=cuda", "--set=evaluator=own_parts:failing")
    wait(lambda: "not queued again" in jobs.log("wrong"), lambda: jobs.log("wrong"))
    assert "licence server does not answer" in jobs.log("wrong")


def test_what_slurm_refuses_is_told(jobs):
    """Its own words, and exit code 2."""
    words = ("--scheduler=slurm", "--out", "none", "--partition=nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "evonas", "submit", "search.yaml", *words],
        cwd=jobs.folder,
        env=jobs._environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "expected `sbatch` to queue it, got: sbatch: error: invalid part" in (
        done.stderr
    )
