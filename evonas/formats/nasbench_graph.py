"""NAS-Bench-Graph through the package `nas-bench-graph`.

A row of the results is (number,), the table's own number of the architecture as text.
The package has mean accuracies over three runs and no times of training.
"""

from __future__ import annotations

import numpy as np

from evonas.errors import DataError
from evonas.formats.packages import load_package
from evonas.formats.results import Results

DATASETS = (
    "cora",
    "citeseer",
    "pubmed",
    "cs",
    "physics",
    "photo",
    "computers",
    "arxiv",
    "proteins",
)
#: every architecture is trained to its end, whatever the epochs: a length of its own
EPOCHS = 1


def read_nasbench_graph(dataset: str) -> Results:
    """All architectures on one data set.

    The length of training differs between the data sets; here it is one epoch, a whole
    training.

    Args:
        dataset: one of `DATASETS`.

    Raises:
        DataError: the package is missing or another version, or there is no such set.
    """
    package = load_package("nas_bench_graph", "nas-bench-graph")
    if dataset not in DATASETS:
        raise DataError(
            f"task.dataset: expected one of {', '.join(DATASETS)}, got {dataset!r}"
        )
    table = package.light_read(dataset)
    try:
        columns = {
            name: np.array([float(entry[name]) for entry in table.values()])
            for name in ("valid_perf", "perf", "latency", "para")
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise DataError(
            "nas-bench-graph: expected a table as of version 1.4.0, got something else "
            f"({type(error).__name__}: {error}); install that version"
        ) from error
    return Results(
        source="nas-bench-graph",
        dataset=dataset,
        rows=[(str(number),) for number in table],
        validation={EPOCHS: columns["valid_perf"][:, None]},
        test={EPOCHS: columns["perf"]},
        measures={"latency_seconds": {EPOCHS: columns["latency"]}},
        parameters=columns["para"] * 1e6,
    )
