"""The content of `winner.json`: how a selection ended, and by what it was decided."""

from __future__ import annotations

from typing import Any

from evonas.run.history import shortcoming
from evonas.run.incumbents import Incumbent
from evonas.run.interval import CONFIDENCE, Interval
from evonas.run.ledger import Opening
from evonas.run.selection import Contender, Selected, Selection

#: the number changes when the meaning of a key does; more keys may join
FORMAT = 1
_METHOD = (
    "successive rejects (Audibert, Bubeck, Munos 2010) on fresh seeds; the winner's "
    "mean and interval (Student's t) are of held-out seeds that had no part in choosing"
)


def winner(selection: Selection, selected: Selected, seed: int) -> dict[str, Any]:
    """The whole content of `winner.json`.

    Args:
        selection: that is through.
        selected: how it ended.
        seed: of the run.
    """
    schedule, objective = selected.schedule, selected.objective
    return {
        "format": FORMAT,
        "method": _METHOD,
        "seed": seed,
        "metric": objective.metric,
        "direction": objective.direction,
        "fidelity": selection.fidelity.to_json(),
        "recipe": selection.recipe,
        "confidence": CONFIDENCE,
        "trainings": selected.done,
        "phases": list(schedule.lengths),
        "winner": _winner(selected),
        "networks": [_network(selected, one) for one in selected.contenders],
    }


def _winner(selected: Selected) -> dict[str, Any] | None:
    """The network that is handed out; None: not one training of it went well."""
    found, network, test = selected.winner.found, selected.network, selected.test
    if network is None:
        return None
    assert test is not None  # the selection is through
    opening = Opening.of(test.request, test.record, "").to_json()
    del opening["at"]  # the ledger has it
    return {
        "id": found.record.request_id,
        "fingerprint": found.request.candidate.architecture.fingerprint(),
        **_interval(selected.interval),
        "held_out": [_training(selected, one) for one in selected.held_out],
        "chosen_training": _training(selected, network),
        "metrics": dict(test.record.metrics),
        "weights": test.record.weights,
        "test": opening | {"error": test.record.reason},
    }


def _network(selected: Selected, one: Contender) -> dict[str, Any]:
    return {
        "id": one.found.record.request_id,
        "candidate_key": one.found.record.candidate_key,
        "search": one.found.record.value(selected.objective.metric),
        "rejected_in": one.rejected_in,
        **_interval(selected.interval_of(one.trainings)),
        "trainings": [_training(selected, each) for each in one.trainings],
    }


def _interval(found: Interval | None) -> dict[str, Any]:
    if found is None:
        return {"mean": None, "low": None, "high": None}
    return {"mean": found.mean, "low": found.low, "high": found.high}


def _training(selected: Selected, one: Incumbent) -> dict[str, Any]:
    fault = shortcoming(one.record, (selected.objective,))
    value = None if fault else one.record.value(selected.objective.metric)
    return {
        "request_id": one.record.request_id,
        "seed": one.request.seed,
        "value": value,
        "error": fault,
    }
