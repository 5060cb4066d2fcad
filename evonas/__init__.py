"""Evolutionary neural architecture search, from one process to a cluster.

The shortest way in is `evonas.api`::

    from evonas.api import search

    result = search(x_train, y_train, x_test, y_test, evaluations=40)
    print(result.best)
    result.export("my_network")

What is below is found here by name and imported when it is first used, so that
`import evonas` costs nothing and processes that never train never load torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evonas.architecture import Architecture, Edge, Layer, LayerKind
    from evonas.candidate import Candidate, Recipe
    from evonas.config import Config, load_config
    from evonas.errors import EvonasError, InputError
    from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
    from evonas.space import Space
    from evonas.tasks import Metric, Task

_HOMES = {
    "Architecture": "evonas.architecture",
    "Candidate": "evonas.candidate",
    "Config": "evonas.config",
    "Edge": "evonas.architecture",
    "Evaluator": "evonas.evaluation",
    "EvonasError": "evonas.errors",
    "Fidelity": "evonas.evaluation",
    "InputError": "evonas.errors",
    "Layer": "evonas.architecture",
    "LayerKind": "evonas.architecture",
    "Metric": "evonas.tasks",
    "Outcome": "evonas.evaluation",
    "Recipe": "evonas.candidate",
    "Record": "evonas.evaluation",
    "Request": "evonas.evaluation",
    "Space": "evonas.space",
    "Task": "evonas.tasks",
    "load_config": "evonas.config",
}

__all__ = [
    "Architecture",
    "Candidate",
    "Config",
    "Edge",
    "Evaluator",
    "EvonasError",
    "Fidelity",
    "InputError",
    "Layer",
    "LayerKind",
    "Metric",
    "Outcome",
    "Recipe",
    "Record",
    "Request",
    "Space",
    "Task",
    "load_config",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'evonas' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
