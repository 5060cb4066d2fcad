"""How far two networks are apart, whatever spaces they come from.

Compared are shares: of the nodes in full (with width, activation, normalisation), of
the nodes without their widths, of what does the work alone (a convolution of this
kernel and stride, a pool), and of the pairs of such that lead to each other through
sums, activations and the like. So networks have much in common that do the same in
other widths, or in another order of activation and convolution; fifteen equal cells are
as one. The layer that gives the result, which every network has, does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from evonas.architecture import Architecture
from evonas.encoding import Token, node_graph

#: nodes that stand for no work of the network's own
_ENDS = frozenset(("input", "output"))
_SILENT = _ENDS.union(
    ("identity", "zero", "truncate", "sum", "concat", "gated_sum"),
    ("activation", "batch_norm", "layer_norm", "dropout"),
)

Shares = dict[Hashable, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a network is compared: what there is of each kind, and its share.

    Attributes:
        wide: of nodes, in full.
        plain: of nodes, without their widths.
        work: of nodes that do work, with kernel and stride alone.
        pairs: of such nodes that lead to each other.
    """

    wide: Shares
    plain: Shares
    work: Shares
    pairs: Shares


def profile(architecture: Architecture) -> Profile:
    """What of a network is compared.

    Args:
        architecture: of any origin.
    """
    graph = node_graph(architecture)
    tokens = graph.tokens
    own = [
        at
        for at, one in enumerate(tokens)
        if one.op not in _ENDS and graph.members[at][0] != graph.head
    ]
    working = [at for at in own if tokens[at].op not in _SILENT]
    #: for each node the working ones that its value comes from
    behind: list[frozenset[int]] = []
    pairs: list[Hashable] = []
    doing = set(working)
    for at, sources in enumerate(graph.inputs):
        read = frozenset[int]().union(*(behind[source] for source in sources))
        if at in doing:
            pairs += [(_word(tokens[one]), _word(tokens[at])) for one in sorted(read)]
            read = frozenset((at,))
        behind.append(read)
    return Profile(
        _shares(tokens[at] for at in own),
        _shares(tokens[at]._replace(width=None) for at in own),
        _shares(_word(tokens[at]) for at in working),
        _shares(pairs),
    )


def _word(token: Token) -> Hashable:
    pool = token.op.endswith("_pool")
    return "pool" if pool else token.op, token.kernel, token.stride


def distance(first: Profile, second: Profile) -> float:
    """From 0, equal in all that is compared, to 1, nothing in common.

    Args:
        first: of one network.
        second: of another one.
    """
    apart = [
        _apart(first.wide, second.wide),
        _apart(first.plain, second.plain),
        _apart(first.work, second.work),
        _apart(first.pairs, second.pairs),
    ]
    return sum(apart) / len(apart)


def _shares(words: Iterable[Hashable]) -> Shares:
    counts = Counter(words)
    total = counts.total()
    return {word: count / total for word, count in counts.items()}


def _apart(first: Shares, second: Shares) -> float:
    if not first and not second:
        return 0.0
    common = sum(min(share, second.get(word, 0.0)) for word, share in first.items())
    # sums of shares have rounding errors; nothing in common is no error
    return min(1.0, max(0.0, round(1.0 - common, 12)))
