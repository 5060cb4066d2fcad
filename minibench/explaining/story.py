"""What the knowledge and the journal of a run tell about its space."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evonas.advice import AUDIT, Revision
from evonas.evaluation import Outcome, Record
from evonas.population import Objective, gains
from evonas.space import ConstraintSet
from minibench.advice import Knowledge
from minibench.advice.audits import Audits
from minibench.constraint_changes import Change, changes, reweighted
from minibench.places import Whole

#: where a request's origin tells which record it was seeded by
SEED = "seed"

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """A moment at which the space was thought over.

    Attributes:
        told: records that the search had by then.
        by: `advisor`, or `person` where somebody edited the set.
        constraints: the set from then on; None: there is none yet.
        changes: against the set before; the first set has none.
        reweighted: places whose values are drawn with other weights.
        note: what the advisor or the person noted.
    """

    told: int
    by: str
    constraints: ConstraintSet | None
    changes: tuple[Change, ...]
    reweighted: tuple[str, ...]
    note: Plain

    @property
    def weights(self) -> dict[str, float] | None:
        """Key of a problem → how much it counts from then on; None: as before."""
        found = self.note.get("weights")
        return None if found is None else dict(found)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form; the set only by its hash."""
        made = self.constraints
        return {
            "told": self.told,
            "by": self.by,
            "hash": None if made is None else made.content_hash(),
            "changes": [one.to_json() for one in self.changes],
            "reweighted": list(self.reweighted),
            "note": dict(self.note),
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal of the advisor.

    Attributes:
        told: records that the search had by then.
        stage: `initialise`, `mutate`, `crossover` or `ask`.
        rule: by which it was refused.
        confidence: of the refusal, 0 to 1.
        nearest: id of the nearest known record; None: nobody looked for it.
        audited: whether it was trained all the same.
    """

    told: int
    stage: str
    rule: str
    confidence: float
    nearest: str | None
    audited: bool


@dataclass(frozen=True, slots=True)
class Trained:
    """A candidate that was trained.

    Attributes:
        number: of its request.
        value: of the objective; None: the training failed.
        gain: the same, higher is better.
        seed: the record that it came from; None: the search proposed it.
        audit: the rule that had refused it; None: none had.
    """

    number: int
    value: float | None
    gain: float | None
    seed: str | None
    audit: str | None


@dataclass(frozen=True)
class Story:
    """All of it.

    Attributes:
        knowledge: what the advisor knew at the start.
        objective: that the search selects by first.
        whole: what could be drawn without constraints; None: nobody can tell here.
        turns: when the space was thought over, in order.
        refused: refusals, in order.
        trained: candidates, in the order of their records.
    """

    knowledge: Knowledge
    objective: Objective
    whole: Whole | None
    turns: tuple[Turn, ...] = ()
    refused: tuple[Refused, ...] = ()
    trained: tuple[Trained, ...] = ()

    @property
    def constraints(self) -> ConstraintSet | None:
        """The set of now; None: there is none yet."""
        return self.turns[-1].constraints if self.turns else None

    @property
    def weights(self) -> dict[str, float]:
        """Key of a problem → how much it counts now."""
        for turn in reversed(self.turns):
            if turn.weights is not None:
                return turn.weights
        return self.knowledge.weights

    @property
    def loosened(self) -> int:
        """Times that the filter was loosened."""
        return max((turn.note.get("loosened", 0) for turn in self.turns), default=0)

    @property
    def cache(self) -> Plain:
        """What the advisor noted of its cache last; {}: nothing."""
        for turn in reversed(self.turns):
            if turn.note.get("cache"):
                return dict(turn.note["cache"])
        return {}

    @property
    def held(self) -> bool:
        """Whether a person has the last word on the set."""
        for turn in reversed(self.turns):
            if turn.by == "person":
                return bool(turn.note["hold"])
        return False

    @property
    def audits(self) -> Audits:
        """The audited refusals, judged as the advisor judges them."""
        found = Audits(refused=len(self.refused))
        for one in self.trained:
            fitness = -math.inf if one.gain is None else one.gain
            (found.accepted if one.audit is None else found.audited).append(fitness)
        return found

    def refusals(self) -> Counter[tuple[str, str]]:
        """Stage and rule → refusals."""
        return Counter((one.stage, one.rule) for one in self.refused)

    def nearest(self) -> Counter[str]:
        """Record → how often it was the nearest one to a refused candidate."""
        return Counter(one.nearest for one in self.refused if one.nearest is not None)

    def seeds(self) -> list[Trained]:
        """The candidates that came from records of the database."""
        return [one for one in self.trained if one.seed is not None]

    def rank(self, one: Trained) -> int | None:
        """Which place a candidate has among all trained ones, from 1; None: none."""
        if one.gain is None:
            return None
        better = [
            other
            for other in self.trained
            if other.gain is not None and other.gain > one.gain
        ]
        return len(better) + 1

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        made, audits = self.constraints, self.audits
        counts = self.refusals()
        return {
            "task": self.knowledge.task,
            "settings": self.knowledge.settings.to_json(),
            "problems": [
                {
                    "problem": one.sets.problem,
                    "weight": one.weight,
                    "now": self.weights.get(one.sets.problem),
                    "why": one.why,
                    "networks": one.sets.networks,
                }
                for one in self.knowledge.sources
            ],
            "given": self.knowledge.given is not None,
            "unjudged": self.knowledge.unjudged,
            "trained": len(self.trained),
            "turns": [one.to_json() for one in self.turns],
            "held": self.held,
            "constraints": None if made is None else made.to_json(),
            "left": None
            if made is None or self.whole is None
            else self.whole.shares(made).to_json(),
            "refused": {
                "count": len(self.refused),
                "by": [
                    {"stage": stage, "rule": rule, "count": count}
                    for (stage, rule), count in counts.most_common()
                ],
                "nearest": dict(self.nearest().most_common()),
            },
            "audits": audits.report(),
            "loosened": self.loosened,
            "cache": dict(self.cache),
            "seeds": [
                {
                    "record": one.seed,
                    "id": one.number,
                    "value": one.value,
                    "rank": self.rank(one),
                }
                for one in self.seeds()
            ],
        }


@dataclass
class _Reader:
    """Takes the events of a journal in."""

    objective: Objective
    whole: Whole | None
    turns: list[Turn] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    trained: list[Trained] = field(default_factory=list)
    #: number of a request of the search that is open → its origin
    waiting: dict[int, Plain] = field(default_factory=dict)

    def asked(self, data: Plain) -> None:
        """Requests, and what was refused before them."""
        for one in data.get("refused", ()):
            self.refused.append(
                Refused(
                    len(self.trained),
                    one["stage"],
                    one["rule"],
                    one["confidence"],
                    one["nearest"],
                    bool(one.get("audited")),
                )
            )
        for request in data["requests"]:
            if request["purpose"] in ("search", "audit"):
                self.waiting[request["request_id"]] = request["origin"]

    def told(self, data: Plain) -> None:
        """A record."""
        made = data["record"]
        if Outcome(made["outcome"]).retried:
            return
        origin = self.waiting.pop(made["request_id"], None)
        if origin is None:  # a final training
            return
        record = Record.from_json(made)
        found = gains([self.objective], record)
        self.trained.append(
            Trained(
                record.request_id,
                None if found is None else record.value(self.objective.metric),
                None if found is None else found[0],
                origin.get(SEED),
                origin.get(AUDIT),
            )
        )

    def revised(self, data: Plain, by: str) -> None:
        """A revision of the space."""
        revision = Revision.from_json(data)
        before = self.turns[-1].constraints if self.turns else None
        made = revision.constraints or before
        differ: list[Change] = []
        weighed: list[str] = []
        if before is not None and made is not None:
            differ = [one for one in changes(before, made) if self._matters(one.place)]
            weighed = [one for one in reweighted(before, made) if self._matters(one)]
        told = len(self.trained)
        self.turns.append(
            Turn(told, by, made, tuple(differ), tuple(weighed), revision.note)
        )

    def _matters(self, place: str) -> bool:
        """Whether the search has something to choose there; sets may say more."""
        if self.whole is None or place in ("mode", "outside"):
            return True
        return self.whole.open(place)


def read_story(
    knowledge: Knowledge,
    objective: Objective,
    whole: Whole | None,
    events: Iterable[tuple[str, Plain]],
) -> Story:
    """What a run tells.

    Args:
        knowledge: of its advisor.
        objective: that it selects by first.
        whole: what could be drawn without constraints; None: nobody can tell.
        events: of its journal, in order: name and payload.
    """
    reader = _Reader(objective, whole)
    for name, data in events:
        if name == "asked":
            reader.asked(data)
        elif name == "told":
            reader.told(data)
        elif name in ("constrained", "refitted", "edited"):
            reader.revised(data, "person" if name == "edited" else "advisor")
    return Story(
        knowledge,
        objective,
        whole,
        tuple(reader.turns),
        tuple(reader.refused),
        tuple(reader.trained),
    )
