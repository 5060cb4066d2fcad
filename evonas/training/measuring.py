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
from evonas.training.memory_format import channels_last
from evonas.training.precision import Precision
from evonas.training.stopped import StoppedError
from evonas.training.view import InputView

#: answers timed for the median, after some to warm up
_TIMED, _WARM_UP = 25, 5


class Measure:
    """Measures one network on the parts of its data.

    Args:
        network: on the data's device.
        data: that it was trained on.
        view: what the network reads of them.
        metrics: to be reported.
        loss: to be reported, too.
        precision: of the forward pass; None: fp32.
    """

    def __init__(
        self,
        network: Network,
        data: DeviceData,
        view: InputView,
        metrics: Sequence[Metric],
        loss: Loss,
        precision: Precision | None = None,
    ) -> None:
        self.network = network
        self.data = data
        self.view = view
        self.metrics = metrics
        self.loss = loss
        self.precision = precision or Precision("fp32", data.device)

    def __call__(self, part: Part, prefix: str) -> dict[str, float]:
        """Loss and metrics over a part: `<prefix>_loss` and `<prefix>_<metric>`.

        Raises:
            StoppedError: the network's outputs are no finite numbers any more.
        """
        self.network.eval()
        with torch.inference_mode():
            with self.precision.autocast():
                chunks = [
                    self.network(self.view(inputs)).float()
                    for inputs in self.data.chunks(part)
                ]
            outputs = torch.cat(chunks)
            value = float(self.loss(outputs, part.targets))
        if not math.isfinite(value):
            raise StoppedError(Outcome.DIVERGED, f"the {prefix} loss became {value:g}")
        values = {f"{prefix}_loss": value}
        own = self.data.in_own_unit(outputs)
        for metric in self.metrics:
            value = metric(own, part.truth)
            if not math.isfinite(value):
                raise ValueError(
                    f"metric {metric.name!r} gave {value} on finite outputs; it must "
                    "give a finite number"
                )
            values[f"{prefix}_{metric.name}"] = value
        return values

    def latency_seconds(self, samples: int) -> float:
        """Median time that the network needs for so many samples at once, in seconds.

        Where the validation data are fewer, samples come repeatedly.
        """
        chunk = self.view(next(self.data.chunks(self.data.validation)))
        repeats = math.ceil(samples / len(chunk))
        batch = channels_last(torch.cat([chunk] * repeats)[:samples])
        self.network.eval()
        times = []
        with torch.inference_mode(), self.precision.autocast():
            for _ in range(_WARM_UP + _TIMED):
                start = time.perf_counter()
                self.network(batch)
                if self.data.device.type == "cuda":
                    torch.cuda.synchronize(self.data.device)
                times.append(time.perf_counter() - start)
        return statistics.median(times[_WARM_UP:])
