"""What must hold for a record of a problem, beyond being one.

Whoever takes records in asks `check`; `validate` lists all `faults`.
"""

from __future__ import annotations

from collections.abc import Iterator

from evonas.architecture import Cost, Shape
from evonas.errors import ArchitectureError, DataError
from minibench.problems import Problem
from minibench.records import BenchRecord


def faults(record: BenchRecord, problem: Problem) -> Iterator[tuple[str, str]]:
    """What is wrong with a record: name of the rule, and the finding in words.

    Args:
        record: of the problem.
        problem: that it names.
    """
    for name, value in record.metrics.items():
        low, high = problem.range_of(name)
        if not low <= value <= high:
            yield (
                "implausible",
                f"metrics.{name}: expected a value from {low:g} to {high:g}, got "
                f"{value:g}",
            )
    if len(record.input_shape) != len(problem.input_shape):
        yield (
            "shape",
            f"input_shape: expected as many sides as {list(problem.input_shape)} of "
            f"the problem, got {list(record.input_shape)}",
        )
    try:
        cost = _cost(record)
    except ArchitectureError as error:
        yield (
            "unbuildable",
            f"architecture: expected a network that can be built for inputs of "
            f"{list(record.input_shape)}, got: {error}",
        )
        return
    for name in ("parameters", "multiply_adds"):
        found, expected = getattr(record.cost, name), getattr(cost, name)
        if found != expected:
            yield (
                "cost",
                f"cost.{name}: expected {expected:,}, which the architecture has, got "
                f"{found:,}",
            )


def check(record: BenchRecord, problem: Problem, place: str) -> None:
    """Refuse a record that cannot be right.

    Args:
        record: of the problem.
        problem: that it names.
        place: of the record, for messages: file and line.

    Raises:
        DataError: the first of its faults.
    """
    for _, words in faults(record, problem):
        raise DataError(f"{place}: {words}; correct it, or leave the record out")


#: what was worked out before; a network is often there with many seeds
_costs: dict[tuple[str, Shape], Cost] = {}
_KNOWN_COSTS = 65_536


def _cost(record: BenchRecord) -> Cost:
    key = record.architecture_id, record.input_shape
    found = _costs.get(key)
    if found is None:
        if len(_costs) >= _KNOWN_COSTS:
            _costs.clear()
        found = _costs[key] = record.architecture.cost(record.input_shape)
    return found
