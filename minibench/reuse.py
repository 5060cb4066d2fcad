"""Records that stand in for trainings of a search."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence

from evonas.architecture import Shape, training_memory_bytes
from evonas.errors import DatabaseError, EvonasWarning
from evonas.evaluation import Outcome, Record, Request
from minibench.database import Database
from minibench.records import BenchRecord
from minibench.reviews import State
from minibench.selection import Selection

#: who gives a record back, where a worker would
GIVER = "database"
#: what depends on the machine that has measured it
_OF_THE_MACHINE = ("latency_seconds", "latency_batch_seconds", "energy_joules")


class Reuse:
    """Answers requests of a search by records of an equal candidate and fidelity.

    **Which one.** Of several records the one with the seed of the request; else an
    approved one before a provisional one, and of these the one with the lowest id. It
    must have every metric that the search needs.

    **What of it.** Metrics, curve, and the seconds that the training took. What was
    measured on test data is left out, and what depends on the machine.

    **Accidents.** Where the database cannot be read any more, that is told once, and
    nothing is known from then on: the search goes on.

    Args:
        database: open; closed by the caller.
        problem: key of the problem that the search works on.
        shape: of one of its samples.
        states: that records may have.
        metrics: names that a record must have.

    Attributes:
        problem: its key.
    """

    def __init__(
        self,
        database: Database,
        problem: str,
        shape: Shape,
        *,
        states: Sequence[State],
        metrics: Collection[str],
    ) -> None:
        self._database = database
        self.problem = problem
        self._shape = shape
        self._states = tuple(states)
        self._metrics = frozenset(metrics)
        self._lost = False

    def __call__(self, request: Request) -> Record | None:
        """The record that answers a request; None: it has to be evaluated.

        Args:
            request: that wants a training from its start, and no weights.
        """
        if self._lost:
            return None
        try:
            with self._database.reading() as reader:
                found = reader.trainings(
                    self.problem,
                    request.candidate,
                    request.fidelity,
                    request.seed,
                    self._states,
                )
                chosen = next((one for one in found if self._fits(one)), None)
        except DatabaseError as error:
            self._lost = True
            warnings.warn(
                f"reuse.database: {error}. Until the run is resumed nothing more is "
                "taken from it, and everything is trained",
                EvonasWarning,
                stacklevel=2,
            )
            return None
        return None if chosen is None else self._answer(request, chosen)

    def count(self) -> int:
        """Records of the problem that may stand in, whatever their fidelity."""
        meant = Selection(self.problem, self._states)
        with self._database.reading() as reader:
            there = self.problem in reader.problems()
            return len(reader.ids(meant)) if there else 0

    def _fits(self, record: BenchRecord) -> bool:
        return record.input_shape == self._shape and self._metrics <= set(
            record.metrics
        )

    def _answer(self, request: Request, known: BenchRecord) -> Record:
        candidate = request.candidate
        cost = candidate.architecture.cost(self._shape)
        recipe = candidate.recipe
        return Record(
            request.request_id,
            candidate.key(),
            request.fidelity,
            Outcome.OK,
            metrics=_reported(known.metrics),
            curve=tuple(_reported(point) for point in known.curve),
            cost={
                "parameters": cost.parameters,
                "multiply_adds": cost.multiply_adds,
                "training_memory_bytes": training_memory_bytes(
                    cost, recipe.batch_size, recipe.optimizer
                ),
            },
            seconds=known.cost.seconds or 0.0,
            worker=GIVER,
            notes=(
                f"not trained: record {known.id} of run {known.run} "
                f"({known.provenance.who}, {known.provenance.when})",
            ),
            reused=known.id,
        )


def _reported(values: Mapping[str, float]) -> dict[str, float]:
    """Those that a training of the search would report, on any machine."""
    return {
        name: value
        for name, value in values.items()
        if name not in _OF_THE_MACHINE and not name.startswith("test_")
    }
