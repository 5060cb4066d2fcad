"""The strategy around a sampler: it asks for whatever the sampler suggests.

Every candidate is asked once. Where the sampler suggests nothing new any more, the next
candidate is drawn at random, so that a method that has settled goes on with its budget;
where draws give nothing new either, the space is used up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from evonas.advice import Stage
from evonas.candidate import Candidate
from evonas.errors import CallOrderError, SpaceExhaustedError
from evonas.evaluation import Record, Request
from evonas.genome import Seed
from evonas.population import gains
from evonas.search.proposals import REFUSALS, Proposal, audited
from evonas.search.sampler import (
    Archive,
    Result,
    Sampler,
    SamplerSettings,
    Suggestion,
)
from evonas.search.seeding import SEED, UNLIKE, SeedQueue, newly
from evonas.search.seeds import restore_generator, seed_of
from evonas.search.strategy import GENOME, SearchStrategy, StrategyContext
from evonas.space import ConstraintSet

S = TypeVar("S", bound=SamplerSettings)

#: where a sampler's suggestion is from → the stage at which it is judged
_STAGES: Mapping[str, Stage] = {
    "draw": "initialise",
    "mutation": "mutate",
    "neighbour": "mutate",
    "crossover": "crossover",
}


class GenomeSearch(SearchStrategy):
    """Asks one genome after the other.

    Args:
        name: of the strategy.
        settings: of the strategy.
        context: of the search.
        make: makes the sampler of settings and archive.
    """

    def __init__(
        self,
        name: str,
        settings: S,
        context: StrategyContext,
        make: Callable[[S, Archive[Any]], Sampler[Any]],
    ) -> None:
        self._name = name
        self._tries = settings.tries
        self._context = context
        self._archive: Archive[Any] = Archive(context, settings.species)
        self._sampler = make(settings, self._archive)
        self._constraints: ConstraintSet | None = None
        #: request id → its genome and key, until it is told
        self._pending: dict[int, tuple[Any, str]] = {}
        self._next_request = 0
        self._seeds = SeedQueue()

    @property
    def turning(self) -> bool:
        """When the sampler is."""
        return self._sampler.turning

    @property
    def done(self) -> bool:
        """Never: it ends by raising `SpaceExhaustedError`."""
        return False

    def ask(self, count: int) -> list[Request]:
        """`count` new candidates; fewer where the sampler waits for results.

        Raises:
            ConfigError: the very first candidate could not be found.
            SpaceExhaustedError: a later one could not.
        """
        requests: list[Request] = []
        while len(requests) < count and not self._sampler.waiting:
            try:
                request = self._next()
            except SpaceExhaustedError:
                if not requests:
                    raise
                break
            if request is None:
                break
            requests.append(request)
        return requests

    def _next(self) -> Request | None:
        """The next request; None: all that was left until results come was refused."""
        found = self._found()
        if found is None:
            return None
        suggestion, proposal = found
        number = self._next_request
        key = proposal.candidate.key()
        self._archive.seen.add(key)
        self._pending[number] = proposal.genome, key
        self._next_request += 1
        self._sampler.asked(number, suggestion)
        return Request(
            number,
            proposal.candidate,
            self._context.fidelity,
            seed_of(self._archive.rng),
            inherit=suggestion.inherit,
            purpose="audit" if proposal.audit else "search",
            keep_weights=suggestion.keep_weights,
            origin={
                **suggestion.origin,
                **audited(proposal.audit),
                **self._passport(proposal),
            },
        )

    def _passport(self, proposal: Proposal[Any]) -> Mapping[str, Any]:
        """What another island needs to take the candidate in, beside the candidate."""
        genomes = self._archive.whole
        if not self._context.islands:
            return {}
        if genomes.genome_of(proposal.candidate) == proposal.genome:
            return {}
        return {GENOME: genomes.to_json(proposal.genome)}

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Ask them first; a population counts them among its founders."""
        self._seeds.add(seeds, begun=self._next_request > 0)

    def _seeded(self) -> tuple[Suggestion[Any], Proposal[Any]] | None:
        """The next seed that may be asked; None: there are no more."""
        archive = self._archive
        while self._seeds:
            seed = self._seeds.take()
            translation = archive.genomes.translate(seed.candidate)
            if translation is None:
                self._seeds.skipped(UNLIKE)
                continue
            before = archive.proposer.rejected.copy()
            proposal = archive.new(translation.genome)
            if proposal is not None:
                self._seeds.asked()
                origin = {"from": SEED, SEED: seed.source}
                return self._sampler.founder(translation.genome, origin), proposal
            self._seeds.skipped(newly(archive.proposer.rejected, before))
        return None

    def _found(self) -> tuple[Suggestion[Any], Proposal[Any]] | None:
        """The first seed, suggestion or draw that may be asked and was not.

        None: the sampler waits for results. After a refused one attempts begin anew.
        """
        seeded = self._seeded()
        if seeded is not None:
            return seeded
        archive = self._archive
        attempt, refusals = 0, REFUSALS
        while attempt < 2 * self._tries and refusals:
            if attempt < self._tries:
                suggestion = self._sampler.suggest()
            else:
                drawn = archive.widest.draw(archive.rng)
                suggestion = Suggestion(drawn, {"from": "fallback"})
            attempt += 1
            proposal = archive.new(suggestion.genome)
            if proposal is None:
                continue
            stage = _STAGES.get(suggestion.origin["from"], "ask")
            verdict = self._context.judge(proposal.candidate, stage)
            proposal = archive.proposer.judged(proposal, verdict)
            if proposal is not None:
                return suggestion, proposal
            if self._sampler.waiting:
                return None
            # It was new, so that the space is not used up.
            attempt = 0
            refusals -= 1
        raise archive.proposer.gave_up(
            self._name,
            f"{self._tries} suggestions and as many draws",
            first=self._next_request == 0,
        )

    def tell(self, request: Request, record: Record) -> None:
        """Let the sampler learn from a result."""
        asked = self._pending.pop(request.request_id, None)
        if asked is None:
            raise CallOrderError(
                f"{self._name}: expected the record of a request that it asked and was "
                f"not told yet, got one of request {request.request_id}"
            )
        self._learn(request.request_id, *asked, record)

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Never ask it, and learn from it where the genome can be told."""
        self._adopt(candidate, record, self._archive.genomes.genome_of(candidate))

    def immigrate(self, request: Request, record: Record) -> None:
        """Learn from it, by the genome that it brings along."""
        if GENOME in request.origin:
            genome = self._archive.whole.from_json(request.origin[GENOME])
        else:
            genome = self._archive.genomes.genome_of(request.candidate)
        self._adopt(request.candidate, record, genome)

    def _adopt(self, candidate: Candidate, record: Record, genome: Any) -> None:
        key = candidate.key()
        if key in self._archive.seen:
            return
        self._archive.seen.add(key)
        self._sampler.adopted(key)
        if genome is not None:
            self._learn(-1, genome, key, record)

    def _learn(self, number: int, genome: Any, key: str, record: Record) -> None:
        values = gains(self._context.objectives, record)
        self._archive.note(values)
        self._sampler.learn(Result(number, genome, key, values, record.weights), record)

    def constrain(self, constraints: ConstraintSet) -> None:
        """Suggest and draw from the restricted space from now on."""
        self._archive.narrow(constraints)
        self._constraints = constraints
        self._sampler.narrowed()

    @property
    def cohort(self) -> int | None:
        """The sampler's."""
        return self._sampler.cohort

    @property
    def needed_weights(self) -> frozenset[str]:
        """The sampler's."""
        return self._sampler.needed_weights

    def progress(self) -> dict[str, float]:
        """The sampler's numbers, and how many suggestions were rejected."""
        rejected = float(self._archive.proposer.rejected.total())
        return {**self._sampler.progress(), "rejected": rejected}

    def report(self) -> dict[str, Any]:
        """Suggestions that were rejected, by the reason; and what became of seeds."""
        rejected = dict(sorted(self._archive.proposer.rejected.items()))
        return {"rejected": rejected, **self._seeds.report()}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        archive = self._archive
        constraints = self._constraints
        return {
            "rng": archive.rng.bit_generator.state,
            "constraints": None if constraints is None else constraints.to_json(),
            "seen": sorted(archive.seen),
            "worst": archive.worst,
            "rejected": dict(archive.proposer.rejected),
            "pending": [
                [number, archive.whole.to_json(genome), key]
                for number, (genome, key) in self._pending.items()
            ],
            "next_request": self._next_request,
            "seeds": self._seeds.state(),
            "sampler": self._sampler.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        archive = self._archive
        restore_generator(archive.rng, state["rng"])
        if state["constraints"] is not None:
            self.constrain(ConstraintSet.from_json(state["constraints"]))
        archive.seen = set(state["seen"])
        archive.worst = state["worst"]
        archive.proposer.rejected.clear()
        archive.proposer.rejected.update(state["rejected"])
        self._pending = {
            number: (archive.whole.from_json(genome), key)
            for number, genome, key in state["pending"]
        }
        self._next_request = state["next_request"]
        self._seeds.restore(state.get("seeds"))
        self._sampler.restore(state["sampler"])
