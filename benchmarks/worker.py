"""What a worker costs: from request to first step, and memory.

First steps are those of random candidates on a warm worker (a process beside this one),
from handing the request over to the begin of the first step; their networks are built,
judged and put on the device in between. Memory is what a worker has after one training
on generated images, half of it counted to each of two workers where they share pages
(proportional set size), with the cache of decoded tasks and without::

    python benchmarks/worker.py --out docs/results/worker
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from cluster import Limits
from evonas.build import make_evaluator, make_strategy, open_workers, resolve
from evonas.config import Config, load_config
from evonas.evaluation import EvaluatorHandle, Record, Request
from evonas.run import versions
from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
FAST = ROOT / "configs" / "fashion-mnist-mini.yaml"
MIB = float(1 << 20)
#: (images, classes) of the generated tasks
SIZES = [(10_000, 10), (40_000, 10), (160_000, 10), (10_000, 100), (10_000, 1_000)]
SIDE, WORKERS = 28, 2


def first_step(evaluator: EvaluatorHandle, request: Request) -> tuple[float, Record]:
    """On the worker: when the first step began (seconds since the epoch)."""
    from evonas.training.trainer import Training

    begun: list[float] = []
    step = Training._take_step

    def noting(training: Training) -> Any:
        begun.append(time.time())
        return step(training)

    with mock.patch.object(Training, "_take_step", noting):
        record = evaluator.evaluate(request)
    return (begun[0] if begun else float("nan")), record


def measure_first_steps(config: Config, count: int) -> list[float]:
    """Seconds from each request to its first step."""
    resolved = resolve(config)
    evaluator = make_evaluator(resolved, None)
    found = []
    with open_workers(resolved) as executor:
        for ticket, request in enumerate(make_strategy(resolved).ask(count + 1)):
            asked = time.time()
            task = partial(first_step, evaluator)
            executor.submit(ticket, task, request, Limits(seconds=600))
            (completion,) = executor.wait(600)
            assert completion.failure is None, completion
            begun, record = completion.value
            if ticket and record.ok:  # the first one opens the task
                found.append(begun - asked)
    return found


def generate(path: Path, images: int, classes: int) -> None:
    """Images of noise as a user's own data."""
    rng = np.random.default_rng(0)
    labels = np.arange(images) % classes
    small = images // 10
    np.savez(
        path,
        x_train=rng.integers(0, 256, (images, SIDE, SIDE), np.uint8),
        y_train=labels,
        x_test=rng.integers(0, 256, (small, SIDE, SIDE), np.uint8),
        y_test=labels[:small],
    )


def train_one(config: Config, barrier: Any, answers: Any) -> None:
    """In a process of its own: one short training, then the memory it holds."""
    resolved = resolve(config)
    (request,) = make_strategy(resolved).ask(1)
    record = make_evaluator(resolved, None).evaluate(request)
    barrier.wait(600)  # both hold their pages
    rollup = dict(
        line.split(":", 1)
        for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    )
    kib = {name: int(text.split()[0]) for name, text in rollup.items()}
    barrier.wait(600)  # none lets go before the other has counted
    answers.put(
        {
            "outcome": record.outcome.value,
            "mib": kib["Pss"] * 1024 / MIB,
            "private_mib": (kib["Private_Clean"] + kib["Private_Dirty"]) * 1024 / MIB,
        }
    )


def memory_per_worker(path: Path, cache: str) -> dict[str, float]:
    """Means over the workers, after a first process has filled the cache."""
    config = load_config(
        ROOT / "configs" / "digits-random.yaml",
        [
            f"task={{path: {path}, cache: {cache}}}",
            "space.stem_stride=2",
            "space.limits={multiply_adds: 2000000}",
            "fidelity={epochs: 0.05}",
        ],
    )
    os.environ["OMP_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("spawn")
    found: list[dict[str, Any]] = []
    for processes in (1, WORKERS):
        barrier, answers = context.Barrier(processes), context.Queue()
        workers = [
            context.Process(target=train_one, args=(config, barrier, answers))
            for _ in range(processes)
        ]
        for worker in workers:
            worker.start()
        found = [answers.get(timeout=900) for _ in workers]
        for worker in workers:
            worker.join(60)
    return {
        name: statistics.fmean(one[name] for one in found)
        for name in ("mib", "private_mib")
    }


def report(figures: dict[str, Any]) -> str:
    """The page."""
    steps = figures["first_step_seconds"]
    median, late = 1e3 * np.quantile(steps, 0.5), 1e3 * np.quantile(steps, 0.95)
    used = figures["versions"]
    lines = [
        "# What a worker costs",
        "",
        f"From handing a request over to the begin of its first step on a warm worker "
        f"({len(steps)} random candidates of Fashion-MNIST mini, one thread): median "
        f"**{median:.0f} ms**, 95 % under {late:.0f} ms. The network is built, judged "
        "and put on the device in that time.",
        "",
        f"Memory of each of {WORKERS} workers after a training on generated images of "
        f"{SIDE} × {SIDE} pixels; shared pages are counted in equal parts:",
        "",
        "| images | classes | data | memory with the cache | without |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in figures["memory"]:
        cached, anew = row["cached"], row["anew"]
        lines.append(
            f"| {row['images']:,} | {row['classes']:,} | {row['data_mib']:.0f} MiB "
            f"| {cached['mib']:.0f} MiB | {anew['mib']:.0f} MiB |"
        )
    lines += [
        "",
        f"Python {used['python']}, torch {used['torch']}, {figures['machine']}, "
        f"{os.cpu_count()} cores, no GPU. Made by `python benchmarks/worker.py --out "
        "docs/results/worker`; raw figures in [figures.json](figures.json).",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [here, str(ROOT), os.environ.get("PYTHONPATH", "")])
    )
    sys.path.insert(0, here)
    import worker  # by its name, so that the workers find it too

    quick = ["strategy={name: random}", "fidelity={epochs: 0.02}", "workers=1"]
    steps = worker.measure_first_steps(load_config(FAST, quick), chosen.count)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for images, classes in SIZES:
            path = Path(folder) / f"images-{images}-{classes}.npz"
            generate(path, images, classes)
            rows.append(
                {
                    "images": images,
                    "classes": classes,
                    "data_mib": 1.1 * images * SIDE * SIDE / MIB,
                    "cached": memory_per_worker(path, f"{folder}/cache"),
                    "anew": memory_per_worker(path, "none"),
                }
            )
            print(json.dumps(rows[-1]), file=sys.stderr)
    figures = {
        "machine": platform.machine(),
        "versions": versions(),
        "first_step_seconds": [round(one, 5) for one in steps],
        "memory": rows,
    }
    page = report(figures)
    print(page)
    if chosen.out is not None:
        chosen.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(figures, indent=1) + "\n"
        replace_file(chosen.out / "figures.json", text.encode())
        replace_file(chosen.out / "README.md", page.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
