"""Features: what a classifier reads of an architecture.

A Weisfeiler-Lehman subtree histogram (Shervashidze et al. 2011): each round, a group of
the folded graph gets a label made of its own, of those that it reads and of those that
read it, with the kinds of the edges between; labels are counted over all rounds. Beside
it stand global statistics of the graph in nodes, which do not depend on the folding.

What the task dictates is left out, since it would tell the task and not the network:
the width of the last layer, the size of a vocabulary, and the parameters of both.

The recipe stands beside them where it is known (`evonas.encoding.recipes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log2, log10
from typing import Any

from evonas.architecture import Architecture, Shape, Value
from evonas.encoding.folding import Folded, check_level, fold, fold_nodes
from evonas.encoding.graphs import WordGraph, word_graph
from evonas.encoding.nodes import ENDS, EdgeKind, NodeGraph, node_graph
from evonas.encoding.recipes import recipe_features
from evonas.encoding.tokens import HIDDEN
from evonas.errors import ConfigError

#: most rounds of relabelling
MAX_ROUNDS = 3
#: bytes of a label
_SIZE = 8
#: begins the names of global statistics
STATISTIC = "graph "

#: name → value, of what is there; equal for isomorphic architectures. A name begins
#: with the round of a label (`0 conv w5 k3 s1 relu`, `2 05af…`), `graph` or `recipe`.
Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How features are made of an architecture.

    Attributes:
        folding: level, from 1 to `MAX_LEVEL`.
        rounds: of relabelling, from 0 to `MAX_ROUNDS`.
        statistics: whether there are global ones beside the histogram.
        hidden: kinds of layers that must not be told, sorted: a classifier that may see
            them would know a modality or a strategy by them. Only that something is
            there is left of them.
    """

    folding: int = 3
    rounds: int = 2
    statistics: bool = True
    hidden: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_level(self.folding)
        if type(self.rounds) is not int or not 0 <= self.rounds <= MAX_ROUNDS:
            raise ConfigError(
                f"rounds: expected a whole number from 0 to {MAX_ROUNDS}, got "
                f"{self.rounds!r}"
            )
        object.__setattr__(self, "hidden", tuple(sorted(set(self.hidden))))

    def features(
        self,
        architecture: Architecture,
        shape: Shape,
        recipe: Mapping[str, Value] | None = None,
    ) -> Features:
        """The features of an architecture, and of the recipe that it is trained by.

        Args:
            architecture: any.
            shape: of one sample, channels first.
            recipe: its fields; None: it is not known, and nothing is told of it.

        Raises:
            ArchitectureError: the architecture cannot be built for this shape.
        """
        nodes = node_graph(architecture)
        folded = fold_nodes(architecture, nodes, self.folding)
        found: Features = _histogram(folded, self.rounds, self.hidden)
        if self.statistics:
            found |= _statistics(architecture, shape, nodes, self.hidden)
        if recipe is not None:
            found |= recipe_features(recipe)
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "folding": self.folding,
            "rounds": self.rounds,
            "statistics": self.statistics,
            "hidden": list(self.hidden),
        }

    def graph(
        self, architecture: Architecture, recipe: Mapping[str, Value] | None = None
    ) -> WordGraph:
        """The folded graph in words, for classifiers that read graphs.

        Args:
            architecture: any.
            recipe: its fields; None: it is not known, and nothing is told of it.
        """
        return word_graph(
            fold(architecture, self.folding),
            self.hidden,
            {} if recipe is None else recipe_features(recipe),
        )


def _histogram(folded: Folded, rounds: int, hidden: Collection[str]) -> Features:
    """Counts of the labels of all rounds."""
    names = []
    for group in folded.groups:
        name = " > ".join([token.without(hidden).text for token in group.tokens])
        names.append(name if group.repeat == 1 else f"{name} ×{group.repeat}")
    counts: Counter[str] = Counter([f"0 {name}" for name in names])
    # Nothing but the label changes from round to round.
    read: list[list[tuple[bytes, int]]] = [[] for _ in names]
    readers: list[list[tuple[bytes, int]]] = [[] for _ in names]
    for edge in folded.edges:
        kind = edge.kind
        if kind is EdgeKind.RECURRENT and not _RECURRENT_OPS.isdisjoint(hidden):
            kind = EdgeKind.CHAIN
        code = _CODES[kind]
        read[edge.target].append((code, edge.source))
        readers[edge.source].append((code, edge.target))
    labels = [_hash(name.encode()) for name in names] if rounds else []
    for number in range(1, rounds + 1):
        labels = [
            _hash(
                own
                + b"".join(sorted([code + labels[one] for code, one in read[at]]))
                + b"/"
                + b"".join(sorted([code + labels[one] for code, one in readers[at]]))
            )
            for at, own in enumerate(labels)
        ]
        counts.update([f"{number} {label.hex()}" for label in labels])
    return {name: float(count) for name, count in counts.items()}


_RECURRENT_OPS = frozenset(("lstm", "gru"))
_CODES = {kind: kind.value[:2].encode() for kind in EdgeKind}


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=_SIZE).digest()


def _statistics(
    architecture: Architecture,
    shape: Shape,
    nodes: NodeGraph,
    hidden: Collection[str],
) -> Features:
    """Depth, width, parameters, shares of layers and edges, skips, recurrence."""
    levels = _levels(nodes.inputs)
    ops = [token.op for token in nodes.tokens if token.op not in ENDS]
    kinds: Counter[EdgeKind] = Counter()
    skips = 0
    for at, sources in enumerate(nodes.inputs):
        if sources:
            kinds[EdgeKind.into(nodes.tokens[at].op)] += len(sources)
            skips += sum([levels[at] - levels[one] > 1 for one in sources])
    found = {
        "graph depth": log2(1 + levels[-1]),
        "graph nodes": log2(len(nodes.tokens)),
        "graph width": log2(max(Counter(levels).values())),
        "graph parameters": log10(1 + _own_parameters(architecture, shape, nodes)),
        "graph skips": log2(1 + skips),
    }
    if not _RECURRENT_OPS.isdisjoint(hidden):
        kinds[EdgeKind.CHAIN] += kinds.pop(EdgeKind.RECURRENT, 0)
    elif not _RECURRENT_OPS.isdisjoint(ops):
        found["graph recurrent"] = 1.0
    edges = kinds.total()
    for kind, count in kinds.items():
        found[f"graph edges {kind}"] = count / edges
    shares = Counter([HIDDEN if op in hidden else op for op in ops])
    for op, count in shares.items():
        found[f"graph layers {op}"] = count / len(ops)
    return found


def _levels(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Longest way to each node from the network's input."""
    levels: list[int] = []
    for sources in inputs:
        levels.append(1 + max([levels[one] for one in sources], default=-1))
    return levels


def _own_parameters(architecture: Architecture, shape: Shape, nodes: NodeGraph) -> int:
    """Parameters without those of which the task decides how many there are."""
    costs = architecture.layer_costs(shape)
    return sum(
        [
            cost.parameters
            for at, (cost, layer) in enumerate(
                zip(costs, architecture.layers, strict=True)
            )
            if at != nodes.head and layer.op != "embedding"
        ]
    )
