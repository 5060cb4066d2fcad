"""The script of a job: as it always was, and what it does, played by bash."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from cluster.batch import SCHEDULERS
from evonas.build.job_script import job_folder, job_script
from evonas.config import config_from_json
from evonas.errors import ConfigError

GOLDEN = Path(__file__).parent.parent / "golden" / "jobs"

#: everything that can be asked for
FULL = {
    "nodes": 4,
    "ranks_per_node": 5,
    "cpus_per_rank": 2,
    "gpus_per_rank": 0.8,
    "memory_per_node": "64G",
    "account": "proj-7",
    "partition": "gpu",
    "time": "1h30m",
    "requeue": 7,
    "modules": ["cuda/12.4", "openmpi"],
    "venv": "/home/me/env",
    "setup": ["ulimit -n 4096"],
    "launch": "mpirun -n {ranks} --map-by ppr:{ranks_per_node}:node",
}
#: what only one of them understands
OPTIONS = {"slurm": "--constraint=a100", "lsf": "-alloc_flags smt4", "pbs": "-m n"}

#: stands for evonas: notes its words, then does what the test says
FAKE = """\
#!/bin/bash
echo "$@" >> words
mkdir -p first; touch first/config.yaml
{does}
"""
STOPPED = """echo '{"status": "stopped"}' > first/result.json; exit 3"""
FINISHED = """printf '{\\n  "status": "finished"\\n}' > first/result.json; exit 0"""
WAITS = """\
trap 'echo told >> words; exit 3' USR1
touch waiting
for i in {1..600}; do sleep 0.1; done
"""


def script(folder: Path, scheduler: str = "slurm", **cluster: Any) -> str:
    """Of a search that is started in a folder."""
    config = config_from_json(
        {
            "task": {"name": "digits"},
            "strategy": {"name": "random"},
            "budget": {"evaluations": 10},
            "cluster": cluster,
        }
    )
    return job_script(
        SCHEDULERS[scheduler],
        config,
        path=folder / "my search.yaml",
        run=folder / "first",
        overrides=["seed=3"],
    )


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_script_is_what_it_always_was(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letter by letter; to change it is a decision, seen in the golden file."""
    monkeypatch.chdir(tmp_path)
    text = script(tmp_path, scheduler, **FULL, options=[OPTIONS[scheduler]])
    golden = GOLDEN / f"{scheduler}.sh"
    assert text.replace(str(tmp_path), "/home/me") == golden.read_text()


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("cluster", [{}, FULL], ids=["defaults", "full"])
def test_bash_can_read_it(scheduler: str, cluster: dict[str, Any]) -> None:
    """Without a warning of its own."""
    text = script(Path("/scratch/me"), scheduler, **cluster)
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_how_ranks_are_started() -> None:
    """On one machine evonas does it itself; an image holds the program."""
    assert " search '/s/my search.yaml' --out /s/first --set=seed=3 --mpi 2 &" in (
        script(Path("/s"))
    )
    assert "mpirun -n 6 " in script(Path("/s"), nodes=3)
    text = script(Path("/s"), image="/i.sif", gpus_per_rank=1, nodes=2)
    assert "mpirun -n 4 apptainer exec --nv /i.sif evonas resume" in text
    assert "--gres=gpu:2" in text
    text = script(Path("/s"), launch="srun --mpi=pmix")
    assert "\n  srun --mpi=pmix" in text


def test_a_path_that_a_scheduler_would_misread_is_refused(tmp_path: Path) -> None:
    """They have their own ideas about blanks and percent signs."""
    folder = tmp_path / "100% mine"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"path of letters, digits.*100% mine"):
        script(folder)


