"""Going on with a candidate's own stored training; `Request` says what that means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from evonas.errors import ConfigError
from evonas.network import Network, inherit, load_state
from evonas.training.metadata import stored_architecture, stored_fidelity
from evonas.training.state import read_training
from evonas.training.trainer import Training

if TYPE_CHECKING:
    from evonas.evaluation import Request
    from evonas.training.evaluator import TrainingEvaluator

#: under which name a file holds what a longer training goes on from
CONTINUED = "training"


def own_metadata(evaluator: TrainingEvaluator, request: Request) -> dict[str, str]:
    """What must be equal for a training to be one candidate's own, on the same data."""
    settings = evaluator.settings
    facts = {
        "candidate_key": request.candidate.key(),
        "task_version": evaluator.task.version,
        "split": [settings.split_seed, settings.validation_share],
    }
    return {name: json.dumps(value) for name, value in facts.items()}


def go_on(
    training: Training, request: Request, path: Path, own: Mapping[str, str]
) -> None:
    """Bring a fresh training to where the candidate's stored one stands.

    Where that has reached the request's fidelity already, or trains nothing at any, the
    training is at its end, with the weights as they were measured.

    Args:
        training: at its start.
        request: with `resume`.
        path: of the stored training.
        own: `own_metadata`.

    Raises:
        ConfigError: it is another candidate's, or cannot be gone on with.
        DataError: the file is damaged, or of a later version.
    """
    weights, metadata = load_state(path)
    _check_own(path, request, metadata, own)
    found = read_training(path, CONTINUED)
    state = None if found is None else found[0]
    same = _check_layers(path, training.network, metadata)
    if stored_fidelity(metadata) == request.fidelity or not training.total_steps:
        # What longer trainings go on from may be an earlier state, without an average.
        if same:
            training.network.load_state_dict(weights)
        else:
            _grow(training.network, weights, metadata)
        training.finish(state)
        return
    if state is None:
        raise ConfigError(
            f"{path}: expected a stored training, got weights only; ask without "
            "`resume`, or inherit from it"
        )
    state.give(training, whole=same)
    if not same:
        _grow(training.network, state.network, metadata)
    if training.step > training.total_steps:
        raise ConfigError(
            f"{path}: expected at least the fidelity of the stored training, got "
            f"{training.total_steps} steps after {training.step}; ask for more epochs, "
            "or without `resume`"
        )


def _check_own(
    path: Path, request: Request, metadata: Mapping[str, str], own: Mapping[str, str]
) -> None:
    """Refuse another candidate's training, other data, or another length than said."""
    for name, text in own.items():
        if metadata.get(name) != text:
            raise ConfigError(
                f"{path}: expected the stored training of candidate "
                f"{request.candidate.key()} on the task of this search, got one of "
                f"{name} {metadata.get(name)} instead of {text}"
            )
    reached = stored_fidelity(metadata)
    if request.resumed is not None and request.resumed != reached:
        raise ConfigError(
            f"{path}: expected a training to {request.resumed}, as request "
            f"{request.request_id} says in `resumed`, got one to {reached}; give the "
            "fidelity of the record that `resume` comes from"
        )


def _check_layers(path: Path, network: Network, metadata: Mapping[str, str]) -> bool:
    """Whether the stored network is the same; refuse one of other layers."""
    architecture, shape = stored_architecture(metadata)
    if architecture.edges != network.architecture.edges:
        raise ConfigError(
            f"{path}: expected the layers in the order of the stored training, got an "
            "equal architecture in another order; ask with the first one"
        )
    return (architecture, shape) == (network.architecture, network.input_shape)


def _grow(
    network: Network, weights: Mapping[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    """Fill wider layers, or those of larger maps; an optimizer starts anew."""
    architecture, shape = stored_architecture(metadata)
    own = {at: at for at in range(len(architecture.layers))}
    inherit(weights, architecture, network, shape=shape, bearers=own)
