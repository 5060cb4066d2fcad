"""Playing a search without training: spaces, made-up results, and who asks when."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from evonas.architecture import Shape
from evonas.evaluation import Outcome, Record, Request
from evonas.population import Objective
from evonas.search import SearchStrategy, StrategyContext
from evonas.space import Space, space_from_json

#: One sample of the table that most tests search over, and the classes.
SHAPE: Shape = (7,)
OUTPUTS = 3

#: A recipe without a choice.
PLAIN_RECIPE: dict[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "nesterov": True,
    "weight_decay": 0.0005,
    "schedule": "cosine",
    "warmup_epochs": 0.0,
    "batch_size": 64,
    "label_smoothing": 0.0,
}

#: A space of few candidates: two sizes of one layer, and what may go round it.
TINY: dict[str, Any] = {
    "blocks": {
        "dense": {
            "units": [16, 32],
            "batch_norm": False,
            "activation": "relu",
            "dropout": 0.0,
            "init_scale": 1.0,
        },
        "dense_block": False,
    },
    "merges": "sum",
    "recipe": PLAIN_RECIPE,
    "module_nodes": 1,
    "blueprint_nodes": 1,
}

#: Its candidates: the layer alone, or added once or twice to what it read.
TINY_SIZE = 6

Result = float | Outcome

#: What may come back: any number, good or bad, none at all, and every failure.
results: st.SearchStrategy[Result] = st.one_of(
    st.floats(),
    st.sampled_from((0.0, -0.0, -1.0, 0.5, 0.5)),
    st.sampled_from([one for one in Outcome if not one.retried]),
)


def space(**keys: Any) -> Space:
    """The default space of a table, with some keys of the `space:` section."""
    return space_from_json(keys, "table", SHAPE)


def context(seed: int = 0, *, metrics: Sequence[str] = (), **keys: Any) -> Any:
    """A context over `space(**keys)`; `metrics` are maximised, accuracy by default."""
    objectives = tuple(Objective(metric) for metric in metrics)
    return StrategyContext(
        space(**keys),
        SHAPE,
        OUTPUTS,
        objectives=objectives or (Objective("validation_accuracy"),),
        seed=seed,
    )


def record(request: Request, result: Result) -> Record:
    """The record of a request with this accuracy, or this failure."""
    if isinstance(result, Outcome) and result is not Outcome.OK:
        return Record.failed(request, result, "made up")
    metrics = {} if isinstance(result, Outcome) else {"validation_accuracy": result}
    cost = {}
    if request.candidate.cell is None:  # a cell is not unrolled for nothing
        parameters = request.candidate.architecture.cost(SHAPE).parameters
        cost = {"parameters": parameters}
    return Record(
        request.request_id,
        request.candidate.key(),
        request.fidelity,
        Outcome.OK,
        metrics=metrics,
        cost=cost,
    )


def luck(request: Request) -> float:
    """A result between 0 and 1 that depends on nothing but the candidate."""
    return int(request.candidate.key()[:8], 16) / 2**32


def play(
    strategy: SearchStrategy,
    evaluations: int,
    *,
    workers: int = 1,
    turn: Callable[[int], int] = lambda waiting: 0,
    result: Callable[[Request], Result] = luck,
) -> list[Request]:
    """Search as the loop does, with workers that are kept busy.

    Args:
        strategy: to be played.
        evaluations: how many records to tell.
        workers: requests that may be out at once.
        turn: which of so many waiting requests is told next.
        result: of each request.

    Returns:
        Every request in the order of asking.
    """
    asked: list[Request] = []
    waiting: list[Request] = []
    for _ in range(evaluations):
        while len(waiting) < workers and len(asked) < evaluations:
            new = strategy.ask(min(workers - len(waiting), evaluations - len(asked)))
            if not new:
                break
            asked += new
            waiting += new
        request = waiting.pop(turn(len(waiting)))
        strategy.tell(request, record(request, result(request)))
    return asked


def blocks(request: Request) -> list[str]:
    """The blocks of a table's network and its head, each by its one kind of layer."""
    ops = [layer.op for layer in request.candidate.architecture.layers]
    return [op for op in ops if op in ("dense", "dense_block")]


def text(data: Any) -> str:
    """Strict JSON: anything else in it is an error, NaN too."""
    return json.dumps(data, allow_nan=False)


def reread(state: dict[str, Any]) -> dict[str, Any]:
    """A state that went to a file and back."""
    found: dict[str, Any] = json.loads(text(state))
    return found


def texts(requests: Sequence[Request]) -> list[str]:
    """Requests in full, to compare."""
    return [text(request.to_json()) for request in requests]
