"""Candidates an hour: this training engine against the loop that one usually writes.

The same random candidates, trained at the same fidelity in several ways, each adding
one thing to the one before:

- `usual`: torch's DataLoader with two workers, a Python function a sample that
  normalises, mirrors and shifts it, fp32, one candidate at a time, torch's own threads
- `resident`: data on the device, batches cut and augmented there
- `channels_last`: the memory format that convolutions prefer
- `fused`: fused optimizers
- on a GPU `precision` (bf16 or fp16, as it has hardware for) and `cuda_graphs`
- `at_once_<n>`: so many candidates at once in processes of one thread each: on a CPU
  as many as there are cores, on a GPU `--processes`

Command, on a CPU and on a GPU::

    python benchmarks/engine.py --count 50 --out docs/results/engine
    python benchmarks/engine.py --count 50 --device cuda --processes 2 4 8 \
        --out docs/results/engine-gpu

`--set` changes the configuration, for a machine without Fashion-MNIST for example::

    --set task='{path: images.npz}'
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from rich.progress import track
from torch import nn
from torch.utils.data import DataLoader, Dataset

from cluster import Limits
from evonas.build import make_evaluator, make_strategy, open_workers, resolve
from evonas.candidate import Recipe
from evonas.config import Config, load_config
from evonas.evaluation import Record, Request
from evonas.network import build
from evonas.run import versions
from evonas.storage.files import replace_file
from evonas.tasks import Task
from evonas.tasks.statistics import input_scale
from evonas.training import evaluator as evaluator_module
from evonas.training import trainer as trainer_module
from evonas.training.optimizers import set_rate
from evonas.training.schedule import rate_factor

ROOT = Path(__file__).parent.parent
CORES = os.cpu_count() or 1
LIMITS = Limits(seconds=600)
#: augmentation that both can do: mirroring and shifting; rates that mostly learn
CHANGES = [
    "strategy={name: random}",
    "space.recipe.learning_rate={low: 0.003, high: 0.1, log: true}",
    "space.recipe.cutout=0.0",
    "space.recipe.scaling=0.0",
]


#: seconds for all candidates, and the validation accuracy of each
Result = tuple[float, list[float]]


class Samples(Dataset[tuple[torch.Tensor, int]]):
    """What a tutorial writes: one sample at a time, transformed in Python."""

    def __init__(
        self,
        task: Task,
        positions: np.ndarray[Any, Any],
        scale: tuple[float, float],
        recipe: Recipe | None,
    ) -> None:
        self.images = task.x_train[positions]
        self.labels = task.y_train[positions]
        self.scale = scale
        self.recipe = recipe

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.images[index].copy()).float().unsqueeze(0)
        image = (image - self.scale[0]) / self.scale[1]
        if self.recipe is not None:
            if torch.rand(()) < self.recipe.horizontal_flip:
                image = image.flip(2)
            reach = round(self.recipe.shift * image.shape[1])
            if reach:
                dark = -self.scale[0] / self.scale[1]
                image = nn.functional.pad(image, [reach] * 4, value=dark)
                down, right = (int(torch.randint(2 * reach + 1, ())) for _ in "xy")
                side = self.images.shape[1]
                image = image[:, down : down + side, right : right + side]
        return image, int(self.labels[index])


def usual(task: Task, config: Config, device: str, request: Request) -> float:
    """Train one candidate the usual way; its validation accuracy."""
    recipe, fidelity = request.candidate.recipe, request.fidelity
    splits = task.split(config.task.split_seed, config.task.validation_share)
    found = input_scale(task, splits.train)
    scale = (found.mean[0], found.std[0])
    pool = splits.train[: round(fidelity.data_share * len(splits.train))]
    torch.manual_seed(request.seed % 2**31)
    network = build(request.candidate.architecture, task.input_shape, request.seed)
    network.to(device)
    optimizer: torch.optim.Optimizer
    if recipe.optimizer == "sgd":
        optimizer = torch.optim.SGD(
            network.parameters(),
            recipe.learning_rate,
            recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )
    else:
        optimizer = torch.optim.AdamW(
            network.parameters(),
            recipe.learning_rate,
            betas=(recipe.momentum, 0.999),
            weight_decay=recipe.weight_decay,
        )
    loader = DataLoader(
        Samples(task, pool, scale, recipe),
        recipe.batch_size,
        shuffle=True,
        num_workers=2,
        drop_last=True,
        pin_memory=device == "cuda",
    )
    loss_function = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    steps, step = round(fidelity.epochs * len(loader)), 0
    network.train()
    while step < steps:
        for inputs, targets in loader:
            factor = rate_factor(recipe, step, steps, len(loader))
            set_rate(optimizer, recipe.learning_rate * factor)
            optimizer.zero_grad()
            outputs = network(inputs.to(device, non_blocking=True))
            loss = loss_function(outputs, targets.to(device, non_blocking=True))
            loss.backward()
            optimizer.step()
            loss.item()
            step += 1
            if step == steps:
                break
    network.eval()
    right = 0
    with torch.no_grad():
        validation = Samples(task, splits.validation, scale, None)
        for inputs, targets in DataLoader(validation, 128, num_workers=2):
            found = network(inputs.to(device)).argmax(1)
            right += int((found == targets.to(device)).sum())
    return right / len(splits.validation)


@contextmanager
def without(*, channels_last: bool, fused: bool) -> Iterator[None]:
    """The engine in this process with some of it switched off."""

    def plain(parameters: Any, recipe: Recipe) -> torch.optim.Optimizer:
        optimizer = make(parameters, recipe)
        for group in optimizer.param_groups:
            group["fused"] = None
        return optimizer

    make = trainer_module.make_optimizer
    changed = {
        (evaluator_module, "use_channels_last"): (channels_last, lambda network: None),
        (trainer_module, "make_optimizer"): (fused, plain),
    }
    patches = [
        mock.patch.object(*place, instead)
        for place, (kept, instead) in changed.items()
        if not kept
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def one_at_a_time(
    name: str, requests: Sequence[Request], train: Callable[[Request], float]
) -> Result:
    """Seconds for all of them after one as warm-up, and their accuracies."""
    train(requests[0])
    started = time.perf_counter()
    found = [train(one) for one in track(requests, name, transient=True)]
    return time.perf_counter() - started, found


def at_once(config: Config, requests: Sequence[Request]) -> Result:
    """The engine as it is: as many workers as the settings say, one thread each."""
    resolved = resolve(config)
    evaluator = make_evaluator(resolved, None)
    found: dict[int, float] = {}
    with open_workers(resolved) as executor:
        for ticket in range(config.workers):
            first = requests[ticket % len(requests)]
            executor.submit(ticket, evaluator.evaluate, first, LIMITS)
        done = 0
        while done < config.workers:
            done += len(executor.wait(60))
        started = time.perf_counter()
        waiting = list(enumerate(requests))
        flying = 0
        while waiting or flying:
            while waiting and flying < executor.capacity:
                ticket, request = waiting.pop(0)
                executor.submit(ticket, evaluator.evaluate, request, LIMITS)
                flying += 1
            for completion in executor.wait(600):
                found[completion.ticket] = accuracy(completion.value)
                flying -= 1
    seconds = time.perf_counter() - started
    return seconds, [found[place] for place in range(len(requests))]


def accuracy(record: Record) -> float:
    """Of a record; a failed training is worth chance."""
    return record.metrics["validation_accuracy"] if record.ok else 0.1


def interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % bootstrap interval, in points."""
    values = 100 * np.array(differences)
    rng = np.random.default_rng(0)
    means = rng.choice(values, (10_000, len(values))).mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def parsed() -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--processes", type=int, nargs="+", help="at once; the cores when left out"
    )
    parser.add_argument("--set", action="append", default=[], help="key=value")
    parser.add_argument("--out", type=Path, help="folder of the results")
    return parser.parse_args()


