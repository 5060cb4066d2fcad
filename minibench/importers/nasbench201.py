"""NAS-Bench-201, also known as the topology space of NATS-Bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evonas.architecture import Shape
from evonas.cells import NasBench201Cell
from evonas.errors import DataError
from evonas.formats import nasbench201_from_api, read_nasbench201
from minibench.importers.importer import (
    PARTS,
    Found,
    Importer,
    ImportOptions,
    Progress,
    known_dataset,
    refuse_pickle,
)
from minibench.importers.table import Origin, table_records
from minibench.problems import Problem
from minibench.provenance import Provenance

#: data set → name of the problem, classes, shape of a sample
_DATASETS: Mapping[str, tuple[str, int, Shape]] = MappingProxyType(
    {
        "cifar10": ("cifar10", 10, (3, 32, 32)),
        "cifar100": ("cifar100", 100, (3, 32, 32)),
        "ImageNet16-120": ("imagenet16-120", 120, (3, 16, 16)),
    }
)
_PICKLES = (".pth", ".pickle", ".pkl", ".pbz2", ".pickle.pbz2")


def _origin(dataset: str) -> Origin:
    name, classes, shape = _DATASETS[dataset]
    return Origin(
        name=f"nasbench201 {dataset}",
        problem=Problem(
            name=name,
            version="nasbench201",
            modality="image",
            input_shape=shape,
            kind="classification",
            outputs=classes,
            metric="accuracy",
            direction="maximise",
        ),
        provenance=Provenance(
            who="Dong and Yang",
            when="2020",
            source="NAS-Bench-201, https://github.com/D-X-Y/NATS-Bench; cite Dong and "
            "Yang, ICLR 2020, arXiv:2001.00326",
            licence="MIT",
        ),
        cell_of=lambda row: NasBench201Cell(row[0], classes),
        # CIFAR-10 alone is tested after another training, on all 50,000 images
        test="retrained_test" if dataset == "cifar10" else "test",
    )


def _read(source: Any, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    dataset = known_dataset(options.dataset, _DATASETS, "import nasbench201")
    if isinstance(source, str | Path):
        path = Path(source)
        # the newer package's files are folders of pickles
        if path.suffix in _PICKLES or path.is_dir():
            refuse_pickle(path, _HAND_OVER)
        results = read_nasbench201(path, dataset)
    elif source is None:
        raise DataError(
            "import nasbench201: expected a CSV or an object of the official packages, "
            "got nothing"
        )
    else:
        results = nasbench201_from_api(source, dataset)
    return table_records(results, _origin(dataset), progress, options)


_HAND_OVER = (
    "Load it with the official package and hand the object over: "
    "`api = nats_bench.create(path, 'tss')`, then "
    "`minibench.importers.import_into(database, 'nasbench201', api, dataset='cifar10')`"
)

NASBENCH201 = Importer(
    description="NAS-Bench-201: a CSV of its cells, or the official packages' object",
    takes=("file", "object"),
    read=_read,
    options=MappingProxyType(
        {"dataset": f"the data set: one of {', '.join(_DATASETS)}", **PARTS}
    ),
    needs=("dataset",),
)
