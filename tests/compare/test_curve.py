"""The incumbent's curve: by validation, of new networks, within the budget."""

from __future__ import annotations

import dataclasses
import math
from itertools import accumulate

import pytest
from climbing import any_request
from hypothesis import given
from hypothesis import strategies as st
from published_tables import CELLS, made_up_table

from evonas.candidate import Candidate
from evonas.cells import NasBench201Cell
from evonas.compare.curve import Watch, judge_by_table, judge_by_validation
from evonas.errors import DataError
from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Incumbent, RunState
from evonas.tables import TableEvaluator

METRIC = "validation_accuracy"
REQUEST = any_request()


def watched(told: list[tuple[int, float]], limit: float = math.inf) -> Watch:
    """A watch over results of candidates, ten seconds each."""
    state = RunState(None, [Objective(METRIC)])
    watch = Watch(METRIC, judge_by_validation(METRIC), limit)
    for number, (candidate, value) in enumerate(told):
        request = dataclasses.replace(REQUEST, request_id=number)
        state.asked([request])
        state.accounting.passed(10.0 * (number + 1), 1)
        record = Record(number, f"{candidate}", Fidelity(), Outcome.OK, {METRIC: value})
        state.told(request, record)
        watch.observe("told", state)
    watch.observe("stopped", state)
    return watch


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_curve_is_the_best_validation_so_far(values: list[float]) -> None:
    """It never falls, has a point an improvement, and one at the end."""
    *points, end = watched(list(enumerate(values))).ended()
    best = list(accumulate(values, max))
    assert end.evaluations == len(values)
    assert end.validation == best[-1]
    for point in points:
        assert point.validation == best[point.evaluations - 1]
        assert point.seconds == 10.0 * point.evaluations
    assert [one.validation for one in points] == sorted(set(best))


def test_a_duplicate_is_no_new_network_and_a_luckier_draw_no_improvement() -> None:
    """It costs an evaluation all the same, also when it is long forgotten."""
    others = [(number, 0.6 + number / 100) for number in range(1, 21)]
    watch = watched([(0, 0.5), (0, 0.9), *others, (0, 0.95)])
    assert watch.networks == 21
    assert watch.ended()[-1].evaluations == 23
    assert watch.ended()[-1].validation == pytest.approx(0.8)


def test_isomorphic_cells_are_one_network() -> None:
    """Another drawing of a known cell is a duplicate, whatever its run has given."""
    evaluator = TableEvaluator(made_up_table())
    state = RunState(None, [Objective(METRIC)])
    watch = Watch(METRIC, judge_by_validation(METRIC))
    for number, ops in enumerate(CELLS[-2:]):
        candidate = Candidate.of(NasBench201Cell(ops))
        request = Request(number, candidate, Fidelity(200), seed=number)
        state.asked([request])
        state.told(request, evaluator.evaluate(request))
        watch.observe("told", state)
    assert watch.networks == 1
    assert len(watch.points) == 1
    assert watch.ended()[-1].evaluations == 2


def test_what_comes_after_the_budget_does_not_count() -> None:
    """Not even where it was begun before."""
    watch = watched([(0, 0.5), (1, 0.6), (2, 0.9)], limit=25.0)
    assert watch.ended()[-1][:3] == (2, 25.0, 0.6)


def test_nothing_found_is_no_curve() -> None:
    """Rather than one of zeros."""
    assert watched([]).ended() == []


def test_a_length_that_the_table_has_no_result_of_is_told() -> None:
    """A gap in a table must not pass for a result."""
    table = made_up_table()
    cell = table.cell(0)
    request = dataclasses.replace(REQUEST, candidate=Candidate.of(cell))
    found = Incumbent(request, Record(0, "", Fidelity(12), Outcome.OK))
    test, judged = judge_by_table(table, 200)(found)
    assert test == judged == table.test(cell.key(), 200)
    table._results.test[200][0] = math.nan
    with pytest.raises(DataError, match="expected a test metric of nasbench201"):
        judge_by_table(table, 200)(found)
