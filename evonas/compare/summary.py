"""From the runs of a comparison to what can be said of the methods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from evonas.compare.axes import Axis, at_common_axes
from evonas.compare.contestants import Contestant
from evonas.compare.folder import Played
from evonas.compare.statistics import (
    Floats,
    holm,
    mean_interval,
    median_interval,
    seeds_needed,
    signed_rank,
)
from evonas.compare.yardstick import Yardstick
from evonas.run import CONFIDENCE

#: of the bootstrap, so that a summary written twice is the same
_SEED = 20_240_229
#: where curves are told in numbers, up to the budget
_CHECKPOINTS = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))

Runs = Mapping[str, Sequence[Played]]


def summarise(contestants: Sequence[Contestant], played: Runs) -> dict[str, Any]:
    """Everything that `summary.json` tells.

    Args:
        contestants: what is compared.
        played: name of each → its runs, for the same seeds in the same order.
    """
    first = contestants[0]
    table = first.resolved.table
    yardstick = Yardstick.of(first, played)
    axes = at_common_axes(played, seconds=table is None or table.has_seconds)
    rng = np.random.default_rng(_SEED)
    measures = _measures(yardstick, axes, played)
    pairs = {name: _pairs(values, yardstick, rng) for name, values in measures.items()}
    seeds = [run.seed for run in played[first.name]]
    return {
        "task": first.resolved.task.name,
        "budget": first.resolved.config.budget.model_dump(exclude_none=True),
        "seeds": seeds,
        "confidence": CONFIDENCE,
        "yardstick": yardstick.to_json(),
        "axes": {axis.name: [axis.start, axis.end] for axis in axes},
        "configs": [
            _row(one, played[one.name], measures, yardstick, rng) for one in contestants
        ],
        "checkpoints": {
            axis.name: _checkpoints(axis, played, yardstick, rng) for axis in axes
        },
        "pairs": pairs,
        "verdict": {
            name: _verdict(values, yardstick, pairs[name], len(seeds))
            for name, values in measures.items()
        },
    }


def _measures(
    yardstick: Yardstick, axes: Sequence[Axis], played: Runs
) -> dict[str, dict[str, Floats]]:
    """Measure → name of the config → a value a seed."""
    found = {"final": {n: yardstick.ends(runs) for n, runs in played.items()}}
    for axis in axes:
        found[f"area_{axis.name}"] = {
            name: yardstick.shown(axis.areas(runs)) for name, runs in played.items()
        }
    return found


def _row(
    one: Contestant,
    runs: Sequence[Played],
    measures: Mapping[str, Mapping[str, Floats]],
    yardstick: Yardstick,
    rng: np.random.Generator,
) -> dict[str, Any]:
    tests = [run.end.test for run in runs if run.end.test is not None]
    row: dict[str, Any] = {
        "config": one.name,
        "strategy": one.strategy,
        "seeds": len(runs),
        "evaluations": _mean([run.end.evaluations for run in runs]),
        "networks": _mean([run.networks for run in runs]),
        "seconds": _mean([run.end.seconds for run in runs]),
        "wall_seconds": _mean([run.wall_seconds for run in runs]),
        "validation": _mean([run.end.validation for run in runs]),
        "test": _mean(tests) if tests else None,
        "ended": dict(Counter(run.ended for run in runs)),
    }
    for name, values in measures.items():
        row[name] = _statistics(values[one.name], rng)
    ends = measures["final"][one.name]
    if yardstick.best is not None:
        row["reached_best"] = float(np.mean(ends == 0))
    return row


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _statistics(values: Floats, rng: np.random.Generator) -> dict[str, Any]:
    """Mean, median, their intervals and the deviation of a value a seed."""
    return {
        "mean": float(values.mean()),
        "mean_interval": _plain(mean_interval(values, rng)),
        "median": float(np.median(values)),
        "median_interval": _plain(median_interval(values, rng)),
        "deviation": float(values.std(ddof=1)) if len(values) > 1 else None,
    }


def _plain(ends: tuple[Floats, Floats] | None) -> list[float] | None:
    return None if ends is None else [float(end) for end in ends]


def _checkpoints(
    axis: Axis, played: Runs, yardstick: Yardstick, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """The curves in numbers: at 1, 2, 5, 10, … and at the end of the axis."""
    inside = [one for one in _CHECKPOINTS if axis.start <= one < axis.end]
    places = np.array([*inside, axis.end], dtype=float)
    means: dict[str, Any] = {}
    for name, runs in played.items():
        values = yardstick.shown(axis.values(runs, places))
        ends = mean_interval(values, rng)
        means[name] = [
            {
                "mean": float(values[:, place].mean()),
                "interval": None
                if ends is None
                else [float(ends[0][place]), float(ends[1][place])],
            }
            for place in range(len(places))
        ]
    return [
        {"at": float(at), **{name: values[place] for name, values in means.items()}}
        for place, at in enumerate(places)
    ]


def _pairs(
    values: Mapping[str, Floats], yardstick: Yardstick, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Every two configs, seed by seed, with tests corrected for their number."""
    sign = _sign(yardstick)
    found: list[dict[str, Any]] = []
    for first, second in combinations(values, 2):
        ahead = sign * (values[first] - values[second])
        rounded = np.round(ahead, 12)
        found.append(
            {
                "first": first,
                "second": second,
                "first_ahead_by": float(ahead.mean()),
                "interval": _plain(mean_interval(ahead, rng)),
                "wins": int((rounded > 0).sum()),
                "ties": int((rounded == 0).sum()),
                "losses": int((rounded < 0).sum()),
                "p": signed_rank(ahead),
            }
        )
    corrected = holm([pair["p"] for pair in found])
    for pair, p in zip(found, corrected, strict=True):
        pair["p_corrected"] = p
    return found


def _sign(yardstick: Yardstick) -> float:
    """+1 where larger values are better, of ends and areas alike."""
    return -1.0 if yardstick.smaller_is_better else 1.0


def _verdict(
    values: Mapping[str, Floats],
    yardstick: Yardstick,
    pairs: Sequence[Mapping[str, Any]],
    seeds: int,
) -> dict[str, Any]:
    """The best config, and whether it can be called the winner.

    It can where it is ahead of every other one by the corrected test and by the
    interval of the mean difference as well.
    """
    sign = _sign(yardstick)
    leader = max(values, key=lambda name: sign * float(values[name].mean()))
    rivals = [
        pair["second"] if pair["first"] == leader else pair["first"]
        for pair in pairs
        if leader in (pair["first"], pair["second"]) and not _ahead(leader, pair)
    ]
    needed = seeds_needed(len(pairs)) if pairs else 1
    if not pairs:
        why = "there is nothing to compare it with"
    elif seeds < needed:
        why = (
            f"{seeds} {'seed tells' if seeds == 1 else 'seeds tell'} too little: with "
            f"{len(values)} configs a test can find something from {needed} seeds on"
        )
    elif rivals:
        why = f"not told apart from it: {', '.join(rivals)}"
    else:
        why = ""
    return {"leader": leader, "winner": None if why else leader, "why_none": why}


def _ahead(leader: str, pair: Mapping[str, Any]) -> bool:
    sign = 1.0 if pair["first"] == leader else -1.0
    interval = pair["interval"]
    if interval is None or pair["p_corrected"] > 1 - CONFIDENCE:
        return False
    return bool(min(sign * end for end in interval) > 0)
