"""Every importer by the name of its source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from minibench.importers.fcnet import FCNET
from minibench.importers.imagenet import PUBLISHED
from minibench.importers.importer import Importer
from minibench.importers.nasbench101 import ECNAS, NASBENCH101
from minibench.importers.nasbench201 import NASBENCH201
from minibench.importers.nasbench_graph import NASBENCH_GRAPH
from minibench.importers.nashpobench2 import NASHPOBENCH2
from minibench.importers.nni import NNI
from minibench.importers.rows import ROWS

#: name of a source → what reads it
IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {
        "nasbench101": NASBENCH101,
        "nasbench201": NASBENCH201,
        "ecnas": ECNAS,
        "fcnet": FCNET,
        "nas-bench-graph": NASBENCH_GRAPH,
        "nas-hpo-bench-ii": NASHPOBENCH2,
        "nni": NNI,
        "rows": ROWS,
        "published": PUBLISHED,
    }
)
