"""Graphs in words: what a graph network reads of an architecture and its recipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from evonas.encoding.folding import Folded
from evonas.encoding.tokens import Token


@dataclass(frozen=True, slots=True)
class WordGraph:
    """A folded graph whose groups are told by the words of their tokens.

    Attributes:
        words: for each group, word → in how many nodes of a piece it is; `×2`, `×3`, …:
            how often the piece comes in a row.
        edges: (source, target), positions of groups.
        recipe: what is told of the recipe, see `recipe_features`; empty: not known.
    """

    words: tuple[Mapping[str, int], ...]
    edges: tuple[tuple[int, int], ...]
    recipe: Mapping[str, float] = field(default_factory=dict)


def word_graph(
    folded: Folded, hidden: tuple[str, ...], recipe: Mapping[str, float]
) -> WordGraph:
    """The folded graph in words.

    Args:
        folded: of an architecture.
        hidden: kinds of layers that must not be told.
        recipe: what is told of it; empty: it is not known.
    """
    words = []
    for group in folded.groups:
        found: Counter[str] = Counter()
        for token in group.tokens:
            found.update(_words(token.without(hidden)))
        if group.repeat > 1:
            found[f"×{group.repeat}"] = 1
        words.append(dict(found))
    edges = [(edge.source, edge.target) for edge in folded.edges]
    return WordGraph(tuple(words), tuple(edges), recipe)


def _words(token: Token) -> list[str]:
    """The kind of layer alone, and each thing that is said of it."""
    return [f"is {token.op}", *token.text.split(" ")[1:]]
