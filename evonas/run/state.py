"""Everything a run knows, as a function of its journal.

The loop applies each event right after writing it; resuming applies the written ones
again. Both go through the methods here, so that a resumed run cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evonas.advice import Advisor, Revision
from evonas.errors import RunDirectoryError, SpaceExhaustedError
from evonas.evaluation import Fidelity, Record, Request
from evonas.population import Objective
from evonas.run.accounting import Accounting
from evonas.run.incumbents import Incumbent, Incumbents
from evonas.run.ledger import Opening, opens_test
from evonas.run.losses import Loss
from evonas.search import SearchStrategy


class RunState:
    """The state of a run between two events of its journal.

    Args:
        strategy: asked and told; None to read a journal for its figures only.
        objectives: what the incumbents are chosen by.
        advisor: of the search; None: nobody advises.
    """

    def __init__(
        self,
        strategy: SearchStrategy | None,
        objectives: Sequence[Objective],
        advisor: Advisor | None = None,
    ) -> None:
        self.strategy = strategy
        self.advisor = advisor
        self.incumbents = Incumbents(objectives)
        self.accounting = Accounting()
        #: asked and not told, by request id, in the order of asking
        self.outstanding: dict[int, Request] = {}
        #: request id → running seconds of the run when it was asked
        self.asked_at: dict[int, float] = {}
        #: references of weights that these are about to write or may read
        self.needed_weights: Counter[str] = Counter()
        #: request id → times its worker was lost
        self.lost: Counter[int] = Counter()
        #: each of these times, with the worker and what is known
        self.losses: list[Loss] = []
        #: requests of the search so far
        self.asked_count = 0
        #: epochs over all of the training data that these add up to
        self.asked_epochs = 0.0
        #: final trainings, in the order they were told
        self.finals: list[Incumbent] = []
        #: full trainings without a test, in the order they were told
        self.retrained: list[Incumbent] = []
        #: of both kinds together, asked so far
        self.finals_asked = 0
        #: the ledger of test data: every time that they were read
        self.openings: list[Opening] = []
        #: exchanges of champions with other islands, done
        self.exchanges = 0
        #: island → events of its journal that are in this one
        self.gathered: dict[int, int] = {}
        #: reason of the last stop; "" while running
        self.stopped = ""
        #: the same in words, where there is more to say
        self.stopped_detail = ""
        #: the record told last, for whoever watches; not part of `state`
        self.latest: Incumbent | None = None

    def asked(self, requests: Sequence[Request]) -> None:
        """Note requests that were asked."""
        for request in requests:
            self.outstanding[request.request_id] = request
            self.needed_weights.update(_references(request))
            self.asked_at[request.request_id] = self.accounting.elapsed_seconds
            if request.searching:
                self.asked_count += 1
                self.asked_epochs += request.effort
            else:
                self.finals_asked += 1
        self.stopped = self.stopped_detail = ""

    def told(self, request: Request, record: Record, at: str = "") -> None:
        """Take a record in.

        A lost request stays outstanding: it will be issued again.

        Args:
            request: what was asked.
            record: what came back.
            at: when, for the ledger of test data, in UTC; "" where nobody noted it.
        """
        self.latest = Incumbent(request, record)
        self.accounting.told(request, record)
        if record.outcome.retried:
            self.lost[request.request_id] += 1
            self.losses.append(Loss.of(record, self.accounting.elapsed_seconds))
            return
        for reference in _references(self.outstanding.pop(request.request_id)):
            self.needed_weights[reference] -= 1
            if not self.needed_weights[reference]:
                del self.needed_weights[reference]
        del self.asked_at[request.request_id]
        self.lost.pop(request.request_id, None)
        if not request.searching:
            kept = self.finals if request.purpose == "final" else self.retrained
            kept.append(self.latest)
            if opens_test(request, record):
                self.openings.append(Opening.of(request, record, at))
            return
        self.incumbents.update(request, record)
        if self.strategy is not None:
            self.strategy.tell(request, record)
        if self.advisor is not None:
            self.advisor.observe(request, record)

    def revised(self, payload: Mapping[str, Any]) -> None:
        """Take a revision of the space over, the advisor's or a person's.

        Args:
            payload: of the event `constrained`, `refitted` or `edited`: a `Revision`.
        """
        revision = Revision.from_json(payload)
        if self.strategy is not None and revision.constraints is not None:
            self.strategy.constrain(revision.constraints)
        if self.advisor is not None:
            self.advisor.take(revision)

    def adopted(self, payload: Mapping[str, Any]) -> None:
        """Take in the champions of other islands.

        Args:
            payload: of the event `adopted`: `exchange`, its number from 1 up, and
                `champions`, in the order in which they are taken in.
        """
        for one in payload["champions"]:
            champion = Incumbent.from_json(one)
            if self.strategy is not None:
                self.strategy.immigrate(champion.request, champion.record)
        self.exchanges = payload["exchange"]

    def final_of(
        self, found: Incumbent, fidelity: Fidelity | None = None
    ) -> Incumbent | None:
        """A network's final training that went well; the longest one of several.

        Of equally long ones it is the last, which was chosen for a reason.

        Args:
            found: the network, as the search or a final training had it.
            fidelity: only a final training at this fidelity counts; None: any.
        """
        key = found.record.candidate_key
        fitting = [
            final
            for final in self.finals
            if final.record.candidate_key == key
            and final.record.ok
            and fidelity in (None, final.record.fidelity)
        ]
        longest = max((one.record.fidelity.epochs for one in fitting), default=0.0)
        return next(
            (one for one in reversed(fitting) if one.record.fidelity.epochs == longest),
            None,
        )

    def opening_of(self, final: Incumbent) -> Opening | None:
        """When a network was tested, by the ledger; None: never.

        Args:
            final: its final training or its test.
        """
        request = final.request
        network = final.record.candidate_key, request.fidelity, request.seed
        for one in self.openings:
            if (one.candidate_key, one.fidelity, one.seed) == network:
                return one
        return None

    def replay(self, event: str, payload: Mapping[str, Any], where: str) -> None:
        """Apply one journal event again.

        Args:
            event: its name.
            payload: its content.
            where: file and line, for errors.

        Raises:
            RunDirectoryError: the strategy does not ask what the journal says it asked.
        """
        if "island" in payload:
            index, number = payload["island"]
            self.gathered[index] = number + 1
        if event == "asked":
            self._replay_asked(payload, where)
        elif event == "told":
            record = Record.from_json(payload["record"])
            request = self.outstanding.get(record.request_id)
            if request is None:
                raise RunDirectoryError(
                    f"{where}: a record for request {record.request_id}, which is not "
                    "open at this point: expected a request asked before and not yet "
                    "told. The journal was edited or two managers wrote to it; "
                    "restore it from a copy"
                )
            self.accounting.passed(payload["elapsed"], payload["workers"])
            # Journals of earlier versions have neither.
            communication = payload.get("communication", 0.0)
            began = payload.get("began", 0.0)
            self.accounting.present(record, communication, began)
            self.told(request, record, payload.get("tested_at", ""))
        elif event in ("constrained", "refitted", "edited"):
            self.revised(payload)
        elif event == "adopted":
            self.adopted(payload)
        elif event == "stopped":
            self.accounting.passed(payload["elapsed"], payload["workers"])
            self.stopped = payload["reason"]
            self.stopped_detail = payload.get("detail", "")

    def _replay_asked(self, payload: Mapping[str, Any], where: str) -> None:
        written = [Request.from_json(data) for data in payload["requests"]]
        if self.strategy is not None and payload["count"] is not None:
            try:
                again = self.strategy.ask(payload["count"])
            except SpaceExhaustedError:
                again = []
            expected = [(r.request_id, r.candidate.key(), r.seed) for r in written]
            found = [(r.request_id, r.candidate.key(), r.seed) for r in again]
            if found != expected:
                raise RunDirectoryError(
                    f"{where}: the strategy asks something else than the journal says "
                    f"it asked (expected request {expected[:1]}, got {found[:1]}). The "
                    "configuration or the version of evonas changed since; resume with "
                    "the version that wrote the run (see `versions` in result.json)"
                )
        if self.advisor is not None:
            self.advisor.refusals()  # which the journal has
        self.asked(written)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "strategy": None if self.strategy is None else self.strategy.state(),
            "advisor": None if self.advisor is None else self.advisor.state(),
            "incumbents": self.incumbents.state(),
            "accounting": self.accounting.state(),
            "outstanding": [one.to_json() for one in self.outstanding.values()],
            "asked_at": [[key, seconds] for key, seconds in self.asked_at.items()],
            "lost": [[key, count] for key, count in self.lost.items()],
            "losses": [one.to_json() for one in self.losses],
            "asked_count": self.asked_count,
            "asked_epochs": self.asked_epochs,
            "finals": [one.to_json() for one in self.finals],
            "retrained": [one.to_json() for one in self.retrained],
            "finals_asked": self.finals_asked,
            "openings": [one.to_json() for one in self.openings],
            "exchanges": self.exchanges,
            "gathered": [[key, count] for key, count in self.gathered.items()],
            "stopped": self.stopped,
            "stopped_detail": self.stopped_detail,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        if self.strategy is not None:
            self.strategy.restore(state["strategy"])
        if self.advisor is not None:
            self.advisor.restore(state["advisor"])
        self.incumbents.restore(state["incumbents"])
        self.accounting.restore(state["accounting"])
        requests = [Request.from_json(data) for data in state["outstanding"]]
        self.outstanding = {request.request_id: request for request in requests}
        self.needed_weights = Counter(
            reference for request in requests for reference in _references(request)
        )
        # Snapshots of earlier versions do not have it.
        known = dict(state.get("asked_at", ()))
        now = self.accounting.elapsed_seconds
        self.asked_at = {key: known.get(key, now) for key in self.outstanding}
        self.lost = Counter(dict(state["lost"]))
        # Snapshots of the first versions do not tell them.
        self.losses = [Loss.from_json(data) for data in state.get("losses", ())]
        self.asked_count = state["asked_count"]
        self.asked_epochs = state["asked_epochs"]
        self.finals = [Incumbent.from_json(data) for data in state["finals"]]
        # Snapshots of the first runs know neither of the two below.
        retrained = state.get("retrained", ())
        self.retrained = [Incumbent.from_json(data) for data in retrained]
        self.finals_asked = state["finals_asked"]
        self.openings = [Opening.from_json(data) for data in state.get("openings", ())]
        # Only searches with islands have these.
        self.exchanges = state.get("exchanges", 0)
        self.gathered = dict(state.get("gathered", ()))
        self.stopped = state["stopped"]
        # snapshots of old have none
        self.stopped_detail = state.get("stopped_detail", "")


def weights_reference(request: Request) -> str:
    """Where a request's weights go in the store."""
    return f"{request.request_id}-{request.candidate.key()[:12]}"


def _references(request: Request) -> list[str]:
    """The weights that a request is about to write, and those that it may read."""
    resumed = () if request.resume is None else (request.resume,)
    return [weights_reference(request), *request.inherit, *resumed]
