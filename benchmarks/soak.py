"""Kills a search again and again, in ways and at times that chance decides.

Each round does one thing to a real MPI job that searches in a run directory: `kill -9`
of a worker rank, of two at once, of the manager, or SIGSTOP of a worker for shorter or
longer than its heartbeat. Where the job goes on (ULFM), so do the rounds; where it
ends, the next round resumes the run on another number of ranks, with or without fault
tolerance. After every round the journal must be sound, with no record lost or told
twice; a run that comes to its end must have the records of one that was left alone::

    python benchmarks/soak.py --rounds 200 --out docs/results/soak
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from soak_rank import EVALUATIONS, SILENCE, Quick, conduct, records

from cluster import InlineExecutor
from cluster.launch import find_launcher, launch

#: a job that does nothing for so many seconds hangs
PATIENCE = 240.0
FAULTS = ("worker", "two workers", "manager", "stop")
#: of a fault's kinds; where a rank's loss ends the job, they are all the same
WEIGHTS = (0.35, 0.2, 0.25, 0.2)

#: what a user's own mpirun needs as root, and for more ranks than cores
BY_HAND = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_btl": "^ofi",
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Round:
    """One fault and what followed.

    Attributes:
        run: number of the run, which is also its seed.
        ranks: of the job.
        tolerant: whether the job survives the loss of a worker.
        fault: what was done; `none` if the job ended before.
        records: that there were afterwards.
        ended: whether the job ended; the next round then resumes the run.
        seconds: the round took.
    """

    run: int
    ranks: int
    tolerant: bool
    fault: str
    records: int
    ended: bool
    seconds: float


class Job:
    """A running MPI job on a run directory."""

    def __init__(self, run: Path, seed: int, ranks: int, tolerant: bool) -> None:
        self.notes = Path(f"{run}.notes")
        self.notes.mkdir(exist_ok=True)
        for note in self.notes.iterdir():
            note.unlink()
        rank = str(Path(__file__).with_name("soak_rank.py").resolve())
        if tolerant:
            command = [sys.executable, __file__, "--launch", str(ranks)]
        else:
            mpirun = str(find_launcher().path)
            command = [mpirun, "--bind-to", "none", "-n", str(ranks)]
            command += [sys.executable]
        self._errors = Path(f"{run}.errors").open("w+b")  # noqa: SIM115  (closed in `end`)
        self.process = subprocess.Popen(
            [*command, rank, str(run), str(seed)],
            env={**os.environ, **BY_HAND},
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,
        )
        self.stopped: dict[int, float] = {}

    @property
    def alive(self) -> bool:
        """Whether it runs; wakes up ranks whose time is over."""
        for rank, until in list(self.stopped.items()):
            if time.monotonic() >= until:
                _signal(rank, signal.SIGCONT)
                del self.stopped[rank]
        return self.process.poll() is None

    def workers(self) -> list[int]:
        """Worker ranks that live, have evaluated something and are not stopped."""
        ranks = [int(one.name[5:]) for one in self.notes.glob("rank-*")]
        return [one for one in ranks if _lives(one) and one not in self.stopped]

    def manager(self) -> int | None:
        """The process of rank 0, once it is there."""
        note = self.notes / "manager"
        text = note.read_text() if note.exists() else ""
        return int(text) if text and _lives(int(text)) else None

    def end(self) -> str:
        """Kill whatever is left; gives what the ranks said."""
        left = [*self.workers(), *self.stopped, *filter(None, [self.manager()])]
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        for rank in left:
            _signal(rank, signal.SIGKILL)
        self.process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        self._errors.close()
        return text


def _lives(process: int) -> bool:
    """Whether a process of ours lives; another one may have its number by now."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return b"soak_rank.py" in words


def _signal(process: int, number: int) -> None:
    if _lives(process):
        os.kill(process, number)


