"""One candidate on its way up the rungs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from climbing import FULL, any_request
from searching import record, reread, text

from evonas.evaluation import Fidelity, Outcome, Record
from evonas.population import Objective
from evonas.search.schedulers.contender import Contender, Yardstick
from evonas.search.schedulers.rungs import Rungs

RUNGS = Rungs.below(FULL, 3, 3)
ACCURACY = Objective("validation_accuracy")
PLAIN = Yardstick(RUNGS, (ACCURACY,))


def contender(rung: int = 0) -> Contender:
    """One that has not arrived anywhere."""
    return Contender(7, any_request(), rung)


def back(epochs: float, accuracy: float, **more: Any) -> Record:
    """A record at a fidelity."""
    fidelity = Fidelity(epochs)
    return record(any_request(), accuracy).at(fidelity=fidelity, **more)


def passed(epochs: float, accuracy: float) -> dict[str, Any]:
    """An entry of `prefix_metrics`."""
    metrics = {"validation_accuracy": accuracy}
    return {"fidelity": Fidelity(epochs).to_json(), "metrics": metrics}


def test_fidelities_that_were_passed_on_the_way_are_known() -> None:
    """A table, or a training that measured itself there, need not be asked again."""
    one = contender(rung=2)
    prefix = (passed(1.0, 0.3), passed(2.0, 0.4), passed(3.0, 0.5))
    one.arrive(2, back(9.0, 0.8, prefix_metrics=prefix), PLAIN)
    assert one.values == {0: (0.3,), 1: (0.5,), 2: (0.8,)}
    assert one.result((0.0,), (ACCURACY,)).metrics["validation_accuracy"] == 0.8


def test_a_record_at_a_higher_fidelity_than_asked_makes_later_rungs_known() -> None:
    """It is compared at its rung by what it had there, or by what it has."""
    one = contender()
    prefix = (passed(1.0, 0.3),)
    one.arrive(0, back(9.0, 0.8, prefix_metrics=prefix), PLAIN)
    assert one.values == {0: (0.3,), 2: (0.8,)}
    other = contender()
    other.arrive(0, back(9.0, 0.8), PLAIN)
    assert other.values == {0: (0.8,), 2: (0.8,)}
    assert other.reached == Fidelity(9.0)


def test_what_is_known_is_not_measured_again() -> None:
    """The first result at a rung counts."""
    one = contender()
    one.arrive(0, back(1.0, 0.3), PLAIN)
    one.learn(back(3.0, 0.6, prefix_metrics=(passed(1.0, 0.1),)), PLAIN)
    assert one.values == {0: (0.3,), 1: (0.6,)}
    one.learn(Record.failed(any_request(), Outcome.DIVERGED, "NaN"), PLAIN)
    assert one.values == {0: (0.3,), 1: (0.6,)}


def test_a_failure_is_no_result_whatever_it_passed() -> None:
    """A network that diverges on its way did not arrive."""
    one = contender()
    one.arrive(0, back(1.0, 0.3), PLAIN)
    failed = Record.failed(any_request(), Outcome.DIVERGED, "NaN")
    one.arrive(1, failed.at(prefix_metrics=(passed(3.0, 0.9),)), PLAIN)
    assert one.value is None
    told = one.result((), (ACCURACY,))
    assert (told.outcome, told.request_id) == (Outcome.DIVERGED, 40)


@pytest.mark.parametrize("direction", ["maximise", "minimise"])
def test_the_inner_strategy_is_told_by_its_own_number_and_on_one_scale(
    direction: Any,
) -> None:
    """The shift raises what is better; costs are what they are; the rest is kept."""
    objectives = (
        Objective("validation_accuracy", direction),
        Objective("parameters", "minimise"),
    )
    one = contender()
    one.arrive(0, back(1.0, 0.3), Yardstick(RUNGS, objectives))
    told = one.result((0.25, 0.0), objectives)
    assert told.request_id == 40
    assert told.fidelity == Fidelity(1.0)
    sign = 1 if direction == "maximise" else -1
    assert told.metrics == {"validation_accuracy": 0.3 + sign * 0.25}
    assert told.cost == back(1.0, 0.3).cost


def curve(first: int, last: int) -> tuple[dict[str, float], ...]:
    """Still rising steadily, by 0.1 an epoch."""
    return tuple(
        {"epoch": float(n), "validation_accuracy": 0.1 * n}
        for n in range(first, last + 1)
    )


def test_extrapolation_counts_what_the_curve_promises() -> None:
    """At the last rung what was measured; the curves of all trainings are joined."""
    rungs = Rungs.below(Fidelity(16.0), 3, 2)
    yardstick = Yardstick(rungs, (ACCURACY,), extrapolating=True)
    one = contender()
    one.arrive(0, back(4.0, 0.4, curve=curve(1, 4)), yardstick)
    assert one.value is not None
    assert one.value[0] > 0.5
    one.arrive(1, back(8.0, 0.8, curve=curve(5, 8)), yardstick)
    assert [point["epoch"] for point in one.curve] == list(range(1, 9))
    one.arrive(2, back(16.0, 0.9, curve=curve(1, 16)), yardstick)
    assert one.value == (0.9,)
    assert len(one.curve) == 16


def test_a_curve_that_goes_on_does_not_help_at_an_earlier_rung() -> None:
    """Candidates are compared at a rung by what could be known there."""
    rungs = Rungs.below(Fidelity(16.0), 3, 2)
    yardstick = Yardstick(rungs, (ACCURACY,), extrapolating=True)
    bent = (
        *curve(1, 4),
        *({"epoch": 4.0 + n, "validation_accuracy": 0.4} for n in (1, 2, 3, 4)),
    )
    record_at_8 = back(8.0, 0.4, curve=bent, prefix_metrics=(passed(4.0, 0.4),))
    one, other = contender(), contender()
    one.arrive(1, record_at_8, yardstick)
    other.arrive(0, back(4.0, 0.4, curve=curve(1, 4)), yardstick)
    assert one.values[0] == other.values[0]
    assert one.values[1] < one.values[0]


def test_what_is_no_number_is_left_out() -> None:
    """A metric or a point of a curve may be NaN; the state has to be JSON."""
    one = contender()
    points = ({"epoch": 1.0, "training_loss": float("nan")},)
    one.arrive(0, back(1.0, float("nan"), curve=points), PLAIN)
    assert one.value is None
    assert text(one.to_json())


def test_it_goes_through_json_unchanged() -> None:
    """With all that is known of it."""
    one = contender()
    one.arrive(0, back(1.0, 0.3, curve=curve(1, 1), weights="7-a"), PLAIN)
    one.arrive(1, Record.failed(any_request(), Outcome.CRASHED, "why"), PLAIN)
    again = Contender.from_json(reread(one.to_json()))
    assert text(again.to_json()) == text(one.to_json())
    assert (again.request, again.value) == (one.request, one.value)
    assert again.records == one.records


def test_the_inner_strategy_is_told_what_was_measured_at_every_rung() -> None:
    """As it was measured, while the metrics themselves are moved."""
    one = contender()
    one.arrive(0, back(1.0, 0.3), PLAIN)
    one.arrive(1, back(3.0, 0.5), PLAIN)
    told = one.result((0.25,), (ACCURACY,))
    assert told.metrics["validation_accuracy"] == 0.75
    assert [
        (Fidelity.from_json(at["fidelity"]), at["metrics"]["validation_accuracy"])
        for at in told.prefix_metrics
    ] == [(Fidelity(1.0), 0.3), (Fidelity(3.0), 0.5)]


@pytest.mark.parametrize("wanted", [True, False])
def test_stored_weights_are_handed_on_where_the_inner_strategy_wants_them(
    wanted: bool,
) -> None:
    """Those of the longest training, for children to start from."""
    request = dataclasses.replace(any_request(), keep_weights=wanted)
    one = Contender(7, request, 0)
    one.arrive(0, back(1.0, 0.3, weights="7-a"), PLAIN)
    assert one.result((0.0,), (ACCURACY,)).weights == ("7-a" if wanted else None)
