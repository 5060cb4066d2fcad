"""Energy that a training took, where the device tells it.

Read from NVIDIA's management library (GPUs since Volta) or, on a CPU, from the
kernel's power capping interface (RAPL), which only some users may read. What others do
on the device meanwhile is counted in.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import torch

#: of the kernel's power capping interface
POWERCAP = Path("/sys/class/powercap")
_SUCCESS = 0

#: joules since some point in the past
Counter = Callable[[], float]


def energy_counter(device: torch.device, powercap: Path = POWERCAP) -> Counter | None:
    """The device's counter; None where it has none or does not tell.

    Args:
        device: that trains.
        powercap: folder of the kernel's interface.
    """
    return _gpu(device) if device.type == "cuda" else _cpu(powercap)


def _cpu(powercap: Path) -> Counter | None:
    """The sum over the packages, each of which begins anew at its largest value."""
    zones = sorted(powercap.glob("intel-rapl:[0-9]*"))
    packages = [zone for zone in zones if zone.name.count(":") == 1]
    try:
        ranges = [_number(zone / "max_energy_range_uj") for zone in packages]
        last = [_number(zone / "energy_uj") for zone in packages]
    except (OSError, ValueError):
        return None
    if not packages:
        return None
    total = 0

    def joules() -> float:
        nonlocal total
        for place, zone in enumerate(packages):
            now = _number(zone / "energy_uj")
            total += (now - last[place]) % (ranges[place] + 1)
            last[place] = now
        return total / 1e6

    return joules


def _number(path: Path) -> int:
    return int(path.read_text())


def _gpu(device: torch.device) -> Counter | None:
    """NVML's count in millijoules, by the card's UUID."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    uuid = f"GPU-{torch.cuda.get_device_properties(device).uuid}"
    handle = ctypes.c_void_p()
    found = nvml.nvmlInit_v2() == _SUCCESS and (
        nvml.nvmlDeviceGetHandleByUUID(uuid.encode(), ctypes.byref(handle)) == _SUCCESS
    )
    if not found:
        return None
    count = ctypes.c_ulonglong()

    def joules() -> float:
        nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(count))
        return count.value / 1e3

    told = nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(count))
    return joules if told == _SUCCESS else None
