"""Numbers of fewer bits where they pay: autocast, and scaled gradients for fp16."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

PrecisionName = Literal["auto", "fp32", "bf16", "fp16"]

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """In which numbers a network computes on a device; weights stay fp32.

    `auto` is fp32 on a CPU, where bf16 was slower in every measurement; on a GPU bf16
    where it has that in hardware (compute capability 8), else fp16 where it has tensor
    cores for it (7), else fp32.

    Args:
        name: of the settings.
        device: that computes.

    Attributes:
        dtype: of autocast; None: there is none.
    """

    def __init__(self, name: PrecisionName, device: torch.device) -> None:
        if name == "auto":
            name = _best(device)
        self.device = device
        self.dtype = _DTYPES.get(name)

    def autocast(self) -> AbstractContextManager[object]:
        """The context of a forward pass."""
        if self.dtype is None:
            return nullcontext()
        # Without its cache: a captured graph must not hold on to casts from outside.
        return torch.autocast(self.device.type, self.dtype, cache_enabled=False)

    def scaler(self) -> torch.amp.GradScaler | None:
        """Keeps gradients of fp16 from vanishing; None where none can."""
        if self.dtype is not torch.float16:
            return None
        return torch.amp.GradScaler(self.device.type)


def _best(device: torch.device) -> PrecisionName:
    if device.type != "cuda":
        return "fp32"
    major, _ = torch.cuda.get_device_capability(device)
    if major >= 8:
        return "bf16"
    return "fp16" if major >= 7 else "fp32"
