"""What stored weights know about themselves: enough to export them without the task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.candidate import Candidate, Recipe
from evonas.evaluation import Fidelity
from evonas.network import ExportInfo
from evonas.training.data import DeviceData
from evonas.training.view import InputView

#: of the texts below; the number changes when their meaning does
FORMAT = 1


def weights_metadata(
    candidate: Candidate, data: DeviceData, view: InputView, fidelity: Fidelity
) -> dict[str, str]:
    """JSON texts for the header of a weights file.

    Args:
        candidate: with the architecture that was trained.
        data: of the task.
        view: what the network read of them.
        fidelity: to which it was trained.
    """
    task = data.task
    facts: dict[str, Any] = {
        "format": FORMAT,
        "architecture": candidate.architecture.to_json(),
        "input_shape": view.shape,
        "recipe": candidate.recipe.to_json(),
        "fidelity": fidelity.to_json(),
        "task": task.name,
        "task_version": task.version,
        "kind": task.kind,
        "layout": task.layout,
        "dtype": str(task.x_train.dtype),
        "value_range": [float(task.x_train.min()), float(task.x_train.max())],
        "mean": data.input_scale.mean,
        "std": view.std,
        "target_mean": data.target_scale.mean,
        "target_std": data.target_scale.std,
        "classes": task.classes,
        "source": task.source,
        "licence": task.licence,
        "about_inputs": task.about_inputs,
        "features": task.features,
        "vocabulary": None if task.vocabulary is None else task.vocabulary.to_json(),
    }
    return {key: json.dumps(value) for key, value in facts.items()}


def stored_architecture(metadata: Mapping[str, str]) -> tuple[Architecture, Shape]:
    """The architecture that weights belong to, and the shape of its input."""
    return (
        Architecture.from_json(json.loads(metadata["architecture"])),
        tuple(json.loads(metadata["input_shape"])),
    )


def stored_recipe(metadata: Mapping[str, str]) -> Recipe:
    """By which weights were trained: the candidate's own, or a final training's."""
    return Recipe.from_json(json.loads(metadata["recipe"]))


def stored_fidelity(metadata: Mapping[str, str]) -> Fidelity | None:
    """To which weights were trained; None: their file does not say."""
    if "fidelity" not in metadata:
        return None
    return Fidelity.from_json(json.loads(metadata["fidelity"]))


def export_info(
    metadata: Mapping[str, str], metrics: Mapping[str, float]
) -> ExportInfo:
    """What `evonas.network.export` needs beside the weights.

    Args:
        metadata: of the weights file.
        metrics: to be reported with the network.
    """
    facts = {key: json.loads(text) for key, text in metadata.items()}
    return ExportInfo(
        task=facts["task"],
        kind=facts["kind"],
        layout=facts["layout"],
        dtype=facts["dtype"],
        value_range=tuple(facts["value_range"]),
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        target_mean=tuple(facts["target_mean"]),
        target_std=tuple(facts["target_std"]),
        classes=tuple(facts["classes"]),
        metrics=dict(metrics),
        recipe=facts["recipe"],
        source=facts["source"],
        licence=facts["licence"],
        # Weights of the first runs do not tell these.
        about_inputs=facts.get("about_inputs", ""),
        features=tuple(facts.get("features", ())),
        vocabulary=facts.get("vocabulary"),
    )
