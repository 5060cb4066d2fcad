"""NAS-Bench-Graph's cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.cells import NasBenchGraphCell, cell_from_json
from evonas.cells.nasbench_graph import LINKS, OPERATIONS
from evonas.errors import ArchitectureError

cells = st.builds(
    NasBenchGraphCell,
    st.sampled_from(LINKS),
    st.text("012345678", min_size=4, max_size=4).filter(lambda ops: ops != "8888"),
)


@given(cells)
def test_a_cell_survives_its_json_form_and_can_be_written_down(
    cell: NasBenchGraphCell,
) -> None:
    """The architecture has the four operations, though nothing can build them."""
    assert cell_from_json(cell.to_json()) == cell
    ops = [layer.op for layer in cell.architecture().layers]
    assert sum(op == "identity" for op in ops) == cell.ops.count("8")
    assert len(cell.architecture().fingerprint()) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("0000", "0123"), ("0000", "3210")),  # siblings have no order
        (("0012", "0123"), ("0012", "1032")),  # two chains change places
        (("0123", "8801"), ("0123", "0188")),  # a skip may stand anywhere in a chain
        (("0111", "0128"), ("0111", "0812")),  # an output of the first node itself
    ],
)
def test_cells_that_compute_the_same_share_a_key(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    """Order of siblings and places of skips do not matter."""
    assert NasBenchGraphCell(*one).key() == NasBenchGraphCell(*other).key()


def test_keys_agree_with_the_packages_own_numbers() -> None:
    """Every cell of the package has a key of its own, and every cell is one of them."""
    package = pytest.importorskip(
        "nas_bench_graph", reason="nas-bench-graph is not installed"
    )
    numbers = {
        NasBenchGraphCell.of_hash(number).key(): number
        for number in package.light_read("cora")
    }
    assert len(numbers) == 26_206
    rng = np.random.default_rng(0)
    for _ in range(200):
        link = LINKS[rng.integers(len(LINKS))]
        ops = [int(op) for op in rng.integers(0, 9, 4)]
        if ops == [8] * 4:
            continue
        arch = package.Arch([*map(int, link)], [OPERATIONS[op] for op in ops])
        cell = NasBenchGraphCell(link, "".join(map(str, ops)))
        assert numbers[cell.key()] == arch.valid_hash()


@pytest.mark.parametrize(
    ("link", "ops", "complaint"),
    [
        ("0124", "0000", "link: expected four digits"),
        ("012", "0000", "link: expected four digits"),
        ("0123", "0009", "ops: expected four digits"),
        ("0123", "8888", "nothing but skip"),
    ],
)
def test_what_is_no_cell_is_refused(link: str, ops: str, complaint: str) -> None:
    """Each with its reason."""
    with pytest.raises(ArchitectureError, match=complaint):
        NasBenchGraphCell(link, ops)


def test_a_number_beyond_the_space_is_refused() -> None:
    """It is no cell's."""
    with pytest.raises(ArchitectureError, match="expected a number below 90000"):
        NasBenchGraphCell.of_hash(90_000)
