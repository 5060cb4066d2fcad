"""Several processes on one device wait for each other's memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import blobs, convolutional, request

from evonas.build.parts import GRACE_SECONDS
from evonas.evaluation import Outcome
from evonas.training import TrainingEvaluator, TrainingSettings, sharing
from evonas.training.judging import reserved_bytes
from evonas.training.sharing import (
    CONTEXT_BYTES,
    WAIT_SECONDS,
    SharedDevice,
    reservations_folder,
    shared_device,
)

#: holds the file that it is given as a process does, and says when
HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "w+b", buffering=0)
fcntl.flock(file, fcntl.LOCK_EX)
file.write(b"0 900")
print("held", flush=True)
time.sleep(600)
"""


def nothing() -> None:
    """There is no memory to hand back."""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What happens between two looks for room, in turn; each look takes no time."""
    waiting: list[Callable[[], None]] = []
    monkeypatch.setattr(sharing.time, "sleep", lambda _: waiting.pop(0)())
    return waiting


class Told:
    """A place on a device that says it waited, and notes what it was asked."""

    def __init__(self, waited: float) -> None:
        self.waited = waited
        self.asked: list[tuple[int, int, float]] = []
        self.released = 0

    def reserve(self, size: int, standing: int, patience: float) -> float:
        """Note it."""
        self.asked.append((size, standing, patience))
        return self.waited

    def release(self, hand_back: Callable[[], object]) -> None:
        """Note it."""
        self.released += 1


def evaluator(told: Told, **wanted: Any) -> TrainingEvaluator:
    """On a CPU, as if that were a shared device."""
    made = TrainingEvaluator(blobs(), TrainingSettings(device="cpu", **wanted))
    made.shared = told  # type: ignore[assignment]
    return made


def test_what_fits_beside_the_others_need_not_wait(
    tmp_path: Path, looks: list[Callable[[], None]]
) -> None:
    """Up to the last byte; what stands counts for everybody."""
    first, second = (SharedDevice(tmp_path, 1000) for _ in range(2))
    first.reserve(300, 200)
    second.reserve(400, 100)
    assert looks == []


def test_a_training_waits_until_another_one_has_ended(
    tmp_path: Path, looks: list[Callable[[], None]]
) -> None:
    """And memory that only the other process could use was handed back before."""
    first, second = (SharedDevice(tmp_path, 1000) for _ in range(2))
    order: list[str] = []
    first.reserve(600)
    looks += [nothing, lambda: first.release(lambda: order.append("handed back"))]
    second.reserve(401)
    order.append("begun")
    assert looks == []
    assert order == ["handed back", "begun"]


def test_patience_has_an_end(tmp_path: Path, looks: list[Callable[[], None]]) -> None:
    """Then it is tried all the same, and the reservation counts for those to come."""
    first, second, third = (SharedDevice(tmp_path, 1000) for _ in range(3))
    first.reserve(600)
    second.reserve(600, patience=0)
    first.release(nothing)
    looks.append(lambda: second.release(nothing))
    third.reserve(500)
    assert looks == []


def test_alone_there_is_nothing_to_wait_for(
    tmp_path: Path, looks: list[Callable[[], None]]
) -> None:
    """Whatever the size; processes without a training never end one."""
    first, second = (SharedDevice(tmp_path, 1000) for _ in range(2))
    first.reserve(600, 500)
    first.release(nothing)
    second.reserve(5000, 500)
    handed: list[int] = []
    second.release(lambda: handed.append(1))
    assert handed == [1]
    assert looks == []


def test_who_waits_holds_only_what_stands(
    tmp_path: Path, looks: list[Callable[[], None]]
) -> None:
    """Two that wait for each other would both wait in vain."""
    first, second, third = (SharedDevice(tmp_path, 1000) for _ in range(3))
    first.reserve(600)

    def meanwhile() -> None:
        third.reserve(300)
        first.release(nothing)
        third.release(nothing)

    looks.append(meanwhile)
    second.reserve(900, 100)
    assert looks == []


def test_what_a_killed_process_reserved_counts_no_more(
    tmp_path: Path, looks: list[Callable[[], None]]
) -> None:
    """Its file goes with the next look."""
    path = tmp_path / "1234-dead"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None

        def kill() -> None:
            process.kill()
            process.wait()

        try:
            assert process.stdout.readline() == b"held\n"
            looks.append(kill)
            SharedDevice(tmp_path, 1000).reserve(200)
        finally:
            process.kill()
    assert looks == []
    assert not path.exists()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 700), st.integers(0, 50)),
        max_size=30,
    )
)
def test_trainings_that_were_let_in_fit_together(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]]
) -> None:
    """In any order of coming and going, unless one is alone or its patience is over."""
    folder = tmp_path_factory.mktemp("device")
    devices = [SharedDevice(folder, 1000) for _ in range(6)]
    running: dict[int, int] = {}
    standing = dict.fromkeys(range(6), 0)
    for number, size, held in steps:
        if number in running:
            devices[number].release(nothing)
            del running[number]
            continue
        let_in = devices[number]._try(size, held, whatever=False)
        standing[number] = held
        fits = sum(running.values()) + sum(standing.values()) + size <= 1000
        assert let_in == (fits or not any(running.values()))
        if let_in:
            running[number] = size


def test_whoever_waits_is_not_killed_for_it() -> None:
    """The process has more time over the limit than it may wait."""
    assert WAIT_SECONDS <= GRACE_SECONDS / 2


def test_a_folder_that_cannot_be_used_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits then."""
    (tmp_path / "file").touch()
    device = SharedDevice(tmp_path / "file" / "device", 1000)
    device.reserve(10)
    device.release(nothing)
    device.reserve(10)
    assert len(caplog.records) == 1
    assert "do not wait" in caplog.text