class Soak:
    """Rounds on one run after the other.

    Args:
        folder: for the runs.
        seed: of all that chance decides.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = np.random.default_rng(seed)
        self._known: dict[int, list[Any]] = {}
        self._begun = 0
        self.rounds: list[Round] = []
        self.findings: list[str] = []
        self.resumes = 0
        self.finished = 0

    def run(self, rounds: int, report: Callable[[], None]) -> None:
        """Go through so many rounds, and on to the end of the last run.

        Args:
            rounds: at least so many.
            report: called after every run.
        """
        while len(self.rounds) < rounds:
            number = self._begun
            self._begun += 1
            self._known = {}
            path = self._folder / f"run-{number}"
            jobs = 0
            while not self._finished(path):
                self._conduct(path, number, calm=len(self.rounds) >= rounds)
                jobs += 1
            self.resumes += jobs - 1
            self._compare(path, number)
            report()

    def _conduct(self, path: Path, number: int, *, calm: bool) -> None:
        """One job, and what happens to it until it ends."""
        ranks = int(self._random.integers(2, 7))
        tolerant = bool(self._random.random() < 0.7)
        job = Job(path, number, ranks, tolerant)
        try:
            while job.alive:
                start = time.monotonic()
                fault = "none" if calm else self._disturb(job, path)
                if not self._settle(job, path, until_end=fault == "none"):
                    self._find(path, f"{ranks} ranks hung after {fault}")
                    break
                if fault == "none":
                    continue
                self._check(path, fault)
                seconds = time.monotonic() - start
                told, ended = len(self._known), not job.alive
                one = Round(number, ranks, tolerant, fault, told, ended, seconds)
                self.rounds.append(one)
                print(len(self.rounds), *asdict(one).values(), file=sys.stderr)
        finally:
            said = job.end()
        self._check(path, "the end of the job")
        if "internal error" in said or "Traceback" in said:
            self._find(path, f"a traceback:\n{said[-2000:]}")

    def _disturb(self, job: Job, path: Path) -> str:
        """Wait for a moment of chance, then do something bad; what was done."""
        fault = str(self._random.choice(FAULTS, p=WEIGHTS))
        records_more = int(self._random.integers(1, 25))
        pause = self._random.exponential(0.05)
        goal = _lines(path) + 2 * records_more
        victims = 2 if fault == "two workers" else 1

        def ready() -> bool:
            if _lines(path) < goal:
                return False
            return fault == "manager" or len(job.workers()) >= victims

        deadline = time.monotonic() + PATIENCE / 4
        while not ready():
            if not job.alive:
                return "none"
            if time.monotonic() > deadline:
                fault = "manager"
                break
            time.sleep(0.005)
        time.sleep(pause)
        if fault == "manager":
            manager = job.manager()
            if manager is None:
                return "none"
            _signal(manager, signal.SIGKILL)
            return fault
        chosen = self._random.permutation(job.workers())[:victims]
        for rank in map(int, chosen):
            if fault == "stop":
                _signal(rank, signal.SIGSTOP)
                length = self._random.uniform(0.2, 3 * SILENCE)
                job.stopped[rank] = time.monotonic() + length
            else:
                _signal(rank, signal.SIGKILL)
        return fault if len(chosen) else "none"

    def _settle(self, job: Job, path: Path, *, until_end: bool) -> bool:
        """Wait until the job has ended or gone on; False: neither."""
        goal = math.inf if until_end else _lines(path) + 4
        last, since = _lines(path), time.monotonic()
        while job.alive and _lines(path) < goal:
            if _lines(path) != last:
                last, since = _lines(path), time.monotonic()
            if time.monotonic() - since > PATIENCE:
                return False
            time.sleep(0.01)
        return True

    def _check(self, path: Path, after: str) -> None:
        """The journal is sound, and has every record that it had before."""
        try:
            found = records(path)
        except Exception as error:
            self._find(path, f"after {after}: {error}")
            return
        for key, record in self._known.items():
            if found.get(key) != record:
                self._find(path, f"after {after}: record {key} was {record}")
        self._known = found

    def _finished(self, path: Path) -> bool:
        result = path / "result.json"
        if not result.exists():
            return False
        return bool(json.loads(result.read_bytes())["status"] == "finished")

    def _compare(self, path: Path, seed: int) -> None:
        """The run against one that is left alone."""
        calm = path.with_name(f"{path.name}-undisturbed")
        with InlineExecutor() as executor:
            conduct(calm, seed, Quick(), executor)
        self.finished += 1
        if records(calm) != records(path):
            self._find(path, "the records differ from those of an undisturbed run")
        best = [json.loads((one / "result.json").read_text()) for one in (calm, path)]
        if best[0]["best"] != best[1]["best"]:
            self._find(path, "the best network differs from that of an undisturbed run")

    def _find(self, path: Path, text: str) -> None:
        self.findings.append(f"{path.name}: {text}")
        print("FOUND", self.findings[-1], file=sys.stderr, flush=True)


def _lines(path: Path) -> int:
    """How many lines the journal has."""
    journal = path / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def write(out: Path, soak: Soak, arguments: argparse.Namespace) -> None:
    """The page and the raw figures."""
    from evonas.run import versions
    from evonas.storage.files import replace_file

    known = {**versions(), "mpirun": ".".join(map(str, find_launcher().open_mpi or ()))}
    kinds = Counter((one.fault, one.tolerant) for one in soak.rounds)
    ranks = Counter(one.ranks for one in soak.rounds)
    lines = [
        "# Kill and resume, again and again",
        "",
        f"{len(soak.rounds)} rounds on {soak.finished} searches of {EVALUATIONS} "
        f"evaluations each (generational CoDeepNEAT), resumed {soak.resumes} times on "
        "2 to 6 ranks. After every round: the journal is sound, no finished record is "
        "lost, none is told twice. At the end of every search: all records and the "
        "best network equal those of a search that was left alone.",
        "",
        f"**Findings: {len(soak.findings) or 'none'}.**",
        "",
        *(f"- {one}" for one in soak.findings),
        "",
        "| what was done | under ULFM | the job went on | without | the job went on |",
        "| --- | --- | --- | --- | --- |",
    ]
    for fault in FAULTS:
        cells = []
        for tolerant in (True, False):
            same = [
                one
                for one in soak.rounds
                if (one.fault, one.tolerant) == (fault, tolerant)
            ]
            went_on = sum(not one.ended for one in same)
            cells += [str(kinds[fault, tolerant]), str(went_on)]
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    spread = ", ".join(f"{count} on {size}" for size, count in sorted(ranks.items()))
    lines += [
        "",
        "Under ULFM a job survives a lost worker and ends with its last one; `stop` is "
        f"SIGSTOP for 0.2 to {3 * SILENCE:g} s where {SILENCE:g} s of silence count as "
        f"lost. Rounds by ranks: {spread}. The rule that a request is given up when "
        "three workers were lost with it is off here, since it changes the search.",
        "",
        "Versions: " + ", ".join(f"{key} {value}" for key, value in known.items()),
        "",
        f"    python benchmarks/soak.py --rounds {arguments.rounds} "
        f"--seed {arguments.seed} --out docs/results/soak",
        "",
    ]
    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "README.md", "\n".join(lines).encode())
    figures = {
        "seed": arguments.seed,
        "findings": soak.findings,
        "rounds": [asdict(one) for one in soak.rounds],
        "resumes": soak.resumes,
        "finished": soak.finished,
        "versions": known,
    }
    text = json.dumps(figures, separators=(",", ":"))
    replace_file(out / "figures.json", text.replace('{"run"', '\n{"run"').encode())


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        yield Path(folder)


def main() -> int:
    """The command line; with `--launch`, a job that may lose ranks."""
    words = sys.argv[1:]
    if words[:1] == ["--launch"]:
        return launch(int(words[1]), [sys.executable, *words[2:]])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, help="keep the runs in this new folder")
    parser.add_argument("--out", type=Path, help="folder of the results")
    arguments = parser.parse_args()
    with _folder(arguments.runs) as folder:
        soak = Soak(folder, arguments.seed)

        def report() -> None:
            print(f"{len(soak.rounds)} rounds, findings: {soak.findings or 'none'}")
            if arguments.out is not None:
                write(arguments.out, soak, arguments)

        soak.run(arguments.rounds, report)
    return 1 if soak.findings else 0


if __name__ == "__main__":
    sys.exit(main())
