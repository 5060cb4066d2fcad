"""The same network with fewer channels."""

from __future__ import annotations

from architecture_strategies import architectures
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import convolutional, layer

from evonas.architecture import Architecture, Shape, scaled_width


@settings(max_examples=60, deadline=None)
@given(architectures(), st.floats(0.05, 2.0))
def test_any_width_is_a_network_of_the_same_outputs(
    drawn: tuple[Architecture, Shape], factor: float
) -> None:
    """Whatever kinds, groups and merges it has."""
    architecture, shape = drawn
    scaled = scaled_width(architecture, factor)
    end = architecture.order()[-1]
    assert scaled.shapes(shape)[end] == architecture.shapes(shape)[end]
    assert scaled.edges == architecture.edges
    for one, other in zip(architecture.layers, scaled.layers, strict=True):
        assert (one.op, one.marking) == (other.op, other.marking)


def test_half_the_width_is_half_the_filters() -> None:
    """The head keeps its units."""
    half = scaled_width(convolutional(filters=12), 0.5)
    assert half == convolutional(filters=6)
    assert scaled_width(half, 1) is half


def test_widths_stay_multiples_of_the_groups() -> None:
    """A quarter of eight filters in groups of four is four."""
    grouped = [
        layer("conv", filters=8),
        layer("conv", filters=8, groups=4),
        layer("global_pool"),
        layer("dense", units=3),
    ]
    scaled = scaled_width(Architecture.chain(grouped), 0.25)
    assert [each.params.get("filters") for each in scaled.layers[1:3]] == [4, 4]


def test_a_dense_block_grows_by_less() -> None:
    """One that gives the output keeps what it adds and what it reads."""
    block = layer("dense_block", layers=2, growth=8)
    headed = [block, layer("global_pool"), layer("dense", units=3)]
    scaled = scaled_width(Architecture.chain(headed), 0.5)
    assert scaled.layers[1].params["growth"] == 4
    bare = Architecture.chain([layer("conv", filters=6), block])
    assert scaled_width(bare, 0.5) == bare


def test_what_a_truncation_of_the_output_reads_keeps_its_width() -> None:
    """It gives no more channels than it reads."""
    cut = [layer("conv", filters=6), layer("conv", filters=4)]
    bare = Architecture.chain([*cut, layer("truncate", filters=4)])
    scaled = scaled_width(bare, 0.5)
    assert [each.params.get("filters") for each in scaled.layers[1:4]] == [3, 4, 4]
