"""What the ranks of the tests run: `python rank_program.py NAME [ARGUMENT ...]`.

Rank 0 runs the function of that name; what it prints is one JSON line, the answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cluster_work as work

from cluster import Limits, StopSignal, mpi
from cluster.executor import Completion, Executor
from evonas.errors import LostWorkerError

FREE = Limits()


def _answer(**found: object) -> int:
    print(json.dumps(found), flush=True)
    return 0


def _complete(executor: Executor, count: int, seconds: float = 20) -> list[Completion]:
    found: list[Completion] = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        found += executor.wait(0.5)
    return found


def contract() -> int:
    """Run the contract suite on this job's executor."""
    # imported here, since the ranks of other programs need not wait for it
    import pytest

    file = Path(__file__).with_name("rank_contract.py")
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    return int(pytest.main([str(file), *options]))


def count() -> int:
    """Who worked."""
    with mpi.open_executor() as executor:
        for ticket in range(20):
            executor.submit(ticket, work.pause, 0.02, FREE)
        done = _complete(executor, 20)
        return _answer(
            workers=executor.workers,
            values=len([one for one in done if one.failure is None]),
            names=sorted({one.worker for one in done}),
        )


def code(number: str) -> int:
    """Give an exit code, without ever opening an executor."""
    return int(number)


def fault() -> int:
    """Raise in the manager, while workers have work."""
    with mpi.open_executor() as executor:
        executor.submit(0, work.pause, 60.0, FREE)
        raise ArithmeticError("the manager's own fault")


def wait_for_stop(note: str) -> int:
    """Work until told to stop, as a search does; 3 is its exit code then."""
    with StopSignal() as stop, mpi.open_executor() as executor:
        executor.submit(0, work.pause_noted, (60.0, note), FREE)
        while not stop:
            executor.wait(0.1)
    return 3


def ignore_stop(note: str) -> int:
    """Be deaf to the first signal."""
    with StopSignal(), mpi.open_executor() as executor:
        executor.submit(0, work.pause_noted, (60.0, note), FREE)
        while not executor.wait(60):
            pass
    return 0


def lose(*signals: str) -> int:
    """Kill worker ranks at work; what becomes of their tickets and of the others."""
    with mpi.open_executor() as executor:
        # the parents of the children are the ranks
        workers = executor.workers
        for ticket in range(workers):
            executor.submit(ticket, work.parent_after, 0.3, FREE)
        ranks = {done.worker: done.value for done in _complete(executor, workers)}
        for ticket in range(10 * workers):
            executor.submit(ticket, work.pause, 0.1, FREE)
        done = executor.wait(0.2)
        victims = sorted(ranks)[: len(signals)]
        for victim, name in zip(victims, signals, strict=True):
            os.kill(ranks[victim], signal.Signals[name])
        last = ""
        try:
            while len(done) < 10 * workers:
                done += executor.wait(0.5)
            executor.submit(0, work.echo, None, FREE)
        except LostWorkerError as error:
            last = str(error)
        kinds = [one.failure.kind.value if one.failure else "ok" for one in done]
        return _answer(
            tickets=len({one.ticket for one in done}),
            kinds={kind: kinds.count(kind) for kind in set(kinds)},
            lost_by=sorted({one.worker for one in done if one.failure}),
            victims=victims,
            workers=executor.workers,
            error=last,
        )


def silence() -> int:
    """Stop a worker rank with SIGSTOP, and let it go on later."""
    post = mpi._open_post()
    executor = mpi.RankExecutor(post, silence_seconds=2.0)
    with executor:
        executor.submit(0, work.parent_after, 0.0, FREE)
        executor.submit(1, work.parent_after, 0.3, FREE)
        parents = {done.worker: done.value for done in _complete(executor, 2)}
        os.kill(parents["rank-1"], signal.SIGSTOP)
        for ticket in range(4):
            executor.submit(ticket, work.pause, 0.1, FREE)
        done = _complete(executor, 4)
        kinds = sorted(one.failure.kind.value if one.failure else "ok" for one in done)
        during = executor.workers
        os.kill(parents["rank-1"], signal.SIGCONT)
        deadline = time.monotonic() + 20
        while executor.workers < 2 and time.monotonic() < deadline:
            executor.submit(9, work.pause, 0.05, FREE)
            _complete(executor, 1)
        for ticket in range(6):
            executor.submit(ticket, work.pause, 0.1, FREE)
        after = sorted({one.worker for one in _complete(executor, 6)})
        return _answer(kinds=kinds, during=during, after=after)


def broken_worker() -> int:
    """Send a worker what no manager sends: a fault of ours, not of user code."""
    with mpi.open_executor() as executor:
        mpi._open_post().send(1, mpi.Kind.DONE)
        executor.submit(0, work.pause, 60.0, FREE)
        executor.submit(1, work.pause, 60.0, FREE)
        while not executor.wait(1.0):
            pass
    return 0


def stopped_at_the_end() -> int:
    """End while a worker rank is stopped."""
    with mpi.open_executor() as executor:
        executor.submit(0, work.parent_after, 0.0, FREE)
        os.kill(_complete(executor, 1)[0].value, signal.SIGSTOP)
    return 0


def terminal() -> int:
    """Whether rich would take the output for a terminal."""
    from rich.console import Console

    return _answer(terminal=Console().is_terminal)


def idle(seconds: str) -> int:
    """CPU seconds that the manager and a worker rank use while children sleep."""
    length = float(seconds)
    with mpi.open_executor() as executor:
        executor.submit(0, work.parent_after, 0.0, FREE)
        parent = _complete(executor, 1)[0].value
        executor.submit(0, work.pause, length, FREE)
        before = time.process_time(), _cpu_seconds(parent)
        _complete(executor, 1, length + 5)
        after = time.process_time(), _cpu_seconds(parent)
    return _answer(manager=after[0] - before[0], worker=after[1] - before[1])


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def flood(calls: str) -> int:
    """Many calls submitted at once; which of them came back with their own value."""
    number = int(calls)
    with mpi.open_executor() as executor:
        for ticket in range(number):
            executor.submit(ticket, work.echo, ticket, FREE)
        back: list[int] = []
        while len(back) < number:
            found = executor.wait(60.0)
            assert found, f"{len(back)} of {number} calls came back"
            back += [one.ticket for one in found if one.value == one.ticket]
        return _answer(calls=len(back), different=len(set(back)))


PROGRAMS: dict[str, Callable[..., int]] = {
    function.__name__: function
    for function in (
        contract,
        count,
        code,
        fault,
        wait_for_stop,
        ignore_stop,
        lose,
        silence,
        broken_worker,
        stopped_at_the_end,
        terminal,
        idle,
        flood,
    )
}

if __name__ == "__main__":
    mpi.run_ranks(lambda: PROGRAMS[sys.argv[1]](*sys.argv[2:]))
