"""Analytic against measured memory of a training step, over random architectures.

Measured on the CPU: the bytes that torch's autograd keeps for the backward pass (hooks
on saved tensors, each storage once, weights left out), and weights, gradients and the
optimizer's tensors counted after a step::

    OMP_NUM_THREADS=1 nice -n 19 python benchmarks/memory.py --count 150 \
        --out docs/results/training

On a GPU (`--device cuda`) it is the peak of torch's allocator over a step in fp32, with
what kernels work in, and batches of `--batch` samples: in small ones that workspace and
the allocator's blocks outweigh the rest::

    python benchmarks/memory.py --count 150 --device cuda --batch 256 \
        --out docs/results/training
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from evonas.architecture import training_memory_bytes
from evonas.candidate import Candidate
from evonas.evaluation import Fidelity
from evonas.network import build
from evonas.population import Objective
from evonas.run import versions
from evonas.search import STRATEGIES, StrategyContext
from evonas.space import default_space
from evonas.storage.files import replace_file
from evonas.training.memory_format import channels_last, use_channels_last
from evonas.training.optimizers import make_optimizer

SHAPES = {
    "image": (3, 16, 16),
    "series": (2, 64),
    "text": (24,),
    "table": (30,),
}
OUTPUTS = 5


def candidates(modality: str, count: int) -> list[Candidate]:
    """Random ones of a modality's default space."""
    context = StrategyContext(
        space=default_space(
            modality, SHAPES[modality], vocabulary=10 if modality == "text" else 0
        ),
        input_shape=SHAPES[modality],
        outputs=OUTPUTS,
        fidelity=Fidelity(),
        objectives=(Objective("validation_accuracy", "maximise"),),
        seed=2,
    )
    entry = STRATEGIES["random"]
    strategy = entry.make(entry.settings(), context)
    return [request.candidate for request in strategy.ask(count)]


def allocated_bytes(candidate: Candidate, modality: str, samples: int) -> int:
    """The peak of a GPU's allocator over two steps: the first makes the optimizer's."""
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    network = build(candidate.architecture, SHAPES[modality], 0).train().to("cuda")
    use_channels_last(network)
    optimizer = make_optimizer(network.parameters(), candidate.recipe)
    batch = drawn(modality, samples).to("cuda")
    for _ in range(2):
        network.zero_grad(set_to_none=True)
        network(batch).square().mean().backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated() - before


def drawn(modality: str, samples: int) -> torch.Tensor:
    """A batch of noise."""
    size = (samples, *SHAPES[modality])
    if modality == "text":
        return torch.randint(0, 10, size)
    return channels_last(torch.randn(size))


def held_bytes(candidate: Candidate, modality: str, samples: int) -> int:
    """What one step of a training holds at its peak, on a CPU."""
    network = build(candidate.architecture, SHAPES[modality], 0).train()
    use_channels_last(network)
    recipe = candidate.recipe
    optimizer = make_optimizer(network.parameters(), recipe)
    batch = drawn(modality, samples)
    own = {weight.untyped_storage().data_ptr() for weight in network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = network(batch).square().mean()
    loss.backward()
    optimizer.step()
    weights = list(network.parameters())
    held = list(weights) + [w.grad for w in weights]
    for slots in optimizer.state.values():
        held += [slot for slot in slots.values() if torch.is_tensor(slot)]
    static = sum(tensor.untyped_storage().nbytes() for tensor in held)
    return static + sum(kept.values())


def main() -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    device, samples = arguments.device, arguments.batch
    measured = allocated_bytes if device == "cuda" else held_bytes
    table = {}
    for modality, shape in SHAPES.items():
        ratios = []
        for candidate in candidates(modality, arguments.count):
            cost = candidate.architecture.cost(shape)
            analytic = training_memory_bytes(cost, samples, candidate.recipe.optimizer)
            ratios.append(analytic / measured(candidate, modality, samples))
        spread = np.array(ratios)
        table[modality] = {
            "architectures": len(ratios),
            "within_20_percent": float(np.mean((spread >= 0.8) & (spread <= 1.2))),
            "smallest_ratio": float(spread.min()),
            "median_ratio": float(np.median(spread)),
            "largest_ratio": float(spread.max()),
        }
        print(f"{modality:7s}", json.dumps(table[modality]), flush=True)
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        figures = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "device": torch.cuda.get_device_name() if device == "cuda" else "CPU",
            "batch": samples,
            "versions": versions(),
            "modalities": table,
        }
        text = json.dumps(figures, indent=1) + "\n"
        name = "memory-gpu.json" if device == "cuda" else "memory.json"
        replace_file(arguments.out / name, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
