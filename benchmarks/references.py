"""Reference networks: do tasks and training reach what is known to be reachable?

Every reference is a task with a few hand-written candidates (architecture, recipe,
epochs). The candidate with the best mean validation metric is chosen; it alone is then
trained with further seeds and tested, once each. Every finished training
leaves one small file, so a second call goes on with what is missing::

    EVONAS_DATA=... python benchmarks/references.py run
    python benchmarks/references.py run --only cola-words
    python benchmarks/references.py report

It runs at the lowest priority and with one thread. A task whose data are not at hand is
passed over, and the report has no row for it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Literal

from references_candidates import REFERENCES, Reference
from references_report import report

from evonas.errors import DataError
from evonas.evaluation import Fidelity, Request
from evonas.run import versions
from evonas.storage.files import replace_file
from evonas.tasks import open_task
from evonas.training.evaluator import TrainingEvaluator
from evonas.training.settings import TrainingSettings

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "references"
#: seeds of the trainings that choose
CHOOSING = (101, 102)


def run_reference(reference: Reference, results: Path) -> None:
    """Choose by validation, then test, then measure the baselines."""
    try:
        task = open_task(reference.task)
    except DataError as missing:
        print(f"{reference.name}: passed over: {missing}", file=sys.stderr)
        return
    settings = TrainingSettings(device="cpu", metrics=reference.metrics)
    evaluator = TrainingEvaluator(task, settings)
    scores = _validated(reference, evaluator, results)
    if not scores and len(reference.candidates) > 1:
        print(f"{reference.name}: every candidate failed", file=sys.stderr)
        return
    better = max if task.direction == "maximise" else min
    chosen = better(scores or reference.candidates, key=lambda one: scores.get(one, 0))
    print(f"{reference.name}: {chosen} of {scores}", flush=True)
    for seed in range(1, reference.seeds + 1):
        _trained(reference, chosen, evaluator, seed, "final", results)
    baselines = results / f"{reference.name}.json"
    if not baselines.exists():
        facts = {
            "chosen": chosen,
            "validation": scores,
            "metric": task.metric,
            "test_samples": len(task.x_test),
            "source": task.source,
            "task_version": task.version,
            "baselines": reference.baselines(task),
            "versions": versions(),
        }
        _write(baselines, facts)


def _validated(
    reference: Reference, evaluator: TrainingEvaluator, results: Path
) -> dict[str, float]:
    """Mean validation metric of each candidate; empty where there is no choice."""
    scores: dict[str, float] = {}
    if len(reference.candidates) == 1:
        return scores
    measured = f"validation_{evaluator.task.metric}"
    for name in reference.candidates:
        found = [
            _trained(reference, name, evaluator, seed, "search", results)
            for seed in CHOOSING
        ]
        # A training that failed has no metric, and then no choice falls on it.
        if all(measured in one["metrics"] for one in found):
            values = [one["metrics"][measured] for one in found]
            scores[name] = sum(values) / len(values)
    return scores


def _trained(
    reference: Reference,
    name: str,
    evaluator: TrainingEvaluator,
    seed: int,
    purpose: Literal["search", "final"],
    results: Path,
) -> dict[str, Any]:
    """The record of one training: from its file, or made now."""
    path = results / f"{reference.name}-{name}-{seed}.json"
    if path.exists():
        stored: dict[str, Any] = json.loads(path.read_text())
        return stored
    made = reference.candidates[name]
    candidate, fidelity = made.candidate(evaluator.task), Fidelity(made.epochs)
    request = Request(0, candidate, fidelity, seed, purpose=purpose)
    record = evaluator.evaluate(request)
    data = {
        "outcome": str(record.outcome),
        "metrics": record.metrics,
        "cost": record.cost,
        "epochs": made.epochs,
        "seconds": round(record.seconds, 1),
        "error": record.error,
    }
    _write(path, data)
    print(path.stem, data["outcome"], record.metrics, data["seconds"], flush=True)
    return data


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(data, indent=1) + "\n").encode())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["run", "report"])
    names = [reference.name for reference in REFERENCES]
    parser.add_argument("--only", choices=names, action="append", default=[])
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.command == "run":
        os.nice(19)
        for reference in REFERENCES:
            if not given.only or reference.name in given.only:
                run_reference(reference, given.out)
    report(REFERENCES, given.out)


if __name__ == "__main__":
    main()
