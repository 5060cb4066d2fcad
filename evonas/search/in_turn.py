"""One after the other: the architecture first and its recipe then, or the reverse.

Joint search needs nothing: every strategy searches both together. Here the same kinds
of strategy search one part while the other is held, then the other part around the best
candidate so far. It is a strategy itself, so that everything else stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from evonas.candidate import Candidate
from evonas.errors import (
    ArchitectureError,
    CallOrderError,
    ConfigError,
    SpaceExhaustedError,
)
from evonas.evaluation import Record, Request
from evonas.genome import CellSpace, RecipeGenomes, Seed
from evonas.population import gains
from evonas.search.strategy import SearchStrategy, StrategyContext
from evonas.space import Choice, ConstraintSet
from evonas.space.domains import Domain

Part = Literal["architecture", "recipe"]
#: makes a part's strategy, fresh, of what it is to search
Make = Callable[[StrategyContext], SearchStrategy]

#: keeps the draws of the second part apart from those of the first
_STREAM = 0x7E9
#: draws for the network that is held while its recipe is searched first
_TRIES = 1000


class InTurn(SearchStrategy):
    """Two strategies in turn, each over one part of the candidates.

    The second begins when all results of the first are there, and holds what the best
    of them had (by the first objective). A part whose space is used up before its time
    leaves the rest to the other.

    Args:
        parts: the two parts in their order, each with what makes its strategy.
        evaluations: candidates of the first part.
        context: of the whole search.
        held: what the first part holds of its recipe, field (of a table: choice) →
            value; others have their middle. Only where the architecture comes first.

    Raises:
        ConfigError: a part has nothing to choose, or a held value is none.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Part, Make]],
        evaluations: int,
        context: StrategyContext,
        held: Mapping[str, Any],
    ) -> None:
        self._parts = tuple(parts)
        self._evaluations = evaluations
        self._context = context
        self._constraints: ConstraintSet | None = None
        rng = np.random.default_rng([context.seed, _STREAM])
        #: of the second part's strategy
        self._seed = int(rng.integers(2**63))
        #: place of the part that is searched
        self._part = 0
        #: what is held comes from this candidate
        self._base = start(context, self._parts[0][0], held)
        #: the best candidate so far with its record; None: none was any good
        self._best: tuple[Candidate, Record] | None = None
        #: how the evaluation of that candidate ended, if it was evaluated
        self._base_record: Record | None = None
        #: results from elsewhere
        self._adopted: list[tuple[Candidate, Record]] = []
        #: networks that either part is to ask first
        self._seeds: list[Seed] = []
        #: requests of the part before, and of this one
        self._before = self._count = 0
        #: requests without a record
        self._open: set[int] = set()
        #: rejected draws of the part before, by the reason
        self._rejected: Counter[str] = Counter()
        self._inner = self._made()
        # Tells now, not in the middle of the search, if nothing can be chosen then.
        narrowed(context, self._parts[1][0], self._base)

    def _made(self) -> SearchStrategy:
        """The strategy of this part, told what is known."""
        name, make = self._parts[self._part]
        context = narrowed(self._context, name, self._base)
        if self._part:
            context = replace(context, seed=self._seed)
        inner = make(context)
        if self._constraints is not None:
            inner.constrain(self._allowed(self._constraints))
        return inner

    def _allowed(self, constraints: ConstraintSet) -> ConstraintSet:
        """What a constraint set says of this part; what is held stays as it is."""
        name = self._parts[self._part][0]
        cells = self._context.cells
        if isinstance(cells, CellSpace):
            recipe = {
                choice: allowed
                for choice, allowed in constraints.recipe.items()
                if (choice in cells.recipe) == (name == "recipe")
            }
            blocks = None if name == "recipe" else constraints.blocks
            return replace(constraints, recipe=recipe, blocks=blocks)
        if name == "recipe":
            return constraints
        return replace(constraints, recipe={})

    def _advance(self) -> None:
        """Go on to the second part, around the best candidate of the first."""
        self._rejected.update(self._inner.report().get("rejected", {}))
        self._before, self._count, self._part = self._count, 0, 1
        if self._best is not None:
            self._base, self._base_record = self._best
        self._inner = self._made()
        for known in self._adopted:
            self._inner.adopt(*known)
        if self._base_record is not None:
            self._inner.adopt(self._base, self._base_record)
        self._inner.seed(self._seeds)

    @property
    def done(self) -> bool:
        """When the second part's strategy is."""
        return self._part == 1 and self._inner.done

    def ask(self, count: int) -> list[Request]:
        """At most `count` of this part; none while the first part's last are awaited.

        Raises:
            ConfigError: the very first candidate could not be found.
            SpaceExhaustedError: a later one could not.
        """
        if count < 1:
            return []
        if self._part == 0:
            room = self._evaluations - self._count
            if room > 0 and not self._inner.done:
                try:
                    return self._numbered(self._inner.ask(min(count, room)))
                except SpaceExhaustedError:
                    if self._open:
                        raise
            if self._open:
                return []
            self._advance()
        return self._numbered(self._inner.ask(count))

    def _numbered(self, requests: Sequence[Request]) -> list[Request]:
        """Requests of a part with their numbers in the whole search."""
        name = self._parts[self._part][0]
        found = []
        for request in requests:
            origin = {**request.origin, "searching": name}
            if origin.get("parent", -1) >= 0:
                origin["parent"] += self._before
            number = request.request_id + self._before
            found.append(replace(request, request_id=number, origin=origin))
        self._count += len(found)
        self._open.update(one.request_id for one in found)
        return found

    def tell(self, request: Request, record: Record) -> None:
        """Note the best, and let the part's strategy learn."""
        if request.request_id not in self._open:
            raise CallOrderError(
                "sequence: expected the record of a request that it asked and was not "
                f"told yet, got one of request {request.request_id}"
            )
        self._open.remove(request.request_id)
        self._note(request.candidate, record)
        number = request.request_id - self._before
        self._inner.tell(
            replace(request, request_id=number), record.at(request_id=number)
        )

    def _note(self, candidate: Candidate, record: Record) -> None:
        objectives = self._context.objectives[:1]
        if candidate.key() == self._base.key():
            self._base_record = record
        values = gains(objectives, record)
        if values is None:
            return
        known = None if self._best is None else gains(objectives, self._best[1])
        if known is None or values > known:
            self._best = candidate, record

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Let each part ask first what the seeds are in it; the rest is held."""
        self._inner.seed(seeds)
        self._seeds += seeds

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Let it count for the best; the part's strategy never asks it."""
        self._note(candidate, record)
        self._adopted.append((candidate, record))
        self._inner.adopt(candidate, record)

    def constrain(self, constraints: ConstraintSet) -> None:
        """Restrict this part, and the one after it."""
        self._inner.constrain(self._allowed(constraints))
        self._constraints = constraints

    @property
    def turning(self) -> bool:
        """When the inner strategy's space may change."""
        return self._inner.turning

    @property
    def cohort(self) -> int | None:
        """That of the part's strategy."""
        return self._inner.cohort

    @property
    def needed_weights(self) -> frozenset[str]:
        """That of the part's strategy."""
        return self._inner.needed_weights

    def progress(self) -> dict[str, float]:
        """The strategy's numbers, and which part it is at."""
        return {**self._inner.progress(), "part": float(self._part + 1)}

    def report(self) -> dict[str, Any]:
        """The strategy's report, and how many candidates each part has had."""
        report = self._inner.report()
        rejected = self._rejected + Counter(report.get("rejected", {}))
        counts = (self._before, self._count) if self._part else (self._count, 0)
        parts = [
            {"searching": name, "candidates": count}
            for (name, _), count in zip(self._parts, counts, strict=True)
        ]
        return {**report, "rejected": dict(sorted(rejected.items())), "sequence": parts}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        constraints, record = self._constraints, self._base_record
        return {
            "seed": self._seed,
            "part": self._part,
            "base": self._base.to_json(),
            "base_record": None if record is None else record.to_json(),
            "best": None if self._best is None else _to_json(self._best),
            "adopted": [_to_json(one) for one in self._adopted],
            "seeds": [seed.to_json() for seed in self._seeds],
            "before": self._before,
            "count": self._count,
            "open": sorted(self._open),
            "rejected": dict(self._rejected),
            "constraints": None if constraints is None else constraints.to_json(),
            "inner": self._inner.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._seed, self._part = state["seed"], state["part"]
        self._base = Candidate.from_json(state["base"])
        best, constraints = state["best"], state["constraints"]
        record = state["base_record"]
        self._base_record = None if record is None else Record.from_json(record)
        self._best = None if best is None else _from_json(best)
        self._adopted = [_from_json(one) for one in state["adopted"]]
        self._seeds = [Seed.from_json(one) for one in state.get("seeds", ())]
        self._before, self._count = state["before"], state["count"]
        self._open = set(state["open"])
        self._rejected = Counter(state["rejected"])
        self._constraints = (
            None if constraints is None else ConstraintSet.from_json(constraints)
        )
        self._inner = self._made()
        self._inner.restore(state["inner"])


def _to_json(known: tuple[Candidate, Record]) -> list[Any]:
    return [known[0].to_json(), known[1].to_json()]


def _from_json(data: Sequence[Any]) -> tuple[Candidate, Record]:
    return Candidate.from_json(data[0]), Record.from_json(data[1])


def narrowed(context: StrategyContext, part: Part, base: Candidate) -> StrategyContext:
    """What is left to search of a context when one part is searched.

    Args:
        context: of the whole search.
        part: that is searched.
        base: has what is held.

    Raises:
        ConfigError: the part has nothing to choose.
    """
    cells = context.cells
    if cells is not None:
        if not isinstance(cells, CellSpace):
            raise ConfigError(
                "sequence.first: expected a space of cells or layers, got "
                f"{type(cells).__name__}"
            )
        return replace(context, cells=cells.holding(base, part=part))
    space = context.space
    if part == "recipe":
        genomes = RecipeGenomes(space, base.architecture, context.input_shape)
        return replace(context, cells=genomes)
    fields = base.recipe.to_json()
    recipe = {name: Choice((fields[name],)) for name in space.recipe}
    return replace(context, space=replace(space, recipe=recipe))


def start(context: StrategyContext, first: Part, held: Mapping[str, Any]) -> Candidate:
    """The candidate that gives what the first part holds.

    The middle of each choice; of a network of layers, which has no middle, one that is
    drawn by the search's seed.

    Args:
        context: of the whole search.
        first: the part that is searched first.
        held: values of the recipe instead of the middle.

    Raises:
        ConfigError: a value is none of its field's, or nothing can be drawn.
    """
    genomes = context.genomes
    cells = isinstance(genomes, CellSpace)
    recipe = genomes.recipe if isinstance(genomes, CellSpace) else context.space.recipe
    if first == "recipe" and held:
        raise ConfigError(
            "sequence.recipe: expected it where the architecture comes first, got "
            "first: recipe; remove it"
        )
    for name, value in held.items():
        if name not in recipe or not recipe[name].contains(value):
            known = recipe[name].to_json() if name in recipe else ", ".join(recipe)
            raise ConfigError(
                f"sequence.recipe.{name}: expected a value of the space's recipe "
                f"({known}), got {value!r}"
            )
    middles = {name: held.get(name, middle(one)) for name, one in recipe.items()}
    if cells:
        others = {name: middle(one) for name, one in genomes.choices.items()}
        return genomes.decode(genomes.from_values({**others, **middles}))
    fixed = {name: Choice((value,)) for name, value in middles.items()}
    drawn = replace(context, space=replace(context.space, recipe=fixed)).genomes
    rng = np.random.default_rng([context.seed, _STREAM])
    for _ in range(_TRIES):
        try:
            candidate: Candidate = drawn.decode(drawn.draw(rng))
        except ArchitectureError:
            continue
        if not drawn.refusal(candidate):
            return candidate
    raise ConfigError(
        "space.limits: expected a network within the limits in "
        f"{_TRIES} draws, got none; raise them"
    )


def middle(domain: Domain) -> Any:
    """The value in the middle of those that have an order; the first of others."""
    places = domain.spread(3)
    if not domain.ordered:
        return places[0]
    return places[(len(places) - 1) // 2]
