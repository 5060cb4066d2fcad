"""A table as evaluator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from contracts.evaluator_contract import EvaluatorContract
from published_tables import CELLS, made_up, made_up_table

from evonas.candidate import Candidate
from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity, Outcome, Request
from evonas.tables import TableEvaluator, table_from_results


def request(ops: str = CELLS[1], epochs: float = 200, **more: object) -> Request:
    """Ask for a cell."""
    candidate = Candidate.of(NasBench201Cell(ops))
    return replace(Request(3, candidate, Fidelity(epochs), seed=1), **more)  # type: ignore[arg-type]


class TestTableEvaluator(EvaluatorContract):
    """Holds what every evaluator promises."""

    @pytest.fixture
    def evaluator(self) -> TableEvaluator:
        """Over the made-up table."""
        return TableEvaluator(made_up_table(), costs=True)

    @pytest.fixture
    def good(self) -> Request:
        """A cell that it has."""
        return request()

    @pytest.fixture
    def bad(self) -> Request:
        """A cell that it lacks."""
        return request("111111")


def test_only_a_final_request_learns_the_test() -> None:
    """Means over all runs, free of charge; a search sees one run and is charged."""
    results = made_up()
    evaluator = TableEvaluator(table_from_results("nasbench201", results))
    searched = evaluator.evaluate(request())
    assert set(searched.metrics) == {"validation_accuracy", "latency_seconds"}
    assert searched.seconds == results.seconds[200][1]
    final = evaluator.evaluate(request(purpose="final"))
    assert final.metrics["test_accuracy"] == results.test[200][1]
    mean = np.mean(results.validation[200][1])
    assert final.metrics["validation_accuracy"] == pytest.approx(mean)
    assert final.seconds == 0


def test_what_it_does_not_know_is_invalid_and_never_scored() -> None:
    """A missing cell, another recipe, a network that is no cell."""
    evaluator = TableEvaluator(made_up_table())
    cell = NasBench201Cell(CELLS[1])
    slow = replace(Candidate.of(cell).recipe, learning_rate=1e-3)
    for asked, reason in (
        (request("111111"), "is not in it"),
        (request(candidate=Candidate(cell, slow)), "with another recipe"),
        (request(candidate=Candidate(cell.architecture())), "the candidate is not"),
    ):
        record = evaluator.evaluate(asked)
        assert record.outcome is Outcome.INVALID
        assert reason in record.error
        assert record.metrics == {}
        assert record.seconds == 0


def test_a_training_that_was_not_done_is_invalid() -> None:
    """The table has the length, this cell does not."""
    results = made_up()
    results.validation[12][1] = np.nan
    evaluator = TableEvaluator(table_from_results("nasbench201", results))
    record = evaluator.evaluate(request(epochs=12))
    assert record.outcome is Outcome.INVALID
    assert "was not trained for 12 epochs" in record.error
    assert evaluator.evaluate(request()).ok


@pytest.mark.parametrize(
    ("fidelity", "complaint"),
    [
        (Fidelity(50), r"\(12, 200 epochs\), got 50"),
        (Fidelity(200, 0.5), "all data at full size"),
        (Fidelity(200, width=0.5), "all data at full size"),
    ],
)
def test_a_fidelity_that_it_lacks_is_the_users_error(
    fidelity: Fidelity, complaint: str
) -> None:
    """No candidate is to blame for it."""
    with pytest.raises(ConfigError, match=complaint):
        TableEvaluator(made_up_table()).evaluate(request(fidelity=fidelity))


def test_a_time_limit_holds_in_the_tables_time() -> None:
    """The training that is longer is charged the limit and gives nothing."""
    evaluator = TableEvaluator(made_up_table(), time_limit_seconds=300)
    short, long = evaluator.evaluate(request(epochs=12)), evaluator.evaluate(request())
    assert short.ok
    assert (long.outcome, long.seconds) == (Outcome.TIMED_OUT, 300)
    assert long.metrics == {}


def test_a_limit_of_the_latency_holds() -> None:
    """By the table's own figures; a table without any cannot have one."""
    evaluator = TableEvaluator(made_up_table(), latency_limit_seconds=0.025)
    assert evaluator.evaluate(request(CELLS[1])).ok
    refused = evaluator.evaluate(request(CELLS[2]))
    assert refused.outcome is Outcome.INVALID
    assert r"latency_seconds: expected at most 0.025, got 0.03" in refused.error
    table = table_from_results("nasbench201", replace(made_up(), measures={}))
    with pytest.raises(ConfigError, match="expected a table with latencies"):
        TableEvaluator(table, latency_limit_seconds=1.0)


def test_nothing_is_unrolled_until_somebody_asks() -> None:
    """A query by the cell's own key needs no architecture."""
    asked = request()
    TableEvaluator(made_up_table()).evaluate(asked)
    assert "architecture" not in vars(asked.candidate)
