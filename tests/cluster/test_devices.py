"""Workers and their GPUs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.devices import (
    VARIABLE,
    bind,
    device_environment,
    parse_listing,
    visible_devices,
)

LISTING = """\
GPU 0: NVIDIA H200 (UUID: GPU-aaaa)
  MIG 3g.71gb     Device  0: (UUID: MIG-1111)
  MIG 3g.71gb     Device  1: (UUID: MIG-2222)
GPU 1: NVIDIA H200 (UUID: GPU-bbbb)
"""


def write_nvidia_smi(folder: Path, script: str) -> None:
    """Put a driver's command that behaves so on the PATH."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def test_a_split_gpu_counts_as_its_parts() -> None:
    """The whole one of two parts cannot be used."""
    assert parse_listing(LISTING) == ("MIG-1111", "MIG-2222", "GPU-bbbb")
    assert parse_listing("No devices found.\n") == ()


def test_the_variable_decides_where_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """By Slurm or the user; empty means none."""
    monkeypatch.setenv(VARIABLE, "2, GPU-cccc")
    assert visible_devices() == ("2", "GPU-cccc")
    monkeypatch.setenv(VARIABLE, "")
    assert visible_devices() == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("-1", ()), ("NoDevFiles", ()), ("0,-1,1", ("0",)), ("0,,1", ("0",))],
)
def test_a_name_of_no_gpu_ends_the_list(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: tuple[str, ...]
) -> None:
    """As CUDA reads it: a worker bound to what comes behind would have none."""
    monkeypatch.setenv(VARIABLE, value)
    assert visible_devices() == expected
    assert VARIABLE not in bind(0, {}) or expected


def test_each_machine_counts_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Four ranks share two GPUs; on a machine without any they are bound to nothing."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [bind(index, {"A": "b"}) for index in range(2)] == [{"A": "b"}] * 2
    write_nvidia_smi(
        tmp_path, "echo 'GPU 0: X (UUID: GPU-a)'; echo 'GPU 1: X (UUID: GPU-b)'"
    )
    assert [bind(index, {})[VARIABLE] for index in range(4)] == [
        "GPU-a",
        "GPU-b",
        "GPU-a",
        "GPU-b",
    ]


def test_binding_never_loads_torch() -> None:
    """Nor does anything else of a rank."""
    program = (
        "import sys, cluster.devices, cluster.worker, cluster.manager\n"
        "cluster.devices.bind(0, {})\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_else_the_driver_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And a broken driver, or none, is no GPU."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_devices() == ()
    write_nvidia_smi(tmp_path, "echo 'GPU 0: X (UUID: GPU-aaaa)'")
    assert visible_devices() == ("GPU-aaaa",)
    write_nvidia_smi(tmp_path, "echo 'GPU 0: X (UUID: GPU-aaaa)'; exit 9")
    assert visible_devices() == ()


def test_workers_share_the_gpus_in_turn() -> None:
    """Each child sees one; without GPUs nothing is set."""
    devices = ("GPU-a", "GPU-b")
    assert device_environment(3, devices) == {VARIABLE: "GPU-b"}
    assert device_environment(0, ()) == {}


def test_a_given_device_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`device: cpu` hides every GPU, whatever the machine has."""
    monkeypatch.setenv(VARIABLE, "0,1")
    assert bind(1, {"A": "b"}) == {VARIABLE: "1", "A": "b"}
    assert bind(1, {VARIABLE: ""}) == {VARIABLE: ""}
