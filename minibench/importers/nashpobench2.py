"""NAS-HPO-Bench-II: cells with eight learning rates and six batch sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from evonas.architecture import Architecture, Layer
from evonas.candidate import Recipe
from evonas.cells import NasBench201Cell
from evonas.evaluation import Fidelity
from evonas.formats import HpoTraining, nashpobench2_from_api
from evonas.formats.nashpobench2 import EPOCHS
from minibench.cost import BenchCost
from minibench.importers.importer import (
    Found,
    Importer,
    ImportOptions,
    Pace,
    Progress,
    refuse_pickle,
)
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord

_PROBLEM = Problem(
    name="cifar10",
    version="nas-hpo-bench-ii",
    modality="image",
    input_shape=(3, 32, 32),
    kind="classification",
    outputs=10,
    metric="accuracy",
    direction="maximise",
)
_PROVENANCE = Provenance(
    who="Hirose, Yoshinari and Shirakawa",
    when="2021",
    source="NAS-HPO-Bench-II, https://github.com/yoichii/nashpobench2api; cite Hirose "
    "et al., ACML 2021, arXiv:2110.10165",
    licence="MIT",
)
_HAND_OVER = (
    "Load it with the official package and hand the object over: "
    "`api = nashpobench2api.NASHPOBench2API(folder)`, then "
    "`minibench.importers.import_into(database, 'nas-hpo-bench-ii', api)`"
)


def nashpobench2_architecture(ops: str) -> Architecture:
    """The network of a cell: NAS-Bench-201's, with biases outside the cells.

    Args:
        ops: of the cell, as `NasBench201Cell` has them.
    """
    plain = NasBench201Cell(ops).architecture()
    layers = [
        Layer(layer.op, {**layer.params, "bias": True}, layer.marking)
        if layer.op == "conv" and not _in_cell(layer.marking)
        else layer
        for layer in plain.layers
    ]
    return Architecture(tuple(layers), plain.edges)


def _in_cell(marking: str) -> bool:
    """Whether a layer belongs to a copy of the cell: `s0c3/e13/conv`."""
    return marking[0] == "s" and marking[1].isdigit()


def _read(source: Any, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    refuse_pickle(source, _HAND_OVER)
    total, trainings = nashpobench2_from_api(source)
    return _records(total, trainings, options, progress)


def _records(
    total: int,
    trainings: Iterator[HpoTraining],
    options: ImportOptions,
    progress: Progress,
) -> Iterator[Found]:
    pace = Pace(progress, total)
    first: BenchRecord | None = None
    ops = ""
    for training in trainings:
        if first is None or training.ops != ops:
            # the trainings of a cell come one after the other
            first, ops = _first(training.ops), training.ops
        curve = [
            {"epoch": epoch, "validation_accuracy": value}
            for epoch, value in enumerate(training.validation, 1)
        ]
        yield (
            _PROBLEM,
            first.again(
                recipe=_recipe(training.learning_rate, training.batch_size),
                metrics={
                    "validation_accuracy": training.validation[-1],
                    "test_accuracy": training.test,
                },
                cost=replace(first.cost, seconds=training.seconds),
                curve=tuple(curve) if options.curves else (),
                seed=training.seed,
            ),
        )
        pace.step()
    pace.end()


def _first(ops: str) -> BenchRecord:
    """A record of a cell's network, without its measurements."""
    architecture = nashpobench2_architecture(ops)
    return BenchRecord(
        problem=_PROBLEM.key,
        architecture=architecture,
        input_shape=_PROBLEM.input_shape,
        recipe=None,
        fidelity=Fidelity(float(EPOCHS)),
        metrics={},
        cost=BenchCost.of(architecture, _PROBLEM.input_shape),
        provenance=_PROVENANCE,
        strategy="table",
        run="nas-hpo-bench-ii",
    )


@lru_cache(maxsize=256)
def _recipe(learning_rate: float, batch_size: int) -> Recipe:
    """SGD with Nesterov's momentum along a cosine, flips and shifts by four pixels."""
    return Recipe(
        optimizer="sgd",
        learning_rate=learning_rate,
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
        schedule="cosine",
        batch_size=batch_size,
        horizontal_flip=0.5,
        shift=0.125,
    )


NASHPOBENCH2 = Importer(
    description="NAS-HPO-Bench-II: the official package's object, from Python",
    takes=("object",),
    read=_read,
    options=MappingProxyType(
        {"curves": "whether the accuracies after every epoch are taken"}
    ),
)