def main() -> int:
    """The command line."""
    arguments = parsed()
    device, count = arguments.device, arguments.count
    path = ROOT / "configs" / "fashion-mnist-mini.yaml"

    def settings(*changes: str) -> Config:
        device_first = [*CHANGES, f"device={device}", *arguments.set]
        return load_config(path, [*device_first, *changes])

    config = settings()
    resolved = resolve(config)
    requests = make_strategy(resolved).ask(count)
    task = resolved.task

    def engine(*changes: str) -> Callable[[Request], float]:
        serial = settings("workers=0", f"threads={CORES}", *changes)
        evaluator = make_evaluator(resolve(serial), None)
        return lambda request: accuracy(evaluator.evaluate(request))

    torch.set_num_threads(CORES)
    results: dict[str, Result] = {}
    results["usual"] = one_at_a_time(
        "usual", requests, partial(usual, task, config, device)
    )
    plain = engine("precision=fp32")
    for name, channels_last, fused in (
        ("resident", False, False),
        ("channels_last", True, False),
        ("fused", True, True),
    ):
        with without(channels_last=channels_last, fused=fused):
            results[name] = one_at_a_time(name, requests, plain)
    best: tuple[str, ...] = ()
    if device == "cuda":
        results["precision"] = one_at_a_time("precision", requests, engine())
        best = ("cuda_graphs=true",)
        results["cuda_graphs"] = one_at_a_time("graphs", requests, engine(*best))
    for processes in arguments.processes or [CORES]:
        several = settings(f"workers={processes}", *best)
        results[f"at_once_{processes}"] = at_once(several, requests)
    facts = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(device),
        "task": task.name,
        "count": count,
        "command": f"python benchmarks/engine.py {shlex.join(sys.argv[1:])}",
        "versions": versions(),
    }
    table = report(results, facts)
    print(table)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        replace_file(arguments.out / "README.md", table.encode())
        figures = {
            name: {"seconds": seconds, "validation_accuracy": found}
            for name, (seconds, found) in results.items()
        }
        text = json.dumps({**facts, "figures": figures}) + "\n"
        replace_file(arguments.out / "figures.json", text.encode())
    return 0


