"""Weights in and out: safetensors files.

The names in a file are the names of the network's state dict (`layer_7.weight`); what
belongs to something else stands under names that begin with `EXTRA`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import nn

from evonas.errors import DataError

State = Mapping[str, torch.Tensor]

#: begins the names, of tensors and of texts, that are not the network's
EXTRA = "extra/"


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
    """The network's tensors of a file, on the CPU, and all of its metadata.

    Raises:
        DataError: the file is missing or damaged.
    """
    return _read(path, lambda name: not name.startswith(EXTRA))


def load_metadata(path: str | Path) -> dict[str, str]:
    """All of a file's metadata, without any tensor.

    Raises:
        DataError: the file is missing or damaged.
    """
    return _read(path, lambda _: False)[1]


def load_extra(path: str | Path, name: str) -> dict[str, torch.Tensor]:
    """The tensors that a file holds under `EXTRA` and a name, without both.

    Raises:
        DataError: the file is missing or damaged.
    """
    prefix = f"{EXTRA}{name}/"
    found, _ = _read(path, lambda one: one.startswith(prefix))
    return {key.removeprefix(prefix): tensor for key, tensor in found.items()}


def _read(
    path: str | Path, wanted: Callable[[str], bool]
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Some tensors of a file, and its metadata."""
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if wanted(name)]  # noqa: SIM118 (no mapping)
            tensors = {name: file.get_tensor(name) for name in names}
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
