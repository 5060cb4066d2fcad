"""Networks as data: layer catalogue, graph, shapes, cost, fingerprint, drawing.

An `Architecture` is what every strategy proposes and everything else reads. This room
knows nothing of torch: shapes and costs are worked out from the layer kinds alone.
"""

from evonas.architecture.catalogue import CATALOGUE, kind_of
from evonas.architecture.cost import Cost, training_memory_bytes
from evonas.architecture.describe import describe, to_text
from evonas.architecture.draw import draw
from evonas.architecture.graph import Architecture
from evonas.architecture.kind import REQUIRED, LayerKind, Parameter
from evonas.architecture.layer import Edge, Layer, Shape, Value
from evonas.architecture.merge import MergePlan, matching
from evonas.architecture.widths import scaled_width
from evonas.architecture.wording import amount

__all__ = [  # noqa: RUF022 (by subject)
    # the graph
    "Architecture",
    "Edge",
    "Layer",
    "Shape",
    "Value",
    "scaled_width",
    # what it costs
    "Cost",
    "training_memory_bytes",
    # for people
    "amount",
    "describe",
    "draw",
    "to_text",
    # kinds of layers
    "CATALOGUE",
    "LayerKind",
    "Parameter",
    "REQUIRED",
    "kind_of",
    # merges
    "MergePlan",
    "matching",
]
