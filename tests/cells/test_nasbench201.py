"""NAS-Bench-201's cells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.cells import NasBench201Cell, cell_from_json
from evonas.errors import ArchitectureError

operations = st.text("01234", min_size=6, max_size=6)
cells = st.builds(NasBench201Cell, operations, st.sampled_from((10, 100, 120)))


@given(cells)
def test_a_cell_survives_its_json_form_and_its_official_string(
    cell: NasBench201Cell,
) -> None:
    """Both ways give the cell again."""
    assert cell_from_json(cell.to_json()) == cell
    assert NasBench201Cell.from_string(cell.name, cell.classes) == cell


@given(operations)
@settings(max_examples=25)
def test_parameters_follow_the_closed_form(ops: str) -> None:
    """Also where `none` cuts convolutions off: the table's networks have them."""
    cell = NasBench201Cell(ops)
    expected = 73_306 + 243_040 * ops.count("3") + 28_000 * ops.count("2")
    assert cell.architecture().cost(cell.input_shape).parameters == expected


def swapped(ops: str) -> str:
    """The cell with nodes 1 and 2 renumbered; a cell only without edge 1-2."""
    return "".join(ops[place] for place in (1, 0, 2, 3, 5, 4))


@given(operations)
@settings(max_examples=20)
def test_isomorphic_cells_share_key_and_fingerprint(ops: str) -> None:
    """Nodes 1 and 2 may change places where no edge lies between them."""
    ops = ops[:2] + "0" + ops[3:]
    first, second = NasBench201Cell(ops), NasBench201Cell(swapped(ops))
    assert first.key() == second.key()
    assert first.architecture().fingerprint() == second.architecture().fingerprint()


@given(operations, operations)
@settings(max_examples=25)
def test_cells_of_other_keys_have_other_fingerprints(one: str, other: str) -> None:
    """The key is as fine as the architecture."""
    first, second = NasBench201Cell(one), NasBench201Cell(other)
    same = first.architecture().fingerprint() == second.architecture().fingerprint()
    assert same == (first.key() == second.key())


def test_so_many_cells_are_different() -> None:
    """15,625 strings, 14,125 of them up to isomorphism."""
    digits = "01234"
    keys = set()
    for number in range(5**6):
        ops = "".join(digits[number // 5**place % 5] for place in range(6))
        keys.add(NasBench201Cell(ops).key())
    assert len(keys) == 14_125


def test_the_data_set_decides_the_head_alone() -> None:
    """CIFAR-100's networks have 90 more outputs of 65 parameters."""
    small, large = (NasBench201Cell("333333", n) for n in (10, 100))
    counts = [c.architecture().cost(c.input_shape).parameters for c in (small, large)]
    assert counts[1] - counts[0] == 90 * 65
    assert small.key() != large.key()


@pytest.mark.parametrize("ops", ["33333", "3333333", "33333x", "333335", 333333, None])
def test_anything_else_is_refused(ops: object) -> None:
    """With what was expected."""
    with pytest.raises(ArchitectureError, match="expected 6 digits from 0 to 4"):
        NasBench201Cell(ops)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("|none~0|", r"expected \|op~0\|"),
        ("|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", r"expected \|op~0\|"),
        ("|magic~0|+|none~0|none~1|+|none~0|none~1|none~2|", "operations of none"),
    ],
)
def test_a_wrong_string_is_refused(text: str, complaint: str) -> None:
    """Wrong sources, too few edges, an unknown operation."""
    with pytest.raises(ArchitectureError, match=complaint):
        NasBench201Cell.from_string(text)
