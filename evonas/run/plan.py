"""What a run is made of, and how a session on it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import Limits
from evonas.advice import Advisor
from evonas.evaluation import Evaluator, Fidelity
from evonas.population import Objective
from evonas.run.budget import Budget
from evonas.run.edits import Edits
from evonas.run.incumbents import Incumbent
from evonas.run.known import Known
from evonas.run.loop import Summary
from evonas.run.migration import Migration
from evonas.search import SearchStrategy


@dataclass(frozen=True)
class Plan:
    """What a run is made of; the same for every session of it.

    Attributes:
        strategy: fresh, in its first state; None: the records are those of islands.
        evaluator: of requests.
        objectives: what the incumbents are chosen by.
        budget: of the search.
        final: fidelity of the final training; None: the winner is tested and exported
            as the search trained it.
        seed: of the configuration.
        config_digest: of the settings that must not change during a run.
        limits: hard limits of one evaluation of the search.
        final_limits: hard limits of the final training.
        weights_quota_bytes: most that the stored weights may take; None: no limit.
        export: module-level function that writes the export folder on a worker, given
            `{"record", "weights_directory", "directory"}`; None: no export.
        advisor: the one that the strategy has; observes records, may constrain the
            space.
        edits: what a person makes of the space while it is searched; None: nothing.
        migration: of an island. Its session ends with its search: the best network of
            all islands is trained and exported by whoever gathers them.
        final_recipe: fields of the recipe that full trainings have instead of the
            candidate's own. The evaluator knows them already; here they tell which
            trainings may be compared.
        known: results that the search need not train for; None: there are none.
        measure_front: figures for `result.json` about the networks of a Pareto front,
            held against what is known to be possible; None: nothing is known.
    """

    strategy: SearchStrategy | None
    evaluator: Evaluator
    objectives: tuple[Objective, ...]
    budget: Budget
    final: Fidelity | None
    seed: int
    config_digest: str
    limits: Limits = Limits()
    final_limits: Limits = Limits()
    weights_quota_bytes: int | None = None
    export: Callable[[dict[str, Any]], None] | None = None
    advisor: Advisor | None = None
    edits: Edits | None = None
    migration: Migration | None = None
    final_recipe: Mapping[str, Any] = field(default_factory=dict)
    known: Known | None = None
    measure_front: Callable[[Sequence[Incumbent]], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Finish:
    """How a session ended.

    Attributes:
        summary: of the search, or of the final training when that was interrupted.
        finished: whether nothing is left to do.
        final: the winner's final training, or its test without one; None: neither.
        exported: the export folder, if it was written.
        failure: why nothing could be evaluated, or why the final training or the export
            did not work; "" otherwise.
    """

    summary: Summary
    finished: bool
    final: Incumbent | None = None
    exported: Path | None = None
    failure: str = ""
