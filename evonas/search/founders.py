"""Seeds as parts of CoDeepNEAT's founding populations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from evonas.candidate import Candidate
from evonas.search.drawing import Assembly, Drawing
from evonas.search.parts import PartPool, Parts
from evonas.search.seeding import NO_PLACE, UNLIKE, SeedQueue, newly


@dataclass(frozen=True, slots=True)
class Founder:
    """A seed that is among the first networks.

    Attributes:
        assembly: its network and parts; the blueprint has names of its own for them.
        source: of the seed.
    """

    assembly: Assembly
    source: str


@dataclass(frozen=True, slots=True)
class Room:
    """What the founding generation has places for: modules, blueprints, networks."""

    modules: int
    blueprints: int
    networks: int


def take_founders(
    seeds: SeedQueue,
    drawing: Drawing[Any],
    pool: PartPool[Any],
    parts_of: Callable[[Candidate], Parts | None],
    room: Room,
    known: Callable[[str], bool],
) -> list[Founder]:
    """Take all seeds out of the queue; those that can be asked, in their order.

    Equal modules of several seeds are one.

    Args:
        seeds: that wait.
        drawing: assembles candidates.
        pool: gives ids and the space.
        parts_of: translates a seed.
        room: of the founding generation.
        known: whether a candidate key has a result already.
    """
    found: list[Founder] = []
    #: modules with no id of their own → as they found the population
    modules: list[tuple[Any, Any]] = []
    keys: set[str] = set()
    while seeds:
        seed = seeds.take()
        parts = parts_of(seed.candidate)
        if parts is None:
            seeds.skipped(UNLIKE)
            continue
        blueprint, own = parts
        before = drawing.rejected.copy()
        assembly = drawing.assemble(blueprint, own, pool.space)
        if assembly is None:
            seeds.skipped(newly(drawing.rejected, before))
            continue
        key = assembly.candidate.key()
        if known(key) or key in keys:
            seeds.skipped("asked before")
            continue
        fresh: list[Any] = []
        for one in own.values():
            if _same(one, modules) is None and one not in fresh:
                fresh.append(one)
        full = len(found) == min(room.blueprints, room.networks)
        if full or len(modules) + len(fresh) > room.modules:
            seeds.skipped(NO_PLACE)
            continue
        modules += [(one, replace(one, genome_id=pool.new_id())) for one in fresh]
        named = replace(
            assembly,
            blueprint=replace(blueprint, genome_id=pool.new_id()),
            modules={name: _same(own[name], modules) for name in assembly.modules},
        )
        keys.add(key)
        seeds.asked()
        found.append(Founder(named, seed.source))
    return found


def _same(module: Any, modules: list[tuple[Any, Any]]) -> Any:
    """The founder that a module is equal to but for its id; None: there is none."""
    return next((there for plain, there in modules if plain == module), None)
