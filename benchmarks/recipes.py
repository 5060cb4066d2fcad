"""What each part of a modern recipe gains in a final training.

A fixed small network on digits, paired over seeds: the same initial weights and order
of the data, with and without each part. Differences of the validation accuracy in
points, with 95 % intervals (Student's t)::

    OMP_NUM_THREADS=1 nice -n 19 python benchmarks/recipes.py --seeds 8 \
        --out docs/results/training
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from evonas.architecture import Architecture, Layer
from evonas.candidate import Candidate, Recipe
from evonas.evaluation import Fidelity, Request
from evonas.run import versions
from evonas.storage.files import replace_file
from evonas.tasks import open_task
from evonas.training import TrainingEvaluator, TrainingSettings

BASE = {"optimizer": "adamw", "learning_rate": 0.005, "batch_size": 64}
ARMS: dict[str, dict[str, Any]] = {
    "constant rate": {"schedule": "constant"},
    "trapezoid": {"schedule": "trapezoid"},
    "warm-up": {"warmup_epochs": 2.0},
    "label smoothing": {"label_smoothing": 0.1},
    "weight average": {"weight_average": 0.99},
    "random erasing": {"erasing": 0.25},
    "shift": {"shift": 0.1},
    "all but the rate": {
        "warmup_epochs": 2.0,
        "label_smoothing": 0.1,
        "weight_average": 0.99,
        "erasing": 0.25,
        "shift": 0.1,
    },
}


def network() -> Architecture:
    """Two blocks of convolution, batch norm and ReLU."""
    layers = []
    for filters in (16, 32):
        layers += [
            Layer("conv", {"filters": filters, "bias": False}),
            Layer("batch_norm"),
            Layer("activation"),
            Layer("max_pool"),
        ]
    head = [Layer("flatten"), Layer("dense", {"units": 10})]
    return Architecture.chain([*layers, *head])


def main() -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--epochs", type=float, default=15)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    evaluator = TrainingEvaluator(
        open_task({"name": "digits"}), TrainingSettings(device="cpu", threads=1)
    )
    accuracies: dict[str, list[float]] = {}
    for seed in range(arguments.seeds):
        for name, changes in {"cosine": {}, **ARMS}.items():
            candidate = Candidate(network(), Recipe(**{**BASE, **changes}))
            asked = Request(0, candidate, Fidelity(arguments.epochs), seed)
            value = evaluator.evaluate(asked).metrics["validation_accuracy"]
            accuracies.setdefault(name, []).append(value)
        print("seed", seed, file=sys.stderr)
    base = np.array(accuracies["cosine"])
    quantile = stats.t.ppf(0.975, len(base) - 1)
    table = {}
    for name in ARMS:
        gains = 100 * (np.array(accuracies[name]) - base)
        half = quantile * gains.std(ddof=1) / math.sqrt(len(gains))
        table[name] = {
            "gain": round(float(gains.mean()), 3),
            "low": round(float(gains.mean() - half), 3),
            "high": round(float(gains.mean() + half), 3),
        }
        print(f"{name:18s}", json.dumps(table[name]))
    print("cosine", base.mean())
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        figures = {
            "epochs": arguments.epochs,
            "seeds": arguments.seeds,
            "accuracies": accuracies,
            "gains_over_cosine": table,
            "versions": versions(),
        }
        text = json.dumps(figures, indent=1) + "\n"
        replace_file(arguments.out / "recipes.json", text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
