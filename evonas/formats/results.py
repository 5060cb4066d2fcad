"""What a file of results holds, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: length of training in epochs → a row for each cell
ByEpochs = Mapping[float, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Results:
    """Measurements of cells; NaN where one was not taken.

    Attributes:
        source: file or package, for messages.
        dataset: that the cells were trained on.
        rows: what each cell is, by its place; every format says how.
        validation: of each row and run, (rows, runs).
        seconds: of one training of each row, (rows,); none: the source has no times.
        test: mean over the runs, (rows,); none: the source has no test.
        runs: what is known of single runs, by name (`test`, `seconds`, or one of
            `measures`), placed as in `validation`, (rows, runs).
        seeds: of the runs; empty: not told.
        measures: further ones by name, in the unit that the name tells, (rows,).
        parameters: as the source counts them, (rows,); empty: it does not.
    """

    source: str
    dataset: str
    rows: Sequence[tuple[str, ...]]
    validation: ByEpochs
    seconds: ByEpochs = field(default_factory=dict)
    test: ByEpochs = field(default_factory=dict)
    measures: Mapping[str, ByEpochs] = field(default_factory=dict)
    runs: Mapping[str, ByEpochs] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    parameters: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
