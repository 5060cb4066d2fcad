"""Predicted against measured seconds of random trainings, as records come in.

Random candidates of the default image space at random fidelities, one thread, one after
the other. Every one is predicted first and then taken in. On a machine that others use
as well, seconds of the processor are the fair measure; the wall's are shown beside::

    OMP_NUM_THREADS=1 nice -n 19 python benchmarks/prediction.py --count 80 \
        --out docs/results/training

With `--device cuda` on a GPU, whose time is the wall's alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from evonas.evaluation import Fidelity, Request
from evonas.population import Objective
from evonas.run import versions
from evonas.search import STRATEGIES, StrategyContext
from evonas.space import default_space
from evonas.storage.files import replace_file
from evonas.tasks import Task
from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.extent import Extent
from evonas.training.prediction import Calibration, Workload, workload

SHAPE, CLASSES = (1, 28, 28), 10
#: trainings after which the rank correlation is taken
CALIBRATED = 30


def noise(samples: int) -> Task:
    """Images of noise: training them costs what training any images costs."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (samples, *SHAPE[1:]), dtype=np.uint8)
    labels = np.arange(samples) % CLASSES
    return Task.from_arrays(images, labels, images[:20], labels[:20], name="noise")


def requests(count: int) -> list[Request]:
    """Random candidates at random fidelities."""
    rng = np.random.default_rng(1)
    context = StrategyContext(
        space=default_space("image", SHAPE),
        input_shape=SHAPE,
        outputs=CLASSES,
        fidelity=Fidelity(),
        objectives=(Objective("validation_accuracy", "maximise"),),
        seed=1,
    )
    entry = STRATEGIES["random"]
    asked = entry.make(entry.settings(), context).ask(count)
    return [
        Request(
            at,
            one.candidate,
            Fidelity(float(rng.choice([0.5, 1, 2])), float(rng.choice([0.5, 1]))),
            at,
        )
        for at, one in enumerate(asked)
    ]


def work_of(evaluator: TrainingEvaluator, request: Request) -> Workload:
    """What a request's training consists of."""
    recipe = request.candidate.recipe
    available = len(evaluator.data.train_positions)
    extent = Extent.of(recipe, request.fidelity, available)
    return workload(
        request.candidate.architecture,
        SHAPE,
        recipe,
        steps=extent.total_steps,
        batch_size=extent.batch_size,
        measured=len(extent.marks()) * len(evaluator.data.validation.targets),
    )


def ranks(values: list[float]) -> np.ndarray:
    """Places in the order of size."""
    return np.argsort(np.argsort(values)).astype(float)


def summary(predicted: list[float], measured: list[float]) -> dict[str, float]:
    """Rank correlation and relative error, of what came after the calibration."""
    late, truth = predicted[CALIBRATED:], measured[CALIBRATED:]
    ratios = np.array(late) / np.array(truth)
    return {
        "rank_correlation": float(np.corrcoef(ranks(late), ranks(truth))[0, 1]),
        "median_relative_error": float(np.median(np.abs(ratios - 1))),
        "largest_ratio": float(max(ratios.max(), 1 / ratios.min())),
    }


def main() -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--samples", type=int, default=1200)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    evaluator = TrainingEvaluator(
        noise(arguments.samples), TrainingSettings(device=arguments.device, threads=1)
    )
    clocks = {"wall": time.monotonic}
    if arguments.device == "cpu":
        clocks["processor"] = time.process_time
    found: dict[str, tuple[Calibration, list[float], list[float]]] = {
        name: (Calibration(), [], []) for name in clocks
    }
    asked = requests(arguments.count + 1)
    evaluator.evaluate(asked.pop())  # the first one of a process pays for the start
    for request in asked:
        work = work_of(evaluator, request)
        before = {name: clock() for name, clock in clocks.items()}
        record = evaluator.evaluate(request)
        if not record.ok:
            continue
        for name, clock in clocks.items():
            calibration, predicted, measured = found[name]
            seconds = clock() - before[name]
            predicted.append(calibration.predict(work))
            measured.append(seconds)
            calibration.add(work, seconds)
        print(f"{request.request_id:3d} {measured[-1]:7.2f} s", file=sys.stderr)
    figures = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": torch.cuda.get_device_name()
        if arguments.device == "cuda"
        else platform.processor() or platform.machine(),
        "versions": versions(),
        "count": len(found["wall"][1]),
        "calibrated_on": CALIBRATED,
        **{name: summary(p, m) for name, (_, p, m) in found.items()},
        "points": {
            name: [[round(a, 4), round(b, 4)] for a, b in zip(p, m, strict=True)]
            for name, (_, p, m) in found.items()
        },
    }
    for name in clocks:
        print(f"{name:10s}", json.dumps(figures[name]))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(figures, indent=1) + "\n"
        ending = "-gpu" if arguments.device == "cuda" else ""
        replace_file(arguments.out / f"prediction{ending}.json", text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
