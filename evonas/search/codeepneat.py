"""CoDeepNEAT: coevolution of modules and blueprints (Miikkulainen et al. 2017).

Modules and blueprints are two populations of DeepNEAT graphs. A blueprint's nodes point
at species of modules. A network is a blueprint with one module drawn for each species
it names; the fitness of a part is the mean over the distinct networks that contained
it. `generational` waits for all networks of a generation and gives the same records for
any number of workers; `asynchronous` breeds one child whenever a worker is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from deap import tools

from evonas.candidate import Candidate
from evonas.cells import Cell
from evonas.errors import CallOrderError, ConfigError, SpaceExhaustedError
from evonas.evaluation import Record, Request
from evonas.genome import CellParts, Seed
from evonas.population import gains
from evonas.search.codeepneat_settings import (
    CellCoDeepNEATSettings,
    CoDeepNEATSettings,
)
from evonas.search.coevolution import Coevolution
from evonas.search.credit import Tried, part_fitness
from evonas.search.drawing import Assembly
from evonas.search.founders import Founder, Room, take_founders
from evonas.search.part_kinds import make_parts
from evonas.search.parts import Parts
from evonas.search.proposals import REFUSED, audited
from evonas.search.register import Register
from evonas.search.seeding import SEED, SeedQueue
from evonas.search.seeds import restore_generator, seed_of
from evonas.search.strategy import GENOME, SearchStrategy, StrategyContext
from evonas.space import ConstraintSet

#: generations in a row without one new network after which the space is exhausted;
#: asynchronous: of how many times `networks` or `tries` children, whichever is more
BARREN = 20
#: draws for one network around a new child (asynchronous): when the child does not fit,
#: another child is the better draw
CHILD_TRIES = 5


class CoDeepNEAT(SearchStrategy):
    """The strategy; see the module's docstring."""

    def __init__(
        self,
        settings: CoDeepNEATSettings | CellCoDeepNEATSettings,
        context: StrategyContext,
    ) -> None:
        self._settings = settings
        self._context = context
        self._rng = np.random.default_rng(context.seed)
        pool, self._drawing = make_parts(settings, context, self._rng)
        self._coevolution = Coevolution(
            pool,
            settings.modules,
            settings.blueprints,
            settings.module_mutation,
            settings.blueprint_mutation,
            settings.tournament,
        )
        self._constraints: ConstraintSet | None = None
        latest = 4 * settings.networks if self._asynchronous else None
        self._register = Register(latest)
        #: fitness of blueprints and of modules, kept while they live (asynchronous)
        self._fitness: tuple[dict[int, float], dict[int, float]] = ({}, {})
        self._told = 0
        self._seeds = SeedQueue()
        #: one line a generation: best, mean, species, threshold
        self.logbook = tools.Logbook()

    # What every strategy does --------------------------------------------------------

    @property
    def _asynchronous(self) -> bool:
        return self._settings.mode == "asynchronous"

    @property
    def turning(self) -> bool:
        """Between two generations; in asynchronous mode there are none to wait for."""
        return self._asynchronous or not self._register.pending

    @property
    def done(self) -> bool:
        """Never: it ends by raising `SpaceExhaustedError`."""
        return False

    def ask(self, count: int) -> list[Request]:
        """At most `count` new networks; fewer at the end of a generation.

        Raises:
            ConfigError: no network at all could be drawn from the space.
            SpaceExhaustedError: no new network could be drawn any more.
        """
        if count < 1:
            return []
        if not self._register.count:
            self._first_generation()
        if self._asynchronous:
            self._queue_children(count)
        elif not self._register.pending:
            self._next_generation()
        return self._register.take(count)

    def tell(self, request: Request, record: Record) -> None:
        """Note a network's gains."""
        values = gains(self._context.objectives, record)
        if not self._register.told(request.request_id, values):
            raise CallOrderError(
                "codeepneat: expected the record of a request that it asked and was "
                f"not told yet, got one of request {request.request_id}"
            )
        self._told += 1
        if self._asynchronous:
            self._settle()

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Let their parts be founders, and their networks the first to be asked."""
        self._seeds.add(seeds, begun=self._register.count > 0)

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Use a known result whenever this candidate is drawn, instead of asking."""
        self._register.adopt(candidate, gains(self._context.objectives, record))

    def immigrate(self, request: Request, record: Record) -> None:
        """Let the champion's parts join the populations, with what it is worth."""
        key, register = request.candidate.key(), self._register
        if register.knows(key):
            return
        own = key in register.pending_keys
        self.adopt(request.candidate, record)
        values = gains(self._context.objectives, record)
        # Before the first generation there is nobody that they could join.
        if own or values is None or not register.count or GENOME not in request.origin:
            return
        parts = self._coevolution.immigrate(request.origin[GENOME])
        if parts is None:
            return
        blueprint, modules = parts
        register.tried.append(Tried(key, blueprint, tuple(sorted(modules)), values))
        if self._asynchronous:
            self._learn()
            self._coevolution.make_room(*self._fitness, register.pending_parts)

    def constrain(self, constraints: ConstraintSet) -> None:
        """Breed and draw from the restricted space from now on.

        Genomes outside of it are brought inside, and networks of theirs that were not
        given out yet never will be.
        """
        self._coevolution.pool.narrow(constraints)
        self._constraints = constraints
        changed = self._coevolution.conform()
        self._register.withdraw(lambda queued: not changed.isdisjoint(queued.parts))

    @property
    def cohort(self) -> int | None:
        """A generation; in asynchronous mode it never waits."""
        return None if self._asynchronous else self._settings.networks

    def progress(self) -> dict[str, float]:
        """Generation and species counts."""
        return {
            "generation": self._coevolution.modules.generation,
            "module species": len(self._coevolution.modules.species),
            "blueprint species": len(self._coevolution.blueprints.species),
        }

    def report(self) -> dict[str, Any]:
        """Draws that were rejected, by the reason; modules too; and seeds."""
        rejected = self._drawing.rejected.copy()
        for rule, count in self._coevolution.pool.refused.items():
            rejected[f"modules {REFUSED}{rule}"] += count
        return {"rejected": dict(sorted(rejected.items())), **self._seeds.report()}

    def reach(self, cells: Iterable[Cell]) -> int:
        """How many of these cells a blueprint and modules decode to.

        Raises:
            CallOrderError: it searches networks of layers.
        """
        space = self._coevolution.pool.space
        if not isinstance(space, CellParts):
            raise CallOrderError(
                "codeepneat: expected to search a table's cells, whose reach can be "
                "told; got networks of layers"
            )
        rng = np.random.default_rng(0)
        return sum(space.reaches(cell, rng) for cell in cells)

    # Generations ---------------------------------------------------------------------

    def _first_generation(self) -> None:
        """Found both populations and assemble the first networks (either mode)."""
        times, founders = self._settings.founding, self._founders()
        for _ in range(BARREN):
            self._coevolution.found(
                times,
                minimal=self._settings.start == "minimal",
                given=[
                    (one.assembly.blueprint, one.assembly.modules) for one in founders
                ],
            )
            for one in founders:
                self._queue(one.assembly, {"from": SEED, SEED: one.source})
            self._assemble_generation(times, len(founders))
            if self._register.queued:
                break
        else:
            raise self._exhausted(f"{BARREN} first generations")
        if self._asynchronous:
            # Genomes are replaced one by one here, the worst of those tried first. One
            # that nothing within the limits can be made of would never be tried.
            self._coevolution.keep(self._register.pending_parts)

    def _founders(self) -> list[Founder]:
        """The seeds that there is room for in the first generation."""
        settings, context = self._settings, self._context
        pool = self._coevolution.pool
        return take_founders(
            self._seeds,
            self._drawing,
            pool,
            lambda one: pool.parts_of(one, context.input_shape, context.outputs),
            Room(
                settings.founding * settings.modules.size,
                settings.founding * settings.blueprints.size,
                settings.founding * settings.networks,
            ),
            self._register.knows,
        )

    def _next_generation(self) -> None:
        """Judge the generation that has just been told, breed and assemble the next."""
        fitness = self._judge()
        for attempt in range(BARREN):
            self._coevolution.evolve(*fitness)
            if attempt:
                # All that was bred may have grown too large for the limits.
                self._coevolution.admit()
            self._assemble_generation()
            if self._register.queued:
                return
            # Where no draw was within the limits, what was judged last still holds for
            # the elites that live on.
            if self._register.tried:
                fitness = self._judge()
        raise self._exhausted(f"{BARREN} generations")

    def _assemble_generation(self, times: int = 1, there: int = 0) -> None:
        for _ in range(times * self._settings.networks - there):
            assembly = self._assembled(
                self._coevolution.draw_evenly, self._settings.tries
            )
            if assembly is not None:
                self._queue(assembly)

    def _judge(self) -> tuple[dict[int, float], dict[int, float]]:
        """The fitness that a generation's parents are chosen by; its networks go."""
        self._log()
        fitness = self._credit()
        self._register.tried.clear()
        return fitness

    def _credit(self) -> tuple[dict[int, float], dict[int, float]]:
        """Fitness of blueprints and modules by the networks tried lately.

        The networks are put in an order of their own, so that the order of tells, which
        depends on the workers, cannot reach the result.
        """
        ordered = sorted(
            self._register.tried,
            key=lambda tried: (tried.key, tried.blueprint, tried.modules),
        )
        blueprints, modules = part_fitness(ordered, self._register.worst)
        if self._settings.credit == "shuffled":
            values = list(modules.values())
            self._rng.shuffle(values)
            modules = dict(zip(modules, values, strict=True))
        return blueprints, modules

    def _log(self) -> None:
        """Add the logbook's line of this generation."""
        firsts = sorted(t.gains[0] for t in self._register.tried if t.gains is not None)
        self.logbook.record(
            generation=self._coevolution.modules.generation,
            evaluations=self._told,
            networks=len(self._register.tried),
            best=firsts[-1] if firsts else None,
            mean=sum(firsts) / len(firsts) if firsts else None,
            module_species=len(self._coevolution.modules.species),
            blueprint_species=len(self._coevolution.blueprints.species),
            module_threshold=self._coevolution.modules.threshold,
            blueprint_threshold=self._coevolution.blueprints.threshold,
        )

    # One child at a time -------------------------------------------------------------

    def _queue_children(self, count: int) -> None:
        """Have `count` networks queued, each around one newly bred part.

        Fewer where the space gives no more of them. Where a generation's worth of
        children gave nothing, all that is near may have been asked, so that children
        are mutated once more with each generation's worth; or the living parts may have
        grown so large that nothing made of them fits the limits any more, so that every
        other network is made of newcomers drawn from the space.
        """
        barren, networks = 0, self._settings.networks
        most = BARREN * max(networks, self._settings.tries)
        while self._register.queued < count:
            further = barren // networks
            if further and barren % 2:
                assembly = self._of_newcomers()
            else:
                assembly = self._around_child(further)
            if assembly is not None:
                self._queue(assembly)
                barren = 0
                continue
            barren += 1
            if barren == most:
                if self._register.queued:
                    return
                raise self._exhausted(f"{barren} children")

    def _around_child(self, further: int) -> Assembly | None:
        """A new network that contains a newly bred module or blueprint.

        `further` mutations lead away from where everything was asked before.
        """
        coevolution = self._coevolution
        blueprints, modules = self._fitness
        sizes = (self._settings.modules.size, self._settings.blueprints.size)
        if self._rng.random() < sizes[0] / sum(sizes):
            module = coevolution.add_module(modules, further)
            child_id = module.genome_id

            def draw() -> Parts:
                return coevolution.draw_with_module(module, blueprints, modules)

        else:
            blueprint = coevolution.add_blueprint(blueprints, further)
            child_id = blueprint.genome_id

            def draw() -> Parts:
                return coevolution.draw_with_blueprint(blueprint, modules)

        return self._settled_in(self._assembled(draw, CHILD_TRIES), [child_id])

    def _of_newcomers(self) -> Assembly | None:
        """A new network of a module and a blueprint that are drawn from the space."""
        blueprint, modules = self._coevolution.add_network()
        assembly = self._assembled(lambda: (blueprint, modules), 1)
        ids = [blueprint.genome_id, *(one.genome_id for one in modules.values())]
        return self._settled_in(assembly, ids)

    def _settled_in(
        self, assembly: Assembly | None, children: Sequence[int]
    ) -> Assembly | None:
        """Let the worst give way to the children of a network; or the children go."""
        if assembly is None:
            self._coevolution.discard(children)
        else:
            with self._register.waiting(assembly) as waiting:
                self._coevolution.make_room(*self._fitness, waiting)
        return assembly

    def _settle(self) -> None:
        """Work a told network into the fitness of the living parts."""
        self._learn()
        if self._told % self._settings.networks == 0:
            self._log()
            self._coevolution.turn(*self._fitness)

    def _learn(self) -> None:
        """Judge the living parts by the networks tried lately."""
        judged = self._credit()
        living_parts = (
            self._coevolution.blueprints.members.keys(),
            self._coevolution.modules.members.keys(),
        )
        for lasting, new, living in zip(
            self._fitness, judged, living_parts, strict=True
        ):
            lasting.update(new)
            for genome_id in [one for one in lasting if one not in living]:
                del lasting[genome_id]

    # Networks ------------------------------------------------------------------------

    def _assembled(self, draw: Callable[[], Parts], tries: int) -> Assembly | None:
        """A network that was never asked; None when `tries` draws gave none.

        A draw whose result is known counts for its parts without being asked again.
        """
        register = self._register
        pending = register.pending_keys
        for _ in range(tries):
            assembly = self._drawing.assemble(*draw(), self._coevolution.pool.space)
            if assembly is None:
                continue
            key = assembly.candidate.key()
            known = register.knows(key)
            if not known and key not in pending:
                verdict = self._context.judge(assembly.candidate, "ask")
                judged = self._drawing.judged(assembly, verdict)
                if judged is not None:
                    return judged
                continue
            self._drawing.rejected["asked before"] += 1
            if known and not self._asynchronous:
                register.count_again(assembly)
        return None

    def _queue(
        self, assembly: Assembly, told: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        origin: dict[str, Any] = {
            **told,
            "generation": self._coevolution.modules.generation,
            "blueprint": assembly.blueprint.genome_id,
            "modules": {
                str(species): genome.genome_id
                for species, genome in sorted(assembly.modules.items())
            },
        }
        origin |= audited(assembly.audit)
        if self._context.islands:
            parts = assembly.blueprint, assembly.modules
            origin[GENOME] = self._coevolution.pool.passport(parts)
        self._register.queue(
            assembly, self._context.fidelity, seed_of(self._rng), origin
        )

    def _exhausted(self, draws: str) -> ConfigError | SpaceExhaustedError:
        return self._drawing.gave_up(
            "codeepneat", draws, first=not self._register.count
        )

    # State ---------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        constraints = self._constraints
        return {
            "rng": self._rng.bit_generator.state,
            "coevolution": self._coevolution.state(),
            "constraints": None if constraints is None else constraints.to_json(),
            "register": self._register.state(),
            "fitness": [[[k, v] for k, v in one.items()] for one in self._fitness],
            "told": self._told,
            "logbook": [dict(line) for line in self.logbook],
            "rejected": dict(self._drawing.rejected),
            "seeds": self._seeds.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        restore_generator(self._rng, state["rng"])
        if state["constraints"] is not None:
            self.constrain(ConstraintSet.from_json(state["constraints"]))
        self._coevolution.restore(state["coevolution"])
        self._register.restore(state["register"])
        blueprints, modules = (dict(one) for one in state["fitness"])
        self._fitness = (blueprints, modules)
        self._told = state["told"]
        self.logbook.clear()
        for line in state["logbook"]:
            self.logbook.record(**line)
        self._drawing.rejected.clear()
        self._drawing.rejected.update(state["rejected"])
        self._seeds.restore(state.get("seeds"))
