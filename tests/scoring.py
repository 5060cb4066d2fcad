"""An evaluator that computes a fitness from the graph alone, in microseconds.

It is picklable and deterministic, so that runs of the whole loop are cheap to compare;
and it imports little, so that processes which evaluate with it start quickly.
"""

from __future__ import annotations

import math
import os
import signal
import time
from dataclasses import dataclass

from evonas.evaluation import Evaluator, Outcome, Record, Request

#: of the samples that synthetic runs pretend to have
SHAPE = (1, 8, 8)


@dataclass(frozen=True)
class SyntheticEvaluator(Evaluator):
    """Rewards merges and a learning rate near 0.01; depth costs.

    Attributes:
        fail_every: requests whose id is a multiple of it diverge; 0: none.
        die_at: id of a request that kills the process that evaluates it.
        seconds: each evaluation sleeps so long.
    """

    fail_every: int = 0
    die_at: int | None = None
    seconds: float = 0.0

    def evaluate(self, request: Request) -> Record:
        """Score the architecture's shape."""
        if request.request_id == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.seconds:
            time.sleep(self.seconds)
        if self.fail_every and request.request_id % self.fail_every == 0:
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        candidate = request.candidate
        operations = [layer.op for layer in candidate.architecture.layers]
        merges = sum(operation in ("sum", "concat") for operation in operations)
        fitness = 0.1 * min(merges, 5) - 0.01 * len(operations)
        fitness -= 0.1 * abs(math.log10(candidate.recipe.learning_rate) + 2)
        cost = candidate.architecture.cost(SHAPE)
        return Record(
            request.request_id,
            candidate.key(),
            request.fidelity,
            Outcome.OK,
            {"validation_accuracy": fitness},
            cost={"parameters": cost.parameters, "multiply_adds": cost.multiply_adds},
        )
