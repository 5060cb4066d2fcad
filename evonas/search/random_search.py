"""Random search: every candidate drawn anew from the space.

A draw is a random blueprint over one to `species` modules, each a random graph; node
counts are uniform up to the space's sizes. The first generation of CoDeepNEAT can be
drawn in the same way, so that the two compare over one space.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import Field

from evonas.candidate import Candidate
from evonas.config import Settings
from evonas.errors import SpaceExhaustedError
from evonas.evaluation import Record, Request
from evonas.genome import BlueprintGenome, ModuleGenome
from evonas.search.breeding import GenePool
from evonas.search.drawing import Drawing
from evonas.search.seeds import restore_generator, seed_of
from evonas.search.strategy import SearchStrategy, StrategyContext
from evonas.space import ConstraintSet


class RandomSettings(Settings):
    """Settings of the strategy `random`."""

    #: most different modules in one network
    species: int = Field(default=3, ge=1)
    #: draws for one new candidate before the search gives up
    tries: int = Field(default=1000, ge=1)


class RandomSearch(SearchStrategy):
    """Draws candidates independently; the yardstick of every other strategy."""

    def __init__(self, settings: RandomSettings, context: StrategyContext) -> None:
        self._settings = settings
        self._context = context
        self._rng = np.random.default_rng(context.seed)
        self._space = context.space
        self._constraints: ConstraintSet | None = None
        self._drawing = Drawing(context.input_shape, context.outputs)
        self._asked: set[str] = set()
        self._next_request = 0

    @property
    def done(self) -> bool:
        """Never: it ends by raising `SpaceExhaustedError`."""
        return False

    def ask(self, count: int) -> list[Request]:
        """`count` new candidates.

        Raises:
            ConfigError: the very first candidate could not be drawn.
            SpaceExhaustedError: a later one could not.
        """
        requests: list[Request] = []
        while len(requests) < count:
            try:
                requests.append(self._draw())
            except SpaceExhaustedError:
                if not requests:
                    raise
                break
        return requests

    def _draw(self) -> Request:
        assembly = self._drawing.new(
            self._parts, self._space, self._asked.__contains__, self._settings.tries
        )
        if assembly is None:
            raise self._drawing.gave_up(
                "random search",
                f"{self._settings.tries} draws",
                first=self._next_request == 0,
            )
        candidate = assembly.candidate
        self._asked.add(candidate.key())
        request = Request(
            self._next_request,
            candidate,
            self._context.fidelity,
            seed_of(self._rng),
        )
        self._next_request += 1
        return request

    def _parts(self) -> tuple[BlueprintGenome, Mapping[int, ModuleGenome]]:
        # A pool of its own a draw: nothing inherits markings here, and the ledger of
        # a long run would only grow.
        pool = GenePool(self._space, self._rng)
        count = int(self._rng.integers(1, self._settings.species + 1))
        modules = {n: pool.module(minimal=False) for n in range(count)}
        return pool.blueprint(range(count), minimal=False), modules

    def tell(self, request: Request, record: Record) -> None:
        """Nothing to learn from."""

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Never ask it."""
        self._asked.add(candidate.key())

    def constrain(self, constraints: ConstraintSet) -> None:
        """Draw from the restricted space from now on."""
        self._space = constraints.apply(self._context.space)
        self._constraints = constraints

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "rng": self._rng.bit_generator.state,
            "constraints": self._constraints and self._constraints.to_json(),
            "asked": sorted(self._asked),
            "next_request": self._next_request,
            "rejected": dict(self._drawing.rejected),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        restore_generator(self._rng, state["rng"])
        if state["constraints"] is not None:
            self.constrain(ConstraintSet.from_json(state["constraints"]))
        self._asked = set(state["asked"])
        self._next_request = state["next_request"]
        self._drawing.rejected.clear()
        self._drawing.rejected.update(state["rejected"])
