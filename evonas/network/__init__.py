"""Architectures as torch networks: building, weights in and out, export.

A network of a search is `build(architecture, input_shape)`; what leaves evonas is
`export(...)`: plain PyTorch that anyone can read and run.
"""

from evonas.network.build import Network, build
from evonas.network.call import Call
from evonas.network.export import export
from evonas.network.info import ExportInfo
from evonas.network.inheritance import Inherited, inherit
from evonas.network.preprocess import Preprocess
from evonas.network.weights import (
    EXTRA,
    load_extra,
    load_into,
    load_metadata,
    load_state,
    save,
)

__all__ = [  # noqa: RUF022 (by subject)
    # building
    "Call",
    "Network",
    "Preprocess",
    "build",
    # weights
    "EXTRA",
    "Inherited",
    "inherit",
    "load_extra",
    "load_into",
    "load_metadata",
    "load_state",
    "save",
    # leaving evonas
    "ExportInfo",
    "export",
]