def machine(device: str) -> str:
    """What it was measured on."""
    cores = f"{CORES} {platform.machine()} CPU cores"
    if device == "cpu":
        return f"{cores}, no GPU used"
    return f"{torch.cuda.get_device_name()}, {cores}"


def words(name: str) -> str:
    """A way of training, for people."""
    if name.startswith("at_once_"):
        return f"{name.removeprefix('at_once_')} candidates at once, one thread each"
    return {
        "usual": "usual loop: DataLoader with 2 workers, a function a sample",
        "resident": "data on the device, batches made there",
        "channels_last": "channels-last",
        "fused": "fused optimizers",
        "precision": "numbers of 16 bits in forward passes",
        "cuda_graphs": "CUDA graphs",
    }[name]


def report(results: dict[str, Result], facts: dict[str, Any]) -> str:
    """The page of the results."""
    count = facts["count"]
    base, accuracies = results["usual"]
    lines = [
        "# Candidates an hour: the engine against the usual loop",
        "",
        f"{count} random candidates of `configs/fashion-mnist-mini.yaml` on "
        f"{facts['task']} (mirroring and shifting as augmentation), one after the "
        "other unless it says otherwise; each line adds one thing to the line above, "
        "but of several at once more of them. *Accuracy* is how far the "
        "validation accuracy is above the usual loop's, mean over the candidates, in "
        "points, with a 95 % bootstrap interval; no two lines draw the same numbers.",
        "",
        "| | candidates an hour | times the usual | times the line above | accuracy |",
        "|---|---|---|---|---|",
    ]
    before = base
    for name, (seconds, found) in results.items():
        mean, low, high = interval(
            [a - b for a, b in zip(found, accuracies, strict=True)]
        )
        usual_line = name == "usual"
        ahead = "" if usual_line else f"{mean:+.2f} [{low:.2f}, {high:.2f}]"
        step = "" if usual_line else f"{before / seconds:.2f}"
        lines.append(
            f"| {words(name)} | {3600 * count / seconds:,.0f} | {base / seconds:.2f} "
            f"| {step} | {ahead} |"
        )
        before = seconds
    used = ", ".join(f"{key} {value}" for key, value in facts["versions"].items())
    lines += [
        "",
        f"{facts['date']}; {facts['machine']}; {used}.",
        "",
        f"    {facts['command']}",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
