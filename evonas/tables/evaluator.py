"""A table behind the evaluator's interface: looks up what training would have given."""

from __future__ import annotations

import math

from evonas.architecture import training_memory_bytes
from evonas.candidate import Candidate
from evonas.errors import ConfigError
from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
from evonas.tables.table import Table


class TableEvaluator(Evaluator):
    """Looks a cell up instead of training it.

    A search sees what one training would show: the validation metric of one run, which
    the request's seed chooses, at the asked length. It is charged that training's
    seconds, in full even where it goes on with a shorter one: the tables' lengths are
    trainings of their own. The test metric, and the mean of the validation metric over
    all runs, come with requests of purpose `final` alone, which are free.

    Args:
        table: that is asked.
        time_limit_seconds: after which a training counts as ended; None: no limit.
        costs: whether records have multiply-adds and the training's memory as well,
            for which every cell is unrolled.
        latency_limit_seconds: above which a cell counts as invalid; None: no limit.
    """

    def __init__(
        self,
        table: Table,
        *,
        time_limit_seconds: float | None = None,
        costs: bool = False,
        latency_limit_seconds: float | None = None,
    ) -> None:
        self.table = table
        self._time_limit = time_limit_seconds
        self._costs = costs
        self._latency_limit = latency_limit_seconds
        if latency_limit_seconds is not None and "latency_seconds" not in (
            table.measures
        ):
            raise ConfigError(
                "space.limits.latency_seconds: expected a table with latencies, got "
                f"{table.name}; remove the limit"
            )

    def evaluate(self, request: Request) -> Record:
        """The record of a cell; `INVALID` for what the table does not know.

        Raises:
            ConfigError: the table has no training of the asked fidelity.
        """
        table, fidelity = self.table, request.fidelity
        self._check(fidelity)
        cell = request.candidate.cell
        key = "" if cell is None else cell.key()
        if cell is None or key not in table.rows:
            return self._invalid(request, f"{key or 'the candidate'} is not in it")
        if request.candidate.recipe != Candidate.of(cell).recipe:
            return self._invalid(request, f"{key} was trained with another recipe")
        value, seconds = table.query(key, fidelity.epochs, request.seed)
        if math.isnan(value):
            words = f"{key} was not trained for {fidelity.epochs:g} epochs"
            return self._invalid(request, words)
        measured = table.measured(key, fidelity.epochs)
        limit, latency = self._latency_limit, measured.get("latency_seconds")
        if limit is not None and latency is not None and latency > limit:
            return self._invalid(
                request,
                f"space.limits.latency_seconds: expected at most {limit:g}, got "
                f"{latency:g}",
            )
        final = request.purpose == "final"
        if self._time_limit is not None and seconds > self._time_limit and not final:
            return Record.failed(
                request,
                Outcome.TIMED_OUT,
                f"its training took {seconds:.0f} s, longer than the limit of "
                f"{self._time_limit:g} s",
                seconds=self._time_limit,
            )
        return Record(
            request.request_id,
            request.candidate.key(),
            fidelity,
            Outcome.OK,
            metrics=self._metrics(key, fidelity, value, final=final) | measured,
            cost=self._cost(request, key),
            seconds=0.0 if final else seconds,
        )

    def _check(self, fidelity: Fidelity) -> None:
        if (fidelity.data_share, fidelity.resolution, fidelity.width) != (1, 1, 1):
            raise ConfigError(
                f"fidelity: expected all data at full size, as {self.table.name} was "
                f"made with, got {fidelity}"
            )
        self.table.check_epochs(fidelity.epochs, "fidelity.epochs")

    def _metrics(
        self, key: str, fidelity: Fidelity, value: float, *, final: bool
    ) -> dict[str, float]:
        name, table = self.table.metric, self.table
        if not final:
            return {f"validation_{name}": value}
        metrics = {f"validation_{name}": table.mean_validation(key, fidelity.epochs)}
        test = table.test(key, fidelity.epochs)
        return metrics if test is None else {**metrics, f"test_{name}": test}

    def _cost(self, request: Request, key: str) -> dict[str, float]:
        parameters = self.table.parameters(key)
        cost = {} if parameters is None else {"parameters": parameters}
        if not self._costs:
            return cost
        candidate = request.candidate
        recipe = candidate.recipe
        found = candidate.architecture.cost(self.table.input_shape)
        memory = training_memory_bytes(found, recipe.batch_size, recipe.optimizer)
        return {
            "multiply_adds": float(found.multiply_adds),
            "training_memory_bytes": float(memory),
            **cost,
        }

    def _invalid(self, request: Request, reason: str) -> Record:
        return Record.failed(
            request, Outcome.INVALID, f"{self.table.name}: {reason}", seconds=0.0
        )
