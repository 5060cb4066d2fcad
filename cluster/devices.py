"""Which GPU a worker uses, found without importing torch.

A worker's child sees its own GPU only: `CUDA_VISIBLE_DEVICES` is set for it, so that in
the child the device is always plain `cuda`. Workers of one machine share its GPUs in
turn; with more workers than GPUs, several share one.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Sequence

VARIABLE = "CUDA_VISIBLE_DEVICES"

#: a driver that does not answer in this time is treated as no driver
_QUERY_SECONDS = 30.0

#: a number, or the beginning of an identifier
_NAME = re.compile(r"\d+|(?:GPU|MIG)-.+")

_LISTED = re.compile(r"\(UUID: (?P<uuid>(?:GPU|MIG)-[^)]+)\)")


def visible_devices() -> tuple[str, ...]:
    """The GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them.

    That variable decides where it is set (Slurm and users set it), else the driver's
    list does. A GPU that is split (MIG) counts as its parts. As CUDA reads the
    variable, a name that can be none (`-1`, Slurm's `NoDevFiles`) ends the list.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted is not None:
        names = (name.strip() for name in wanted.split(","))
        return tuple(itertools.takewhile(_NAME.fullmatch, names))
    command = shutil.which("nvidia-smi")
    if command is None:
        return ()
    try:
        listing = subprocess.run(
            [command, "-L"],
            capture_output=True,
            text=True,
            timeout=_QUERY_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_listing(listing)


def parse_listing(listing: str) -> tuple[str, ...]:
    """The names in what `nvidia-smi -L` prints: GPUs, or the parts of a split one."""
    devices: list[str] = []
    whole = None
    for line in listing.splitlines():
        match = _LISTED.search(line)
        if match is None:
            continue
        uuid = match["uuid"]
        if uuid.startswith("MIG-") and whole is not None and devices[-1:] == [whole]:
            devices.pop()
        elif uuid.startswith("GPU-"):
            whole = uuid
        devices.append(uuid)
    return tuple(devices)


def device_environment(index: int, devices: Sequence[str]) -> dict[str, str]:
    """The variables that show worker `index` of this machine its own device only."""
    return {VARIABLE: devices[index % len(devices)]} if devices else {}


def bind(index: int, environment: dict[str, str]) -> dict[str, str]:
    """`environment` with the device of worker `index`, unless it names one itself."""
    if VARIABLE in environment:
        return environment
    return {**device_environment(index, visible_devices()), **environment}
