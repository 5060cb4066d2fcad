"""NAS-Bench-Graph: graph networks of four operations, from the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from evonas.cells import NasBenchGraphCell
from evonas.formats import read_nasbench_graph
from minibench.importers.importer import (
    PARTS,
    Found,
    Importer,
    ImportOptions,
    Progress,
    known_dataset,
)
from minibench.importers.table import Origin, table_records
from minibench.problems import Problem
from minibench.provenance import Provenance

#: data set → features of a node, classes; as PyTorch Geometric and OGB ship them
_DATASETS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "cora": (1433, 7),
        "citeseer": (3703, 6),
        "pubmed": (500, 3),
        "cs": (6805, 15),
        "physics": (8415, 5),
        "photo": (745, 8),
        "computers": (767, 10),
        "arxiv": (128, 40),
        "proteins": (8, 112),
    }
)


def _read(source: None, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    dataset = known_dataset(options.dataset, _DATASETS, "import nas-bench-graph")
    features, classes = _DATASETS[dataset]
    origin = Origin(
        name=f"nas-bench-graph {dataset}, means of three runs",
        problem=Problem(
            name=dataset,
            version="nas-bench-graph",
            modality="table",
            input_shape=(features,),
            kind="classification",
            outputs=classes,
            # OGB's proteins are 112 yes-or-no questions, judged by the area under ROC
            metric="roc_auc" if dataset == "proteins" else "accuracy",
            direction="maximise",
            plausible=(0.0, 1.0),
        ),
        provenance=Provenance(
            who="Qin et al., Tsinghua University",
            when="2022",
            source="NAS-Bench-Graph, https://github.com/THUMNLab/NAS-Bench-Graph, PyPI "
            "nas-bench-graph; cite Qin et al., NeurIPS 2022, arXiv:2206.09166",
            licence="Apache-2.0",
        ),
        cell_of=lambda row: NasBenchGraphCell.of_hash(int(row[0])),
    )
    return table_records(read_nasbench_graph(dataset), origin, progress, options)


NASBENCH_GRAPH = Importer(
    description="NAS-Bench-Graph: from the PyPI package nas-bench-graph",
    takes=("package",),
    read=_read,
    options=MappingProxyType(
        {"dataset": f"the data set: one of {', '.join(_DATASETS)}", **PARTS}
    ),
    needs=("dataset",),
)
