"""Playing a search over NAS-Bench-201's cells without its table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from searching import context, play

from evonas.cells import NasBench201Cell
from evonas.evaluation import Request
from evonas.genome import nasbench201_space
from evonas.search import STRATEGIES, SearchStrategy, StrategyContext

#: what each digit of a cell adds to its worth
WORTH = {"0": 0.0, "1": 0.06, "2": 0.1, "3": 0.16, "4": 0.03}


def cells(seed: int = 0, **more: Any) -> StrategyContext:
    """A context whose genomes are cells."""
    problem: StrategyContext = context(seed, **more)
    return dataclasses.replace(problem, cells=nasbench201_space())


def make(name: str, problem: StrategyContext, **settings: Any) -> SearchStrategy:
    """A strategy by its name."""
    entry = STRATEGIES[name]
    kind = entry.settings_over(cells=problem.cells is not None)
    return entry.make(kind(**settings), problem)


def cell_of(request: Request) -> NasBench201Cell:
    """The cell that is asked."""
    cell = request.candidate.cell
    assert isinstance(cell, NasBench201Cell)
    return cell


def worth(request: Request) -> float:
    """A sum over the edges, so that every strategy can learn it; at most 0.96."""
    return sum(WORTH[digit] for digit in cell_of(request).ops)


def best_after(
    name: str,
    evaluations: int,
    seeds: int = 5,
    value: Callable[[Request], float] = worth,
    **settings: Any,
) -> float:
    """Mean over seeds of the best value that a strategy has found."""
    found = []
    for seed in range(seeds):
        asked = play(make(name, cells(seed), **settings), evaluations, result=value)
        found.append(max(map(value, asked)))
    return sum(found) / seeds
