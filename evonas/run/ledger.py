"""The ledger of test data: when they were opened, by what, and what they said.

**Once per network.** A network is a candidate with one training of it: its key, the
fidelity, the seed. What was tested is not tested again; its entry is given instead.

**Where it is.** In the journal, in the same line as the record (`tested_at` of a `told`
event), so that no kill can part the two: an opening whose value anybody has seen is in
the ledger. One that was interrupted before is done again with the same weights and the
same seed, and entered then. `evonas status` and `result.json` show it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evonas.evaluation import Fidelity, Record, Request


@dataclass(frozen=True, slots=True)
class Opening:
    """One time that the test data were opened.

    Attributes:
        at: when the value became known, in UTC (`2026-01-31T12:00:00Z`); "" in runs
            whose journal did not note it yet.
        by: what opened them (`search`, `train`, `train --top 3`); "" likewise.
        network: number of the network in the search.
        candidate_key: of the candidate.
        fidelity: to which it was trained.
        seed: of the training that was tested.
        weights: reference of the tested weights; None: they were not kept.
        outcome: how the evaluation ended.
        metrics: the test metrics; none where the test failed.
    """

    at: str
    by: str
    network: int
    candidate_key: str
    fidelity: Fidelity
    seed: int
    weights: str | None
    outcome: str
    metrics: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request, record: Record, at: str) -> Opening:
        """The entry of a record for which test data were opened.

        Args:
            request: of purpose `final`.
            record: what came back.
            at: when.
        """
        return cls(
            at,
            str(request.origin.get("by", "")),
            int(request.origin["request_id"]),
            record.candidate_key,
            record.fidelity,
            request.seed,
            record.weights,
            record.outcome.value,
            _test_metrics(record),
        )

    def __str__(self) -> str:
        """When and by what, as far as it is known."""
        return f"{self.at or 'earlier'}{f' by {self.by}' if self.by else ''}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {"metrics": dict(self.metrics)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Opening:
        """The inverse of `to_json`."""
        return cls(**{**data, "fidelity": Fidelity.from_json(data["fidelity"])})


def opens_test(request: Request, record: Record) -> bool:
    """Whether test data were opened for a record.

    So they were for whatever reports a test metric, for whatever says so itself, and
    for every request that asks for nothing but the test, however it ended.

    Args:
        request: what was asked.
        record: what came back; a lost one is asked again, and counted then.
    """
    if request.purpose != "final" or record.outcome.retried:
        return False
    only_tests = request.resume is not None and request.resumed == request.fidelity
    return record.tested or bool(_test_metrics(record)) or only_tests


def now() -> str:
    """The time in UTC, to the second."""
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _test_metrics(record: Record) -> dict[str, float]:
    return {
        name: value
        for name, value in record.metrics.items()
        if name.startswith("test_")
    }
