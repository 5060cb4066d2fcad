"""CASP: physico-chemical properties of protein tertiary structure (UCI, P. S. Rana).

Nine features of a decoy, and how far it is from the native structure (RMSD in Å). The
table is the one of the FCNet benchmark (Klein and Hutter 2019), split 60/20/20.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from evonas.errors import DataError
from evonas.tasks.cells import Cells, read_cells
from evonas.tasks.csv_table import features
from evonas.tasks.places import data_places, missing
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import shuffled_order
from evonas.tasks.task import Task

#: fixes which rows are test rows, and which training rows the mini size has
_TEST_SEED = 20_130_331
_MINI_SEED = 20_190_513
_TEST_SHARE = 0.2
#: 60/20/20: a quarter of what the test set leaves
_VALIDATION_SHARE = 0.25
_MINI_SAMPLES = 5_000
_FEATURES = 9
#: UCI's own file names its columns and has the target first
_FILES = (
    "protein-tertiary-structure.txt.gz",
    "protein-tertiary-structure.txt",
    "CASP.csv",
    "CASP.csv.gz",
)
_HOW = (
    "Get CASP.csv (45,730 rows) from https://archive.ics.uci.edu/dataset/265, or a "
    "table with the nine features and the RMSD in the last column as "
    "protein-tertiary-structure.txt"
)


def protein(settings: TaskSettings) -> Task:
    """45,730 decoys: nine features → RMSD; by default 60/20/20 as FCNet has it.

    The mini size has 5,000 of the training rows, always the same, and the whole test
    set.

    Raises:
        DataError: the table is nowhere, or is not this one.
    """
    places = data_places(settings.directory, "protein", "")
    found = [place / name for place in places for name in _FILES]
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        raise missing("protein", f"one of {', '.join(_FILES)}", places, _HOW)
    cells = read_cells(path)
    place = _target_place(cells, path)
    names, inputs = features(cells, leave_out=place)
    targets = cells.numbers(place)
    if targets is None or len(names) != _FEATURES:
        raise DataError(
            f"{path}: expected {_FEATURES} columns of numbers beside the target, got "
            f"texts in one of them"
        )
    order = shuffled_order(len(cells), np.random.default_rng(_TEST_SEED))
    count = round(len(order) * _TEST_SHARE)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    task = Task.from_arrays(
        inputs[train],
        targets[train],
        inputs[test],
        targets[test],
        metric="rmse",
        name="protein",
        modality="table",
    )
    task = replace(
        task,
        features=names,
        validation_share=_VALIDATION_SHARE,
        licence="CC BY 4.0",
        source="https://archive.ics.uci.edu/dataset/265",
    )
    return task.reduced(_MINI_SAMPLES, _MINI_SEED) if settings.size == "mini" else task


def _target_place(cells: Cells, path: Path) -> int:
    """The target is the column RMSD, or the last one where columns have no names."""
    if len(cells.names) != _FEATURES + 1:
        raise DataError(
            f"{path}, line {cells.lines[0]}: expected {_FEATURES + 1} columns, got "
            f"{len(cells.names)}"
        )
    if not cells.named:
        return _FEATURES
    if "RMSD" not in cells.names:
        raise DataError(
            f"{path}, line 1: expected a column RMSD, got {', '.join(cells.names)}"
        )
    return cells.names.index("RMSD")
