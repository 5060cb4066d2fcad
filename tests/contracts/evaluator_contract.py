"""What every evaluator promises. Subclasses give the fixtures below."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from evonas.evaluation import Evaluator, Outcome, Record, Request


class EvaluatorContract:
    """Holds for every evaluator.

    Subclasses give the fixtures `evaluator`, `good` (a request that goes well) and
    `bad` (one whose candidate cannot work).
    """

    def test_a_record_names_its_request(
        self, evaluator: Evaluator, good: Request
    ) -> None:
        """Number, candidate and fidelity are those of the request."""
        record = evaluator.evaluate(good)
        assert record.outcome is Outcome.OK, record.error
        assert record.request_id == good.request_id
        assert record.candidate_key == good.candidate.key()
        assert record.fidelity == good.fidelity
        assert record.error == ""

    def test_metrics_and_costs_are_finite_numbers(
        self, evaluator: Evaluator, good: Request
    ) -> None:
        """Whatever selection may look at can be compared."""
        record = evaluator.evaluate(good)
        assert any(name.startswith("validation_") for name in record.metrics)
        assert all(math.isfinite(value) for value in record.metrics.values())
        assert all(math.isfinite(value) for value in record.cost.values())
        assert record.seconds >= 0

    def test_a_record_survives_its_text_form(
        self, evaluator: Evaluator, good: Request, bad: Request
    ) -> None:
        """Journals hold records as JSON, without a NaN."""
        for request in (good, bad):
            record = evaluator.evaluate(request)
            text = json.dumps(record.to_json(), allow_nan=False)
            assert Record.from_json(json.loads(text)) == record

    def test_equal_requests_give_equal_metrics(
        self, evaluator: Evaluator, good: Request, bad: Request
    ) -> None:
        """Whatever was evaluated in between; measured times may differ."""
        first = evaluator.evaluate(good)
        evaluator.evaluate(bad)
        evaluator.evaluate(replace(good, seed=good.seed + 1))
        again = evaluator.evaluate(good)
        timed = {"latency_seconds", "latency_batch_seconds", "energy_joules"}
        assert {n: v for n, v in first.metrics.items() if n not in timed} == {
            n: v for n, v in again.metrics.items() if n not in timed
        }
        assert first.curve == again.curve

    def test_a_bad_candidate_is_an_outcome(
        self, evaluator: Evaluator, bad: Request
    ) -> None:
        """No exception; the reason stands in the record, and no metrics do."""
        record = evaluator.evaluate(bad)
        assert record.outcome is not Outcome.OK
        assert record.error
        assert not record.metrics

    @pytest.mark.parametrize("purpose", ["search", "audit"])
    def test_a_search_never_learns_of_the_test_set(
        self, evaluator: Evaluator, good: Request, purpose: str
    ) -> None:
        """Test metrics belong to final evaluations."""
        record = evaluator.evaluate(replace(good, purpose=purpose))
        assert not any(name.startswith("test_") for name in record.metrics)
