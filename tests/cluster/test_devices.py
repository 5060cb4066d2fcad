"""Workers and their GPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.devices import (
    VARIABLE,
    bind,
    device_environment,
    device_for,
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
    assert [device_for(index, devices) for index in range(3)] == [
        "cuda:0",
        "cuda:1",
        "cuda:0",
    ]
    assert device_environment(3, devices) == {VARIABLE: "GPU-b"}
    assert device_for(0, ()) == "cpu"
    assert device_environment(0, ()) == {}


def test_a_given_device_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`device: cpu` hides every GPU, whatever the machine has."""
    monkeypatch.setenv(VARIABLE, "0,1")
    assert bind(1, {"A": "b"}) == {VARIABLE: "1", "A": "b"}
    assert bind(1, {VARIABLE: ""}) == {VARIABLE: ""}
