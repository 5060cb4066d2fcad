"""The figures of one finished search, small enough to be kept for ever."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from evonas.advice import AUDIT
from evonas.build import Resolved
from evonas.build.problem import problem_of
from evonas.run.history import evaluated
from evonas.storage import Journal, RunDirectory

#: version of the files
FORMAT = 1
#: best networks whose curves are kept
CURVES = 5
#: networks of the first generation, and of each further one, of the shipped searches
FOUNDERS, GENERATION = 24, 12
#: how a draw is counted that is no fault of the network itself
_ASKED, _REFUSED = "asked before", "refused by "


def figures(
    directory: RunDirectory,
    resolved: Resolved,
    told: Mapping[str, Any],
) -> dict[str, Any]:
    """What a finished search leaves: trainings as columns, and what they sum up to.

    Args:
        directory: of the run.
        resolved: its settings.
        told: problem, arm, command and the like, which stand at the head.
    """
    result = directory.read_result()
    assert result is not None
    pairs = list(evaluated(directory))
    pairs.sort(key=lambda pair: pair[1]["request_id"])
    objective = resolved.objectives[0]
    values = [_rounded(record["metrics"].get(objective.metric)) for _, record in pairs]
    generations = [
        _generation(place, request) for place, (request, _) in enumerate(pairs)
    ]
    rejected = dict(result.get("rejected", {}))
    return {
        "format": FORMAT,
        **told,
        "modality": problem_of(resolved).modality,
        "metric": objective.metric,
        "direction": objective.direction,
        "seed": result["seed"],
        "trainings": len(pairs),
        "wall_seconds": _rounded(result["wall_seconds"]),
        "utilisation": _rounded(result["utilisation"]),
        "workers": resolved.config.workers,
        "test": _tested(result),
        "generations": by_generation(generations, values, objective.direction),
        "invalid_share": _invalid_share(rejected, len(pairs)),
        "rejected": rejected,
        "refused": _refused(directory),
        "seeds": result.get("seeds"),
        "advice": result.get("constraints"),
        "reclassified": _reclassified(directory),
        "versions": result["versions"],
        # a column each, in the order of the requests
        "number": [record["request_id"] for _, record in pairs],
        "generation": generations,
        "value": values,
        "outcome": [record["outcome"] for _, record in pairs],
        "kind": [_kind(request) for request, _ in pairs],
        "seconds": [_rounded(record["seconds"]) for _, record in pairs],
        "epochs": [_epochs(record) for _, record in pairs],
        "multiply_adds": [record["cost"].get("multiply_adds") for _, record in pairs],
        "curves": _curves(pairs, values, objective),
    }


def by_generation(
    generations: Sequence[int], values: Sequence[float | None], direction: str
) -> list[dict[str, Any]]:
    """Networks, failures, mean and best of each generation; None where all failed."""
    better = max if direction == "maximise" else min
    rows = []
    for number in sorted(set(generations)):
        own = [
            value for at, value in zip(generations, values, strict=True) if at == number
        ]
        known = [value for value in own if value is not None]
        rows.append(
            {
                "generation": number,
                "networks": len(own),
                "failed": len(own) - len(known),
                "mean": _rounded(math.fsum(known) / len(known)) if known else None,
                "best": better(known) if known else None,
            }
        )
    return rows


def _generation(place: int, request: Mapping[str, Any]) -> int:
    """As the strategy counts them, or by the place where it does not."""
    number = request["origin"].get("generation")
    if number is not None:
        return int(number)
    return 0 if place < FOUNDERS else 1 + (place - FOUNDERS) // GENERATION


def _kind(request: Mapping[str, Any]) -> str:
    """Whether the database gave the network, or it was an audit."""
    if request["origin"].get("from") == "seed":
        return "seed"
    return "audit" if AUDIT in request["origin"] else ""


def _epochs(record: Mapping[str, Any]) -> float:
    """Epochs over all of the training data."""
    fidelity = record["fidelity"]
    return round(fidelity["epochs"] * fidelity["data_share"], 4)


def _invalid_share(rejected: Mapping[str, int], trained: int) -> float | None:
    """Networks that cannot be built or exceed a limit, among those that were drawn.

    What was asked before or refused by an advisor is no fault of the network.
    """
    invalid = sum(
        count
        for reason, count in rejected.items()
        if reason != _ASKED and not reason.startswith(_REFUSED)
    )
    drawn = trained + sum(rejected.values())
    return _rounded(invalid / drawn) if drawn else None


def _refused(directory: RunDirectory) -> dict[str, int]:
    """Rule → candidates and modules that the advisor refused by it."""
    return dict(
        Counter(
            refusal["rule"]
            for event in Journal.read(directory.journal)
            if event.name == "asked"
            for refusal in event.data.get("refused", ())
        )
    )


def _reclassified(directory: RunDirectory) -> list[dict[str, Any]]:
    """After how many trainings the elite was classified, and what counted then."""
    notes = [
        event.data["note"]
        for event in Journal.read(directory.journal)
        if event.name in ("constrained", "refitted")
    ]
    return [
        {
            "told": note["told"],
            "weights": {key: _rounded(one) for key, one in note["weights"].items()},
        }
        for note in notes
        if note.get("reclassified")
    ]


def _tested(result: Mapping[str, Any]) -> dict[str, float]:
    """Test metrics of the best network, which was tested once."""
    best = result.get("best") or {}
    return {
        name: _rounded(value)
        for name, value in best.get("metrics", {}).items()
        if name.startswith("test_")
    }


def _curves(
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    values: Sequence[float | None],
    objective: Any,
) -> list[dict[str, Any]]:
    """Losses and metric after each epoch of the best networks, the best first."""
    sign = 1 if objective.direction == "maximise" else -1
    known = [place for place, value in enumerate(values) if value is not None]
    known.sort(key=lambda place: -sign * (values[place] or 0.0))
    names = ("epoch", "training_loss", "validation_loss", objective.metric)
    return [
        {
            "number": pairs[place][1]["request_id"],
            **{
                name: [_rounded(point.get(name)) for point in pairs[place][1]["curve"]]
                for name in names
            },
        }
        for place in known[:CURVES]
    ]


def _rounded(value: float | None) -> float | None:
    """Six digits: files are for people to compare, too."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")


def circumstances(root: Path) -> dict[str, Any]:
    """Machine in words, how busy it is, date and commit."""
    return {
        "machine": machine(),
        "load": [round(one, 2) for one in os.getloadavg()],
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(root),
    }


def machine() -> str:
    """Processor and number of its cores."""
    name = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} {platform.machine()} cores ({name}), without a GPU"


def commit(root: Path) -> str:
    """The commit of the code that is used; with a + where files of it are changed."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    changed = git("status", "--porcelain", "--", "evonas", "cluster", "minibench")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def usual_seconds(folder: Path) -> dict[str, float]:
    """Problem → mean seconds of its searches that a folder has files of."""
    found: dict[str, list[float]] = {}
    for path in folder.glob("*.json"):
        data = json.loads(path.read_text())
        found.setdefault(data["problem"], []).append(data["wall_seconds"])
    return {problem: mean(seconds) for problem, seconds in found.items()}
