"""Readers of others' files: published tables of trained networks.

Every reader gives `Results`: cells, and for each length of training what it measured,
in our units (accuracies from 0 to 1, seconds, joules).

- `read_nasbench101`: the official tfrecord, or the compact CSV.
- `read_nasbench201`: the CSV; `nasbench201_from_api`: the official packages' object.
- `read_ecnas`: the CSV, with energy.
- `read_fcnet`, `read_nasbench_graph`: through the packages that ship them.
- `read_fcnet_hdf5`: FCNet's official files; `nashpobench2_from_api`: the official
  package's object; both give one training after the other.
- `readable_lines`: of any text, with every fault named.
- `read_records`: the frames of any tfrecord; `fields`: those of a protocol buffer.
"""

from evonas.formats.columns import Columns, read_columns
from evonas.formats.ecnas import read_ecnas
from evonas.formats.fcnet import read_fcnet
from evonas.formats.fcnet_hdf5 import FcnetTraining, read_fcnet_hdf5
from evonas.formats.lines import readable_lines
from evonas.formats.nasbench101 import read_nasbench101
from evonas.formats.nasbench201 import nasbench201_from_api, read_nasbench201
from evonas.formats.nasbench_graph import read_nasbench_graph
from evonas.formats.nashpobench2 import HpoTraining, nashpobench2_from_api
from evonas.formats.protobuf import fields
from evonas.formats.results import Results
from evonas.formats.tfrecord import read_records, write_records

__all__ = [
    "Columns",
    "FcnetTraining",
    "HpoTraining",
    "Results",
    "fields",
    "nasbench201_from_api",
    "nashpobench2_from_api",
    "read_columns",
    "read_ecnas",
    "read_fcnet",
    "read_fcnet_hdf5",
    "read_nasbench101",
    "read_nasbench201",
    "read_nasbench_graph",
    "read_records",
    "readable_lines",
    "write_records",
]
