"""The state of a training: taken out, put back, written beside the weights.

A stored training is one safetensors file. The network's weights, as they were measured,
stand under their own names; what continuing needs on top of that under `training/`, and
its plain values as JSON in the header. Nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from evonas.errors import DataError
from evonas.network import EXTRA, load_extra, load_state, save

if TYPE_CHECKING:
    from evonas.training.trainer import Training

#: of the facts and names below; the number changes when their meaning does
FORMAT = 1

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything that a training needs to go on as if it had never stopped.

    Attributes:
        facts: plain JSON values: steps, samples of the share, losses, curve.
        tensors: on the CPU, copies. `network/<name>`, `optimizer/<number>/<slot>`,
            `average/<name>`, `generator/own` (order and augmentation),
            `generator/torch` (dropout), `row` (positions still to come).
    """

    facts: dict[str, Any]
    tensors: Tensors

    @classmethod
    def of(cls, training: Training) -> TrainingState:
        """A copy of where a training stands."""
        device = training.data.device
        tensors = {
            f"network/{name}": tensor
            for name, tensor in training.network.state_dict().items()
        }
        tensors["generator/own"] = training.generator.get_state()
        tensors["generator/torch"] = _global_generator(device).get_state()
        tensors["row"] = training.row.to(torch.int32)
        if training.optimizer is not None:
            for number, slots in training.optimizer.state_dict()["state"].items():
                for slot, value in slots.items():
                    if isinstance(value, torch.Tensor):
                        tensors[f"optimizer/{number}/{slot}"] = value
        facts = {
            "format": FORMAT,
            "step": training.step,
            "samples": len(training.pool),
            "batch_size": training.batch_size,
            "steps_per_epoch": training.steps_per_epoch,
            "device": device.type,
            "loss_total": float(training.meter.total),
            "loss_steps": training.meter.steps,
            "curve": [dict(point) for point in training.curve],
        }
        if training.scaler is not None:
            facts["scaler"] = training.scaler.state_dict()
        if training.average is not None:
            facts["average_steps"] = training.average.steps
            for name, tensor in training.average.named().items():
                tensors[f"average/{name}"] = tensor
        return cls(facts, {name: _copied(each) for name, each in tensors.items()})

    @property
    def network(self) -> Tensors:
        """The network's own tensors, by their names."""
        return _under("network/", self.tensors)

    def give(self, training: Training, *, whole: bool) -> None:
        """Bring a fresh training to where this one stood.

        The rates that follow are those of the fresh training's own schedule. A larger
        share of the data begins a new row of epochs; samples seen before count towards
        its epochs.

        Args:
            training: at its start, of the same recipe and task.
            whole: also network, average and optimizer; without, those stay as they are.
        """
        facts, tensors, device = self.facts, self.tensors, training.data.device
        training.step = facts["step"]
        if whole:
            training.network.load_state_dict(self.network)
            if training.optimizer is not None:
                _fill_optimizer(training.optimizer, _under("optimizer/", tensors))
            if training.scaler is not None and "scaler" in facts:
                training.scaler.load_state_dict(facts["scaler"])
            if training.average is not None:
                average = _under("average/", tensors)
                training.average.restore(average, facts["average_steps"])
        if facts["device"] == device.type:
            training.generator.set_state(tensors["generator/own"])
            _global_generator(device).set_state(tensors["generator/torch"])
        longer = facts["steps_per_epoch"] / training.steps_per_epoch
        training.curve = [
            {**point, "epoch": point["epoch"] * longer} for point in facts["curve"]
        ]
        training.meter.total = facts["loss_total"]
        training.meter.steps = facts["loss_steps"]
        if facts["samples"] == len(training.pool):
            training.row = tensors["row"].to(device, training.pool.dtype)


def write_training(
    path: Path,
    weights: Mapping[str, torch.Tensor],
    states: Mapping[str, TrainingState],
    metadata: Mapping[str, str],
) -> None:
    """Write weights and states into one file, beside and then renamed.

    A network's tensor that equals the weight of its name is not written twice.

    Args:
        path: of the file.
        weights: of the network, as it was measured.
        states: by name, such as `training`.
        metadata: further texts for the header.
    """
    tensors, texts = dict(weights), dict(metadata)
    for name, state in states.items():
        texts[f"{EXTRA}{name}"] = json.dumps(state.facts)
        for part, tensor in state.tensors.items():
            own = weights.get(part.removeprefix("network/"))
            same = part.startswith("network/") and own is not None
            if not (same and torch.equal(_copied(own), tensor)):  # type: ignore[arg-type]
                tensors[f"{EXTRA}{name}/{part}"] = tensor
    save(tensors, path, texts)


def read_training(path: Path, name: str) -> tuple[TrainingState, dict[str, str]] | None:
    """A state that `write_training` wrote under this name, and the other texts.

    None where the file has none of that name.

    Raises:
        DataError: the file is missing, damaged, or of a later version.
    """
    weights, metadata = load_state(path)
    text = metadata.pop(f"{EXTRA}{name}", None)
    if text is None:
        return None
    facts = json.loads(text)
    if facts.get("format") != FORMAT:
        raise DataError(
            f"{path}: expected a stored training of format {FORMAT}, got "
            f"{facts.get('format')!r}; it was written by another version of evonas"
        )
    tensors = {f"network/{key}": tensor for key, tensor in weights.items()}
    return TrainingState(facts, tensors | load_extra(path, name)), metadata


def _global_generator(device: torch.device) -> torch.Generator:
    """Torch's own generator, from which dropout draws on a device."""
    if device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        return torch.cuda.default_generators[index]
    return torch.default_generator


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", copy=True)


def _under(prefix: str, tensors: Mapping[str, torch.Tensor]) -> Tensors:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _fill_optimizer(optimizer: torch.optim.Optimizer, slots: Tensors) -> None:
    """Give an optimizer the tensors it had, each in the memory format of its weight."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for name, tensor in slots.items():
        number, _, slot = name.partition("/")
        weight = weights[int(number)]
        if tensor.shape == weight.shape:
            value = torch.empty_like(weight, requires_grad=False).copy_(tensor)
        else:
            # Counts of steps: fused optimizers want them where the weights are.
            value = tensor.to(weight.device, copy=True)
        optimizer.state[weight][slot] = value