class Played:
    """A job that bash runs, with programs that only note that they were called."""

    def __init__(self, folder: Path, scheduler: str, does: str, **cluster: Any) -> None:
        self.folder = folder
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        for name in ("scontrol", "qsub"):
            self._program(programs / name, f'#!/bin/bash\necho {name} "$@" >> words\n')
        self._program(programs / "squeue", "#!/bin/bash\necho 2030-01-01T00:00:00\n")
        self._program(programs / "evonas", FAKE.replace("{does}", does))
        text = script(folder, scheduler, launch="exec", setup=["true"], **cluster)
        job_folder(folder / "first").mkdir(exist_ok=True)
        self._program(folder / "first.job" / "job.sh", text)
        self._environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SLURM_JOB_ID": "41",
            "PBS_JOBID": "41.host",
        }

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def start(self, **environment: str) -> subprocess.Popen[str]:
        """Run the job."""
        (self.folder / "words").unlink(missing_ok=True)
        (self.folder / "waiting").unlink(missing_ok=True)
        return subprocess.Popen(
            [str(self.folder / "first.job" / "job.sh")],
            env={**self._environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, **environment: str) -> tuple[int, str]:
        """Run it to its end: exit code and output."""
        process = self.start(**environment)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out

    def words(self) -> list[str]:
        """What was called."""
        found = self.folder / "words"
        return found.read_text().splitlines() if found.exists() else []


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the search is submitted."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


BEGIN = "search {0}/my search.yaml --out {0}/first --set=seed=3"


def test_a_job_begins_goes_on_and_ends(here: Path) -> None:
    """`search` once, then `resume` until the result says finished; then nothing."""
    assert Played(here, "slurm", STOPPED).run()[0] == 0
    played = Played(here, "slurm", STOPPED)
    assert played.run()[0] == 0
    assert played.words() == [f"resume {here}/first", "scontrol requeue 41"]
    played = Played(here, "slurm", FINISHED)
    assert played.run()[0] == 0
    assert played.words() == [f"resume {here}/first"]
    assert played.run()[0] == 0
    assert played.words() == []


def test_the_first_job_starts_the_search(here: Path) -> None:
    """With the words that were submitted."""
    played = Played(here, "slurm", STOPPED)
    played.run()
    assert played.words() == [BEGIN.format(here), "scontrol requeue 41"]


@pytest.mark.parametrize(
    "does",
    [
        "kill -9 $$",
        "exit 1",
        'echo \'{"status": "stopped"}\' > first/result.json; kill -9 $$',
        "exit 0",
    ],
)
def test_a_killed_search_is_queued_again(here: Path, does: str) -> None:
    """It left no result, or an old one."""
    played = Played(here, "slurm", does)
    assert played.run()[0] == 0
    assert played.words()[-1] == "scontrol requeue 41"


def test_a_search_that_was_handed_over_is_not_queued_again(here: Path) -> None:
    """Whoever took it goes on with it; an old word of that does not count."""
    result = FINISHED.replace('finished"', 'stopped",\\n  "reason": "hand-over to me"')
    played = Played(here, "slurm", result.replace("exit 0", "exit 3"))
    code, out = played.run()
    assert code == 3
    assert "another process goes on with the search" in out
    assert "scontrol requeue 41" not in played.words()
    played = Played(here, "slurm", "kill -9 $$")
    assert played.run()[0] == 0
    assert played.words()[-1] == "scontrol requeue 41"


@pytest.mark.parametrize("does", ["exit 2", 'echo 2 > "$CLUSTER_EXIT_CODE_FILE"'])
def test_a_wrong_input_is_not_queued_again(here: Path, does: str) -> None:
    """Also where the launcher has an exit code of its own."""
    played = Played(here, "slurm", does)
    code, out = played.run()
    assert code == 2
    assert "the input is wrong" in out
    assert played.words() == [BEGIN.format(here)]


def test_a_job_is_queued_again_so_often_and_no_more(here: Path) -> None:
    """By the count of Slurm, or by that of the script."""
    played = Played(here, "slurm", STOPPED, requeue=3)
    assert played.run(SLURM_RESTART_COUNT="2")[0] == 0
    code, out = played.run(SLURM_RESTART_COUNT="3")
    assert code == 3
    assert "not finished after 3 more jobs" in out
    played = Played(here, "lsf", STOPPED, requeue=2)
    assert [played.run()[0] for _ in range(3)] == [75, 75, 3]


def test_pbs_gets_a_job_that_begins_after_this_one(here: Path) -> None:
    """It submits itself; the output of all jobs is in one file."""
    played = Played(here, "pbs", f"echo searching; {STOPPED}", requeue=1)
    assert played.run() == (0, "")
    again = f"qsub -W depend=afterany:41.host {here}/first.job/job.sh"
    assert played.words()[-1] == again
    assert played.run() == (3, "")
    log = (here / "first.job" / "log").read_text()
    assert log.count("searching") == 2


def test_the_end_is_told_where_the_scheduler_does_not(here: Path) -> None:
    """In seconds since 1970; an older Slurm is asked, a newer one tells it itself."""
    does = 'echo "$CLUSTER_JOB_END_TIME" >> words'
    played = Played(here, "slurm", does)
    played.run(TZ="UTC")
    assert played.words()[1] == "1893456000"
    played.run(SLURM_JOB_END_TIME="1893456000")
    assert played.words()[1] == ""
    for scheduler in ("lsf", "pbs"):
        played = Played(here, scheduler, does, time="10m")
        played.run()
        assert 500 < float(played.words()[1]) - time.time() <= 600


@pytest.mark.parametrize(
    ("number", "code", "queued"),
    [(signal.SIGUSR1, 0, True), (signal.SIGUSR2, 0, True), (signal.SIGTERM, 3, False)],
)
def test_signals_stop_the_search(
    here: Path, number: signal.Signals, code: int, queued: bool
) -> None:
    """A warning queues the job again; whoever cancels it is obeyed."""
    played = Played(here, "slurm", WAITS)
    process = played.start()
    wait_for(here / "waiting")
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert "told" in played.words()
    assert ("scontrol requeue 41" in played.words()) == queued


def test_a_search_that_hangs_at_the_end_is_killed(here: Path) -> None:
    """TERM after a warning: the time is over; what the journal has is safe."""
    played = Played(here, "slurm", WAITS.replace("exit 3", "true"))
    process = played.start()
    wait_for(here / "waiting")
    process.send_signal(signal.SIGUSR1)
    wait_for(here / "words", "told")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert played.words()[-1] == "scontrol requeue 41"


def wait_for(path: Path, text: str = "") -> None:
    """Until a file is there, with a text in it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and text in path.read_text():
            return
        time.sleep(0.02)
    raise AssertionError(f"expected {path} with {text!r} within 30 s")
