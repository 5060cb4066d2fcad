"""The ledger of test data: what counts as an opening."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from climbing import any_request

from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Opening, RunState
from evonas.run.ledger import now, opens_test


def final(**changes: object) -> Request:
    """A final training that the end of a search asked for."""
    origin = {"request_id": 7, "by": "search"}
    return replace(
        any_request(), request_id=-1, purpose="final", origin=origin, **changes
    )


def well(request: Request, **metrics: float) -> Record:
    """A record of it with these metrics."""
    return Record(
        request.request_id,
        request.candidate.key(),
        request.fidelity,
        Outcome.OK,
        metrics,
        weights="w",
    )


def test_whatever_read_test_data_is_an_opening() -> None:
    """By its metrics, by its own word, or because it was asked for nothing else."""
    asked = final()
    only = final(resume="w", resumed=asked.fidelity)
    assert opens_test(asked, well(asked, test_loss=0.1))
    assert opens_test(asked, Record.failed(asked, Outcome.DIVERGED, "NaN", tested=True))
    assert opens_test(only, Record.failed(only, Outcome.CRASHED, "died"))


@pytest.mark.parametrize("outcome", [Outcome.LOST, Outcome.DIVERGED])
def test_what_did_not_come_that_far_is_none(outcome: Outcome) -> None:
    """A training that diverged, a worker that vanished, whatever is no final one."""
    asked = final()
    assert not opens_test(asked, Record.failed(asked, outcome, "gone"))
    retrained = replace(asked, purpose="retrain")
    assert not opens_test(retrained, well(retrained, validation_loss=0.1))
    if outcome is Outcome.LOST:
        only = final(resume="w", resumed=asked.fidelity)
        assert not opens_test(only, Record.failed(only, outcome, "gone"))


def test_an_entry_survives_its_text_form() -> None:
    """Snapshots and `result.json` hold it."""
    asked = final()
    entry = Opening.of(asked, well(asked, test_loss=0.1, validation_loss=0.2), now())
    assert entry.metrics == {"test_loss": 0.1}
    assert (entry.network, entry.by, entry.weights) == (7, "search", "w")
    assert Opening.from_json(json.loads(json.dumps(entry.to_json()))) == entry
    assert str(replace(entry, at="2026-01-31T12:00:00Z")) == (
        "2026-01-31T12:00:00Z by search"
    )


def test_a_run_from_before_the_ledger_has_openings_without_a_time() -> None:
    """Its journal says who was tested, and nothing of when or by what."""
    state = RunState(None, [Objective("validation_accuracy")])
    asked = replace(final(), origin={"request_id": 7})
    state.replay("asked", {"count": None, "requests": [asked.to_json()]}, "line 1")
    record = well(asked, test_loss=0.1)
    payload = {"record": record.to_json(), "elapsed": 1.0, "workers": 1}
    del payload["record"]["tested"]
    state.replay("told", payload, "line 2")
    (entry,) = state.openings
    assert (str(entry), entry.metrics) == ("earlier", {"test_loss": 0.1})
    assert state.opening_of(state.finals[0]) is entry
    other = replace(asked, fidelity=Fidelity(99.0))
    assert state.opening_of(replace(state.finals[0], request=other)) is None
