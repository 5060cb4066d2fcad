"""The advisor of a search: judges its candidates, and reclassifies it now and then.

**A judgement.** A class alone cannot judge a mutation: that a network resembles the
networks of a problem does not make it good. So a candidate is refused when it leaves
the constraint set (mode `hard`); when the probability that it would be among the best,
weighted by how much each problem counts for this search, is below the threshold that
was tuned by leaving one problem out; and, by a model that the search's own trainings
teach, when it is less promising than most of those that were judged lately.

**Learning.** Whenever there are enough new trainings the model learns, and the
search's own elite joins the constraint set, the more the more trainings there are.

**A reclassification.** Every few generations the elite is classified, and how much each
problem counts moves half of the way there.

Everything is a function of what the advisor was told, and of the seed: chances are
drawn from hashes of the candidates' keys, so that a judgement does not depend on the
order in which workers ask.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evonas.advice import ACCEPTED, AUDIT, Revision, Stage, Verdict
from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.evaluation import Record, Request
from evonas.genome import GenomeSpace, ModuleGenome
from evonas.population import Objective, gains
from evonas.space import ConstraintSet
from minibench.advice.audits import Audits
from minibench.advice.judging import Judging
from minibench.advice.knowledge import Knowledge
from minibench.advice.settling import Removal, settled
from minibench.advice.trainings import FIRST, OWN, Training, Trainings, own_sets
from minibench.class_sets import Item, items_of, items_of_choices
from minibench.constraints import constraint_set, merged_problems

#: refusals in a row after which the next candidate is let pass
PATIENCE = 100
#: trainings for each audit, at least: a filter that refuses most would else have more
#: refused candidates trained than others
AUDITED = 7
#: of the old weights of the problems, at a reclassification
SMOOTHING = 0.5

OUTSIDE_SET = "outside the constraint set"
PATIENT = "refused too often in a row"


class DatabaseAdvisor:
    """An `evonas.advice.Advisor` that knows what a database knows.

    Args:
        knowledge: of the run.
        objectives: of the search; the first one is the fitness.
        input_shape: of one sample.
        seed: of the search.
        genomes: the genomes of a table's cells, where those are searched; None:
            networks of layers.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        objectives: Sequence[Objective],
        input_shape: Shape,
        seed: int,
        genomes: GenomeSpace[Any] | None = None,
    ) -> None:
        self.knowledge = knowledge
        self._settings = knowledge.settings
        self._objectives = tuple(objectives[:1])
        self._seed = seed
        self._genomes = genomes
        threshold = None
        if knowledge.classifiers is not None:
            threshold = knowledge.classifiers.threshold
        self._judging = Judging(
            knowledge.classifiers,
            threshold is not None and threshold.warranted,
            input_shape,
            genomes,
            self._settings.accept,
            *knowledge.remembered,
        )
        self._trainings = Trainings()
        self._audits = Audits()
        self._constraints: ConstraintSet | None = None
        #: how much each problem counts now
        self._weights = dict(knowledge.weights)
        #: asked to go the last time, kept once more
        self._asked: frozenset[Removal] = frozenset()
        #: trainings at which the elite is classified next
        self._due = 0
        #: whether a person has the last word
        self._held = False
        #: times that the filter was loosened
        self._loosened = 0
        self._in_a_row = 0
        self._refusals: list[dict[str, Any]] = []

    # Judging -------------------------------------------------------------------------

    def judge(self, subject: Any, stage: Stage) -> Verdict:
        """See `Advisor.judge`."""
        if isinstance(subject, ModuleGenome):
            return self._judge_module(subject, stage)
        if not isinstance(subject, Candidate):
            return ACCEPTED
        verdict = self._opinion(subject)
        if verdict.accepted:
            self._in_a_row = 0
            return verdict
        key = subject.key()
        self._in_a_row += 1
        if self._in_a_row > PATIENCE:
            self._in_a_row = 0
            return Verdict(True, PATIENT, verdict.confidence, verdict.nearest)
        audited = (
            self._chance("audit", key) < self._settings.audit
            and self._audits.asked < self._trainings.count / AUDITED
        )
        self._audits.refused += 1
        self._audits.asked += audited
        self._note(key, stage, verdict, audited)
        return replace(verdict, audited=audited)

    def _opinion(self, candidate: Candidate) -> Verdict:
        """What is thought of a candidate, whatever chance makes of it."""
        if not self._inside(candidate):
            nearest = self._judging.nearest(candidate)
            return Verdict(False, OUTSIDE_SET, 1.0, nearest)
        share = self._judging.accepted(self._trainings.count, self._loosened)
        refused = self._judging.refused(candidate, share)
        if refused is None:
            return ACCEPTED
        return Verdict(False, *refused, self._judging.nearest(candidate))

    def _inside(self, candidate: Candidate) -> bool:
        """Whether a cell lies in a hard set; networks of layers are made of modules."""
        made, cell = self._constraints, candidate.cell
        if made is None or made.mode != "hard" or self._genomes is None or cell is None:
            return True
        return made.allows_choices(self._genomes.values(cell))

    def _judge_module(self, module: ModuleGenome, stage: Stage) -> Verdict:
        """Modules are judged by the set alone: their worth shows in networks."""
        made = self._constraints
        if made is None or made.mode != "hard":
            return ACCEPTED
        merges = (module.merge, *(gene.merge for gene in module.nodes))
        inside = all(made.allows_merge(one) for one in merges) and all(
            made.allows(gene.block, gene.fields) for gene in module.nodes
        )
        if inside:
            return ACCEPTED
        verdict = Verdict(False, OUTSIDE_SET)
        self._audits.refused += 1
        self._note(f"module {module.genome_id}", stage, verdict, audited=False)
        return verdict

    def _chance(self, what: str, key: str) -> float:
        """A number from 0 to 1 that depends on the candidate alone."""
        text = f"{self._seed} {what} {key}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") / 2**64

    def _note(self, key: str, stage: Stage, verdict: Verdict, audited: bool) -> None:
        self._refusals.append(
            {
                "subject": key,
                "stage": stage,
                "rule": verdict.rule,
                "confidence": round(verdict.confidence, 4),
                "nearest": verdict.nearest,
                **({"audited": True} if audited else {}),
            }
        )

    def refusals(self) -> list[dict[str, Any]]:
        """See `Advisor.refusals`."""
        found, self._refusals = self._refusals, []
        return found

    # Learning ------------------------------------------------------------------------

    def observe(self, request: Request, record: Record) -> None:
        """See `Advisor.observe`."""
        values = gains(self._objectives, record)
        fitness = -math.inf if values is None else values[0]
        if AUDIT in request.origin:
            self._audits.audited.append(fitness)
        else:
            self._audits.accepted.append(fitness)
        self._trainings.add(fitness, request.candidate)

    def revise(self) -> Revision | None:
        """See `Advisor.revise`."""
        told = self._trainings.count
        due = told >= self._due
        if not (due or self._trainings.due):
            return None
        elite = self._trainings.elite()
        posterior = self._judging.posterior(elite) if due else None
        weights = self._weights
        if posterior is not None:
            weights = {
                key: SMOOTHING * old + (1 - SMOOTHING) * posterior.get(key, 0.0)
                for key, old in weights.items()
            }
        used = [self._items(one) for one in elite]
        loosened = self._loosened + self._audits.harmful
        made, merged = self._made(weights, used, loosened)
        kept: frozenset[Removal] = frozenset()
        if made is not None:
            flat = {item for items in used for item in items}
            # only two reclassifications that agree take something away: in between,
            # nothing that the elite uses goes, and nothing is noted as asked to go
            asked = self._asked if due else frozenset()
            made, kept = settled(self._constraints, made, flat, asked)
        if not due:
            kept = self._asked
        rate = self._audits.rate()
        note = {
            "told": told,
            "reclassified": due,
            "elite": len(elite),
            "posterior": posterior,
            "weights": weights,
            "merged": merged,
            "kept": [list(one) for one in sorted(kept, key=repr)],
            "loosened": loosened,
            "false_rejection": None if rate is None else list(rate),
            "cache": self._judging.cache(),
            "hash": None if made is None else made.content_hash(),
        }
        same = self._constraints
        if self._held or (
            made is not None
            and same is not None
            and made.content_hash() == same.content_hash()
        ):
            made = None
        return Revision(made, note)

    def _made(
        self,
        weights: Mapping[str, float],
        used: Sequence[Sequence[Item]],
        loosened: int,
    ) -> tuple[ConstraintSet | None, dict[str, float]]:
        """The constraint set of now, and what each problem adds to it."""
        given, mode = self.knowledge.given, self._settings.mode
        if mode == "hard" and loosened:
            mode = "soft"
        if given is not None:
            return replace(given, mode=mode), {}
        if mode == "off" or not weights:
            return None, {}
        classes = {one.sets.problem: one.sets for one in self.knowledge.sources}
        merged = merged_problems(classes, weights, self._settings.thresholds)
        own = self._trainings.share
        if used and own:
            merged = {key: (1 - own) * weight for key, weight in merged.items()}
            merged[OWN] = own
            classes = {**classes, OWN: own_sets(used)}
        made = constraint_set(
            list(classes.values()),
            merged,
            mode,
            self._settings.thresholds,
            self._settings.outside,
        )
        return made, merged

    def _items(self, candidate: Candidate) -> list[Item]:
        if self._genomes is not None and candidate.cell is not None:
            return items_of_choices(self._genomes.values(candidate.cell))
        return items_of(candidate.architecture, candidate.recipe)

    def take(self, revision: Revision) -> None:
        """See `Advisor.take`."""
        note = revision.note
        if revision.constraints is not None:
            self._constraints = revision.constraints
        if note.get("by") == "person":
            self._held = bool(note["hold"])
        if "weights" not in note:
            return
        self._weights = dict(note["weights"])
        self._asked = frozenset((place, value) for place, value in note["kept"])
        if note["loosened"] > self._loosened:
            self._audits.loosened()
        self._loosened = note["loosened"]
        self._trainings.learn()
        self._judging.learn(self._weights, self._taught())
        if note["reclassified"]:
            step = self._settings.every * self._settings.generation
            self._due = self._trainings.count + step

    def _taught(self) -> list[Training]:
        """The trainings that are learned from; none while there are too few."""
        known = self._trainings.known()
        return known if len(known) >= FIRST else []

    # Telling -------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """See `Advisor.report`."""
        made = self._constraints
        return {
            "hash": None if made is None else made.content_hash(),
            "mode": self._settings.mode,
            "problems": {key: round(one, 4) for key, one in self._weights.items()},
            "unjudged": self.knowledge.unjudged,
            **self._audits.report(),
            "loosened": self._loosened,
            "held": self._held,
            "cache": self._judging.cache(),
        }

    def state(self) -> dict[str, Any]:
        """See `Advisor.state`."""
        made = self._constraints
        return {
            "trainings": self._trainings.state(),
            "audits": self._audits.state(),
            "constraints": None if made is None else made.to_json(),
            "weights": self._weights,
            "asked": [list(one) for one in sorted(self._asked, key=repr)],
            "due": self._due,
            "held": self._held,
            "loosened": self._loosened,
            "in_a_row": self._in_a_row,
            "judging": self._judging.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See `Advisor.restore`."""
        made = state["constraints"]
        self._trainings.restore(state["trainings"])
        self._audits = Audits.restored(state["audits"])
        self._constraints = None if made is None else ConstraintSet.from_json(made)
        self._weights = dict(state["weights"])
        self._asked = frozenset((place, value) for place, value in state["asked"])
        self._due = state["due"]
        self._held, self._loosened = state["held"], state["loosened"]
        self._in_a_row = state["in_a_row"]
        self._judging.learn(self._weights, self._taught())
        self._judging.restore(state["judging"])
        self._refusals = []