def test_a_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor one that cannot be made; the own one is only for the user."""
    own = reservations_folder(tmp_path)
    assert own is not None
    assert own.stat().st_mode & 0o777 == 0o700
    link = reservations_folder(tmp_path)
    assert link == own
    own.rmdir()
    own.symlink_to(tmp_path)
    assert reservations_folder(tmp_path) is None
    assert "somebody else's" in caplog.text
    (tmp_path / "file").touch()
    assert reservations_folder(tmp_path / "file") is None
    assert "cannot be made" in caplog.text


def test_memory_of_a_cpu_is_not_shared() -> None:
    """Its workers have a limit each."""
    assert shared_device(torch.device("cpu")) is None


def test_a_training_reserves_what_it_was_predicted_to_need() -> None:
    """With room for the prediction's error, and what the process always holds."""
    told = Told(0.0)
    asked = request(convolutional(filters=40), batch_size=40)
    made = evaluator(told)
    assert made.evaluate(asked).ok
    candidate = asked.candidate
    size = reserved_bytes(candidate.architecture, (1, 8, 8), candidate.recipe, 1)
    standing = CONTEXT_BYTES + made.data.resident
    assert told.asked == [(size, standing, WAIT_SECONDS)]
    cost = made.evaluate(asked).cost["training_memory_bytes"]
    assert size == pytest.approx(1.25 * cost, abs=1)
    images, labels, positions = 60 * 8 * 8, 60 * 8, 48 * 8
    assert made.data.resident == images + labels + positions
    assert told.released == 2


def test_waiting_takes_nothing_of_the_time_limit() -> None:
    """A training that could not end in time does, once it has waited for long."""
    assert evaluator(Told(0.0), time_limit_seconds=1e-6).evaluate(
        request()
    ).outcome is (Outcome.TIMED_OUT)
    assert evaluator(Told(1e6), time_limit_seconds=1e-6).evaluate(request()).ok


def test_both_attempts_of_a_training_wait_no_longer_than_one() -> None:
    """Its process would be killed otherwise; what crashes is released, too."""
    told = Told(5.0)
    record = evaluator(told, loss="own_learning:greedy_loss").evaluate(request())
    assert record.outcome is Outcome.OUT_OF_MEMORY
    assert [patience for _, _, patience in told.asked] == [15.0, 10.0]
    assert told.asked[1][0] < told.asked[0][0]
    assert told.released == 1
