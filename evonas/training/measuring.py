"""What a trained network is worth, and how fast it answers."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence

import torch

from evonas.evaluation import Outcome
from evonas.network import Network
from evonas.tasks import Metric
from evonas.training.data import DeviceData, Part
from evonas.training.losses import Loss
from evonas.training.trainer import StoppedError

#: answers timed for the median, after some to warm up
_TIMED, _WARM_UP = 25, 5


def measure(
    network: Network,
    data: DeviceData,
    part: Part,
    metrics: Sequence[Metric],
    loss: Loss,
    prefix: str,
) -> dict[str, float]:
    """Loss and metrics over a part: `<prefix>_loss` and `<prefix>_<metric>`.

    Raises:
        StoppedError: the network's outputs are no finite numbers any more.
    """
    network.eval()
    with torch.inference_mode():
        outputs = torch.cat([network(inputs) for inputs in data.chunks(part)])
        value = float(loss(outputs, part.targets))
    if not math.isfinite(value):
        raise StoppedError(Outcome.DIVERGED, f"the {prefix} loss became {value:g}")
    values = {f"{prefix}_loss": value}
    own = data.in_own_unit(outputs)
    for metric in metrics:
        value = metric(own, part.truth)
        if not math.isfinite(value):
            raise ValueError(
                f"metric {metric.name!r} gave {value} on finite outputs; it must give "
                "a finite number"
            )
        values[f"{prefix}_{metric.name}"] = value
    return values


def latency_seconds(network: Network, data: DeviceData) -> float:
    """Median time that the network needs for one sample, in seconds."""
    sample = next(data.chunks(data.validation))[:1]
    network.eval()
    times = []
    with torch.inference_mode():
        for _ in range(_WARM_UP + _TIMED):
            start = time.perf_counter()
            network(sample)
            if data.device.type == "cuda":
                torch.cuda.synchronize(data.device)
            times.append(time.perf_counter() - start)
    return statistics.median(times[_WARM_UP:])
