"""Random search: every candidate drawn anew from the space.

Of networks of layers, a draw is a random blueprint over one to `species` modules, each
a random graph; node counts are uniform up to the space's sizes. The first generation of
CoDeepNEAT can be drawn in the same way, so that the two compare over one space. Of a
table's cells, a draw is uniform over the valid cells as they are written, so that a
cell counts as often as it has isomorphic forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from evonas.candidate import Candidate
from evonas.config import Settings
from evonas.errors import SpaceExhaustedError
from evonas.evaluation import Record, Request
from evonas.genome import GenomeSpace, NetworkGenomes, Seed
from evonas.search.proposals import Proposal, Proposer, audited
from evonas.search.seeding import SEED, UNLIKE, SeedQueue, newly
from evonas.search.seeds import restore_generator, seed_of
from evonas.search.strategy import SearchStrategy, StrategyContext
from evonas.space import ConstraintSet


class RandomSettings(Settings):
    """Settings of the strategy `random`."""

    #: most different modules in one network; of no effect on a table's cells
    species: int = Field(default=3, ge=1)
    #: draws for one new candidate before the search gives up
    tries: int = Field(default=1000, ge=1)


class RandomSearch(SearchStrategy):
    """Draws candidates independently; the yardstick of every other strategy."""

    def __init__(self, settings: RandomSettings, context: StrategyContext) -> None:
        self._settings = settings
        self._context = context
        self._rng = np.random.default_rng(context.seed)
        genomes = context.genomes
        if isinstance(genomes, NetworkGenomes):
            genomes = genomes.with_species(settings.species)
        self._genomes = genomes
        self._constraints: ConstraintSet | None = None
        self._proposer = Proposer(genomes)
        self._asked: set[str] = set()
        self._next_request = 0
        self._seeds = SeedQueue()

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

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Ask them first."""
        self._seeds.add(seeds, begun=self._next_request > 0)

    def _seeded(self) -> tuple[Proposal[Any], Mapping[str, Any]] | None:
        """The next seed that may be asked, with its origin; None: there are no more."""
        proposer = self._proposer
        while self._seeds:
            seed = self._seeds.take()
            translation = proposer.genomes.translate(seed.candidate)
            if translation is None:
                self._seeds.skipped(UNLIKE)
                continue
            before = proposer.rejected.copy()
            genome = translation.genome
            proposal = proposer.new(lambda: genome, self._asked.__contains__, 1)  # noqa: B023
            if proposal is not None:
                self._seeds.asked()
                return proposal, {"from": SEED, SEED: seed.source}
            self._seeds.skipped(newly(proposer.rejected, before))
        return None

    def _drawn(self, genomes: GenomeSpace[Any]) -> Proposal[Any] | None:
        """The first draw that may be asked; None: there was none."""
        return self._proposer.new(
            lambda: genomes.draw(self._rng),
            self._asked.__contains__,
            self._settings.tries,
            lambda candidate: self._context.judge(candidate, "initialise"),
        )

    def _draw(self) -> Request:
        proposer = self._proposer
        origin: Mapping[str, Any] = {}
        seeded = self._seeded()
        if seeded is not None:
            proposal: Proposal[Any] | None
            proposal, origin = seeded
        else:
            proposal = self._drawn(proposer.genomes)
            constraints = self._constraints
            if proposal is None and constraints is not None:
                # where what is preferred is used up, the rest is still allowed
                proposal = self._drawn(
                    proposer.genomes if constraints.mode == "hard" else self._genomes
                )
        if proposal is None:
            raise proposer.gave_up(
                "random search",
                f"{self._settings.tries} draws",
                first=self._next_request == 0,
            )
        candidate = proposal.candidate
        self._asked.add(candidate.key())
        request = Request(
            self._next_request,
            candidate,
            self._context.fidelity,
            seed_of(self._rng),
            purpose="audit" if proposal.audit else "search",
            origin={**origin, **audited(proposal.audit)},
        )
        self._next_request += 1
        return request

    def tell(self, request: Request, record: Record) -> None:
        """Nothing to learn from."""

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Never ask it."""
        self._asked.add(candidate.key())

    def constrain(self, constraints: ConstraintSet) -> None:
        """Draw from the restricted space from now on."""
        self._proposer.genomes = self._genomes.narrowed(constraints)
        self._constraints = constraints

    def progress(self) -> dict[str, float]:
        """How many draws were rejected."""
        return {"rejected": float(self._proposer.rejected.total())}

    def report(self) -> dict[str, Any]:
        """Draws that were rejected, by the reason; and what became of seeds."""
        rejected = dict(sorted(self._proposer.rejected.items()))
        return {"rejected": rejected, **self._seeds.report()}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "rng": self._rng.bit_generator.state,
            "constraints": self._constraints and self._constraints.to_json(),
            "asked": sorted(self._asked),
            "next_request": self._next_request,
            "rejected": dict(self._proposer.rejected),
            "seeds": self._seeds.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        restore_generator(self._rng, state["rng"])
        if state["constraints"] is not None:
            self.constrain(ConstraintSet.from_json(state["constraints"]))
        self._asked = set(state["asked"])
        self._next_request = state["next_request"]
        self._proposer.rejected.clear()
        self._proposer.rejected.update(state["rejected"])
        self._seeds.restore(state.get("seeds"))
