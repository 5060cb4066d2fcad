"""What differs between two constraint sets."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evonas.space import ConstraintSet, FloatRange
from evonas.space.text_form import from_values
from minibench.constraint_changes import changes, reweighted

kernels = st.lists(st.sampled_from((1, 3, 5, 7)), min_size=1, unique=True).map(sorted)
made = st.builds(
    lambda kernel, blocks, mode: ConstraintSet(
        {block: {"kernel": from_values(kernel)} for block in blocks}, mode=mode
    ),
    kernels,
    st.sets(st.sampled_from(("conv", "mbconv")), min_size=1),
    st.sampled_from(("hard", "soft")),
)


@given(made, made)
def test_what_joins_one_way_goes_the_other_way(
    old: ConstraintSet, new: ConstraintSet
) -> None:
    """And nothing differs exactly where the sets allow the same."""
    there = {one.place: one for one in changes(old, new)}
    back = {one.place: one for one in changes(new, old)}
    assert there.keys() == back.keys()
    for place, one in there.items():
        assert one.added == back[place].removed
        assert one.removed == back[place].added
    assert (not there) == (old == new)


def test_values_blocks_and_ranges_are_told() -> None:
    """Of a block that joins its fields are not told."""
    old = ConstraintSet(
        {"conv": {"kernel": from_values((3, 5)), "filters": from_values((8,))}},
        recipe={"momentum": FloatRange(0.5, 0.9)},
    )
    new = ConstraintSet(
        {
            "conv": {"kernel": from_values((5, 7))},
            "mbconv": {"kernel": from_values((3,))},
        },
        recipe={"momentum": FloatRange(0.7, 0.9)},
        mode="soft",
        outside=0.3,
    )
    assert [str(one) for one in changes(old, new)] == [
        "mode: + soft, - hard",
        f"outside: + 0.3, - {old.outside:g}",
        "blocks: + mbconv",
        "blocks.conv.kernel: + 7, - 3",
        "blocks.conv.filters: + anything, - 8",
        "recipe.momentum: + 0.7 to 0.9, - 0.5 to 0.9",
    ]
    assert changes(old, replace(old, provenance={"x": 1})) == []
    weighed = replace(old, weights={"blocks.conv.kernel": {3: 0.5, 5: 0.5}})
    assert changes(old, weighed) == []
    assert reweighted(old, weighed) == ["blocks.conv.kernel"]
    assert changes(ConstraintSet(), new)[2].removed == ("anything",)
