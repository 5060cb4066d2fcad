"""Architectures as numbers: DeepNEAT-like nodes, folded graphs, features.

- `fold`: the graph of an architecture, with its chains contracted; `Folded.unfold`
  gives the architecture back.
- `Encoding`: how features are made of it: a Weisfeiler-Lehman histogram of the folded
  graph, and global statistics. Equal for equal graphs, however they are numbered.
- `recipe_features`: what is told of the recipe that a network is trained by.

No torch, no fitting: whoever judges a candidate asks this room first.
"""

from evonas.encoding.features import MAX_ROUNDS, STATISTIC, Encoding, Features
from evonas.encoding.folding import MAX_LEVEL, Folded, FoldedEdge, Group, fold
from evonas.encoding.graphs import WordGraph
from evonas.encoding.nodes import EdgeKind, NodeGraph, node_graph
from evonas.encoding.recipes import RECIPE, recipe_features
from evonas.encoding.tokens import Token

__all__ = [
    "MAX_LEVEL",
    "MAX_ROUNDS",
    "RECIPE",
    "STATISTIC",
    "EdgeKind",
    "Encoding",
    "Features",
    "Folded",
    "FoldedEdge",
    "Group",
    "NodeGraph",
    "Token",
    "WordGraph",
    "fold",
    "node_graph",
    "recipe_features",
]
