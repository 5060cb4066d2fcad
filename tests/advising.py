"""An advisor for tests: refuses by a rule of its own, and revises now and then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evonas.advice import ACCEPTED, Revision, Stage, Verdict
from evonas.candidate import Candidate
from evonas.evaluation import Record, Request
from evonas.genome import ModuleGenome
from evonas.space import ConstraintSet

#: names of its rules
CHANCE, MODULES = "by chance", "no such module"


def chance_of(subject: Any) -> float:
    """From 0 to 1, of a candidate or module alone."""
    if isinstance(subject, Candidate):
        return int(subject.key()[-6:], 16) / 16**6
    return int(subject.genome_id) * 0.37 % 1


class Adviser:
    """Refuses a share of what it sees, audits a share of that, and counts.

    Args:
        share: of candidates that are refused; from 1 up: all of them.
        audited: share of refused candidates that are evaluated all the same.
        modules: share of modules that are refused.
        revisions: made in turn, one every `every` records.
        every: records between two revisions.
        rule: by which it refuses.
    """

    def __init__(
        self,
        share: float = 0.0,
        audited: float = 0.0,
        modules: float = 0.0,
        revisions: tuple[ConstraintSet | None, ...] = (),
        every: int = 6,
        rule: str = CHANCE,
    ) -> None:
        self._share, self._audited, self._modules = share, audited, modules
        self._revisions, self._every, self._rule = revisions, every, rule
        #: stage → keys and module ids that it was asked for, in this process
        self.seen: list[tuple[str, Any]] = []
        #: answers so far, records so far, and revisions that were taken over
        self.judged, self.observed = 0, 0
        self.taken: list[str] = []
        self._refusals: list[dict[str, Any]] = []

    def judge(self, subject: Any, stage: Stage) -> Verdict:
        """By the subject alone, so that it can be said what must come out."""
        assert isinstance(subject, Candidate | ModuleGenome)
        module = isinstance(subject, ModuleGenome)
        key = str(subject.genome_id) if module else subject.key()
        self.judged += 1
        self.seen.append((stage, subject if module else key))
        share = self._modules if module else self._share
        if chance_of(subject) >= share:
            return ACCEPTED
        rule = MODULES if module else self._rule
        audited = not module and chance_of(subject) < share * self._audited
        self._refusals.append({"subject": key, "stage": stage, "rule": rule})
        return Verdict(False, rule, 0.75, None, audited)

    def refuse_all(self, rule: str) -> None:
        """From now on, and without an audit."""
        self._share, self._audited, self._rule = 2.0, 0.0, rule

    def observe(self, request: Request, record: Record) -> None:
        """Count it."""
        assert request.request_id == record.request_id
        self.observed += 1

    def revise(self) -> Revision | None:
        """The next one, where it is time."""
        done = len(self.taken)
        if done >= len(self._revisions) or self.observed < done * self._every:
            return None
        return Revision(self._revisions[done], {"number": done})

    def take(self, revision: Revision) -> None:
        """Note it."""
        self.taken.append(json.dumps(revision.to_json(), sort_keys=True))

    def refusals(self) -> list[dict[str, Any]]:
        """Those since the last call."""
        found, self._refusals = self._refusals, []
        return found

    def report(self) -> dict[str, Any]:
        """What it counts."""
        return {"judged": self.judged, "taken": len(self.taken)}

    def state(self) -> dict[str, Any]:
        """What it counts."""
        return {
            "judged": self.judged,
            "observed": self.observed,
            "taken": list(self.taken),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.judged, self.observed = state["judged"], state["observed"]
        self.taken = list(state["taken"])
