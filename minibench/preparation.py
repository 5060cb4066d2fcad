"""Which of the networks that searches have trained a database keeps.

The best of a problem are what constraints are made of, and others, drawn by chance, the
background that the best are told from (Khamitov and Popova, "Mini-benchmarking").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from minibench.problems import Problem
from minibench.records import BenchRecord


@dataclass(frozen=True, slots=True)
class Prepared:
    """The records that are kept of a problem's searches.

    Attributes:
        best: the best networks, the best first.
        background: others, drawn evenly from all that is left, in no order.
        trained: different networks with the problem's metric among which was chosen.
    """

    best: tuple[BenchRecord, ...]
    background: tuple[BenchRecord, ...]
    trained: int


def prepare(
    problem: Problem,
    records: Iterable[BenchRecord],
    best: int,
    background: int,
    generator: np.random.Generator,
) -> Prepared:
    """Choose the best networks and a background of others.

    A network with its recipe counts once, as it was measured first; records without the
    problem's metric are left out.

    Args:
        problem: that the records are of.
        records: of all its searches.
        best: how many of the best, at most.
        background: how many others, at most.
        generator: draws them.
    """
    metric = problem.ranked_by
    networks: dict[str, BenchRecord] = {}
    for record in records:
        if metric in record.metrics:
            candidate = record.candidate
            # of an unknown recipe, only the same network is surely the same again
            key = record.fingerprint if candidate is None else candidate.key()
            networks.setdefault(key, record)
    ranked = sorted(
        networks.values(),
        key=lambda record: (
            -problem.gain(record.metrics[problem.ranked_by]),
            record.id,
        ),
    )
    others = ranked[best:]
    drawn = generator.permutation(len(others))[:background]
    return Prepared(
        best=tuple(ranked[:best]),
        background=tuple(others[place] for place in sorted(drawn)),
        trained=len(ranked),
    )
