"""Analytic against measured memory of a training step, over random architectures.

Measured on the CPU: the bytes that torch's autograd keeps for the backward pass (hooks
on saved tensors, each storage once, weights left out), and weights, gradients and the
optimizer's tensors counted after a step::

    OMP_NUM_THREADS=1 nice -n 19 python benchmarks/memory.py --count 150 \
        --out docs/results/training
"""

from __future__ import annotations

import argparse
import json
import sys
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
BATCH, OUTPUTS = 16, 5


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


def measured_bytes(candidate: Candidate, modality: str) -> int:
    """What one step of a training holds at its peak."""
    network = build(candidate.architecture, SHAPES[modality], 0).train()
    use_channels_last(network)
    recipe = candidate.recipe
    optimizer = make_optimizer(network.parameters(), recipe)
    size = (BATCH, *SHAPES[modality])
    tokens = modality == "text"
    batch = torch.randint(0, 10, size) if tokens else channels_last(torch.randn(size))
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
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    table = {}
    for modality, shape in SHAPES.items():
        ratios = []
        for candidate in candidates(modality, arguments.count):
            cost = candidate.architecture.cost(shape)
            analytic = training_memory_bytes(cost, BATCH, candidate.recipe.optimizer)
            ratios.append(analytic / measured_bytes(candidate, modality))
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
        figures = {"batch": BATCH, "versions": versions(), "modalities": table}
        text = json.dumps(figures, indent=1) + "\n"
        replace_file(arguments.out / "memory.json", text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
