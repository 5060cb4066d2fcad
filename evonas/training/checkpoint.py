"""Checkpoints of a final training: killed at any time, it goes on from its last epoch.

The file lies beside the weights under a name that no store of weights takes for its
own; it is written beside and renamed after every epoch, and removed at the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evonas.errors import DataError
from evonas.training.state import TrainingState, read_training, write_training
from evonas.training.trainer import Training

_NOW, _KEPT = "now", "kept"
_IDENTITY = "identity"


class Checkpoint:
    """The checkpoint of one training.

    Args:
        weights: where the training's weights will go.
        identity: plain JSON of whatever the training depends on: another training's
            checkpoint is not gone on from.
    """

    def __init__(self, weights: Path, identity: Mapping[str, Any]) -> None:
        self.path = weights.with_name(f"{weights.name}.checkpoint")
        text = json.dumps(identity, sort_keys=True)
        self._identity = hashlib.sha256(text.encode()).hexdigest()

    def restore(self, training: Training) -> bool:
        """Bring a fresh training to where the checkpoint was; whether there was one.

        One that is damaged or of another training counts as none.
        """
        try:
            found = read_training(self.path, _NOW)
            kept = read_training(self.path, _KEPT)
        except DataError:
            return False
        if found is None or found[1].get(_IDENTITY) != self._identity:
            return False
        found[0].give(training, whole=True)
        training.kept = None if kept is None else kept[0]
        return True

    def write(self, training: Training) -> None:
        """Write where a training stands now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        states = {_NOW: TrainingState.of(training)}
        if training.kept is not None:
            states[_KEPT] = training.kept
        metadata = {_IDENTITY: self._identity}
        write_training(self.path, training.network.state_dict(), states, metadata)

    def remove(self) -> None:
        """The training is through."""
        self.path.unlink(missing_ok=True)
