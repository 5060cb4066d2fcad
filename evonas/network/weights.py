"""Weights in and out: safetensors files, and handing weights on by marking.

The names in a file are the names of the network's state dict (`layer_7.weight`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import nn

from evonas.architecture import Architecture
from evonas.errors import DataError
from evonas.network.build import Network

State = Mapping[str, torch.Tensor]


def save(
    weights: nn.Module | State,
    path: str | Path,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write weights to a file; a killed writer leaves the earlier file or none.

    Args:
        weights: a network, or a state dict.
        path: of the file; its folder exists.
        metadata: texts kept in the file's header.
    """
    state = weights.state_dict() if isinstance(weights, nn.Module) else weights
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in state.items()
    }
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(serialise(tensors, dict(metadata or {})))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load_state(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a file, on the CPU, and its metadata.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise DataError(
            f"{path}: expected a safetensors file with weights, got: {error}; "
            "the candidate must be trained again"
        ) from error


def load_into(network: nn.Module, path: str | Path) -> dict[str, str]:
    """Fill a network with the weights of a file; its metadata.

    Raises:
        DataError: the file is missing, damaged or of another network.
    """
    state, metadata = load_state(path)
    put_into(network, state, str(path))
    return metadata


def put_into(network: nn.Module, state: State, name: str) -> None:
    """Fill a network with a state dict that must fit it exactly.

    Args:
        network: to be filled.
        state: names and tensors.
        name: of where the state comes from, for the error message.

    Raises:
        DataError: a tensor is missing, left over or of another shape.
    """
    own = network.state_dict()
    missing = sorted(own.keys() - state.keys())
    left_over = sorted(state.keys() - own.keys())
    if missing or left_over:
        raise DataError(
            f"{name}: expected the {len(own)} tensors of this network, got "
            f"{len(state)}; missing {missing[:3]}, not in the network {left_over[:3]}; "
            "the weights belong to another architecture"
        )
    for key, tensor in own.items():
        if tensor.shape != state[key].shape:
            raise DataError(
                f"{name}: {key}: expected shape {tuple(tensor.shape)}, "
                f"got {tuple(state[key].shape)}; the weights belong to another "
                "architecture"
            )
    network.load_state_dict(dict(state))


def transfer(
    source: State, source_architecture: Architecture, target: Network
) -> tuple[str, ...]:
    """Hand trained weights on to the layers of the same marking in another network.

    Each tensor of a layer is taken over where kind, name and shape are the same; the
    rest keeps its initial values. A marking that the source has several times stands
    for the first layer that bears it.

    Args:
        source: state dict of the trained network.
        source_architecture: which it was built from.
        target: network to be filled.

    Returns:
        The names of the target's tensors that were taken over.
    """
    bearers: dict[str, int] = {}
    for position, layer in enumerate(source_architecture.layers):
        if layer.marking:
            bearers.setdefault(layer.marking, position)
    taken: dict[str, torch.Tensor] = {}
    for name, tensor in target.state_dict().items():
        module, _, rest = name.partition(".")
        layer = target.architecture.layers[int(module.removeprefix("layer_"))]
        bearer = bearers.get(layer.marking)
        if bearer is None or source_architecture.layers[bearer].op != layer.op:
            continue
        offered = source.get(f"layer_{bearer}.{rest}")
        if offered is not None and offered.shape == tensor.shape:
            taken[name] = offered
    target.load_state_dict(taken, strict=False)
    return tuple(taken)
