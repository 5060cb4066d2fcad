"""Tables of results: keys, queries, what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_tables import CELLS, made_up, made_up_table, real_file

from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError, DataError
from evonas.space import Limits
from evonas.tables import Table, open_table, table_from_results

seeds = st.integers(0, 2**63 - 1)


@given(st.sampled_from(CELLS[:5]), st.sampled_from((12, 200)), seeds)
def test_a_query_is_one_run_of_the_cell(ops: str, epochs: int, seed: int) -> None:
    """One that there is, the same for the same seed, with the training's seconds."""
    results = made_up()
    table = table_from_results("nasbench201", results)
    row = CELLS.index(ops)
    key = NasBench201Cell(ops).key()
    found = table.query(key, epochs, seed)
    assert found.validation in results.validation[epochs][row]
    assert found == table.query(key, epochs, seed)
    assert found.seconds == results.seconds[epochs][row]


def test_every_run_is_reached_by_some_seed() -> None:
    """And the cell with a run less never gives NaN."""
    table = made_up_table()
    for row, ops in enumerate(CELLS[:5]):
        key = NasBench201Cell(ops).key()
        found = {table.query(key, 200, seed).validation for seed in range(12)}
        assert len(found) == (2 if row == 0 else 3)


def test_isomorphic_cells_are_one() -> None:
    """Of two rows of one cell the first counts, by whichever name it is asked."""
    results = made_up(("120034", "210043"))
    table = table_from_results("nasbench201", results)
    assert len(table) == 1
    for ops in ("120034", "210043"):
        found = table.query(NasBench201Cell(ops).key(), 12, 0)
        assert found.validation == results.validation[12][0, 0]


def test_a_length_that_it_lacks_is_a_clear_error() -> None:
    """With the lengths that there are."""
    key = NasBench201Cell(CELLS[0]).key()
    with pytest.raises(ConfigError, match=r"\(12, 200 epochs\), got 100"):
        made_up_table().query(key, 100, 0)


def test_a_cell_that_it_lacks_has_no_result() -> None:
    """Asking for it by its key is the caller's fault."""
    with pytest.raises(KeyError):
        made_up_table().query(NasBench201Cell("111111").key(), 12, 0)


def test_the_space_refuses_the_cells_that_it_lacks() -> None:
    """A search draws them again."""
    table = made_up_table()
    space = table.space(Limits())
    known, unknown = (space.decode(NasBench201Cell(o)) for o in (CELLS[0], "111111"))
    assert space.refusal(known) == ""
    assert space.refusal(unknown) == "not in the table"


def test_parameters_are_the_closed_forms_whatever_the_file_says() -> None:
    """The recorded counts of 150 cells are known to be wrong."""
    table = made_up_table()
    for ops in CELLS[:5]:
        cell = NasBench201Cell(ops)
        counted = cell.architecture().cost(cell.input_shape).parameters
        assert table.parameters(cell.key()) == counted


def test_its_version_changes_with_any_number() -> None:
    """Runs over different tables never mix."""
    results = made_up()
    changed = {e: values.copy() for e, values in results.validation.items()}
    changed[12][3, 1] += 1e-9
    other = replace(results, validation=changed)
    versions = [
        table_from_results("nasbench201", one).version
        for one in (results, made_up(), other)
    ]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize(
    ("name", "row", "complaint"),
    [
        ("nasbench201", ("33x333",), "row 2: .*expected 6 digits.*damaged"),
        ("nasbench101", ("ab", "101", "0"), "row 2: expected the key nasbench101:"),
        ("nasbench_graph", ("99999999",), "row 2: .*expected a number below"),
        ("nasbench_graph", ("x",), "row 2: invalid literal"),
    ],
)
def test_a_damaged_row_is_told(name: str, row: tuple[str, ...], complaint: str) -> None:
    """With its number, and that the file is at fault."""
    good = {
        "nasbench201": ("333333",),
        "nasbench101": ("", "101", "0"),
        "nasbench_graph": ("1234",),
    }[name]
    if name == "nasbench101":
        from evonas.cells import NasBench101Cell

        good = (NasBench101Cell("101", "0").module_hash, "101", "0")
    results = replace(made_up(CELLS[:2]), rows=[good, row], source="some.csv")
    with pytest.raises(DataError, match=complaint):
        table_from_results(name, results)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nasbench2O1", None, None), "did you mean 'nasbench201'"),
        (("nasbench201", None, "cifar10"), r"task\.path: expected the file"),
        (("fcnet", "x.csv", "protein_structure"), r"task\.path: has no meaning"),
        (("fcnet", None, None), r"task\.dataset: expected the data set"),
        (("nasbench101", "x.csv", "svhn"), "expected cifar10 for nasbench101"),
    ],
)
def test_a_wrong_setting_is_told(
    arguments: tuple[str, None, str], complaint: str
) -> None:
    """By its key."""
    with pytest.raises(ConfigError, match=complaint):
        open_table(*arguments)


@pytest.fixture(scope="module")
def real() -> Table:
    """NAS-Bench-201 on CIFAR-10."""
    path = real_file("nasbench201/nasbench201_cifar.csv.gz")
    return open_table("nasbench201", path, "cifar10")


def test_the_real_optimum_can_be_found(real: Table) -> None:
    """Leaving isomorphic cells out has not lost the best cell of the literature."""
    assert len(real) == 14_125
    best = max(real.test(key, 200) or 0 for key in real.rows)
    assert best == pytest.approx(0.94373, abs=1e-5)


def test_isomorphic_rows_of_the_real_table_agree(real: Table) -> None:
    """Twice trained, they differ no more than seeds do: below a point on average."""
    path = real_file("nasbench201/nasbench201_cifar.csv.gz")
    from evonas.formats import read_nasbench201

    results = read_nasbench201(path, "cifar10")
    gaps = [
        results.test[200][row] - results.test[200][first]
        for row, (ops,) in enumerate(results.rows)
        if (first := real.rows[NasBench201Cell(ops).key()]) != row
    ]
    assert len(gaps) == 1_500
    assert np.mean(np.abs(gaps)) < 0.01
