"""Layers over the nodes of a graph, as NAS-Bench-Graph names them.

They can be drawn, compared and written down, and not be built: a network over a graph
reads its edges, which the tasks here do not have. What they cost is in the table alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from evonas.architecture.cost import Cost
from evonas.architecture.kind import LayerKind, Params
from evonas.architecture.layer import Shape


class GraphOperation(LayerKind):
    """An operation of a node; what it costs, only the table says."""

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None is known here."""
        return Cost()


class Gat(GraphOperation):
    """Attention over the neighbours, two heads."""


class Gcn(GraphOperation):
    """A graph convolution."""


class Gin(GraphOperation):
    """An isomorphism network's sum."""


class Cheb(GraphOperation):
    """Chebyshev polynomials of the Laplacian."""


class Sage(GraphOperation):
    """GraphSAGE's mean."""


class Arma(GraphOperation):
    """An ARMA filter."""


class Graph(GraphOperation):
    """A k-GNN."""


class Fc(GraphOperation):
    """A dense layer that reads no neighbour."""
