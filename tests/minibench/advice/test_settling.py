"""Nothing that the best use goes before two reclassifications agree."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.space import Choice, ConstraintSet, FloatRange, Ordinal
from evonas.space.text_form import from_values
from minibench.advice.settling import Removal, settled
from minibench.class_sets import Item

BLOCKS, MERGES = ("conv", "dense", "mbconv"), ("sum", "concat")
KERNELS, OPTIMIZERS = (1, 3, 5, 7), ("sgd", "adamw")


def some(values: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    """One or more of them, in their order."""
    found = st.sets(st.sampled_from(values), min_size=1)
    return found.map(lambda kept: [one for one in values if one in kept])


@st.composite
def sets(draw: st.DrawFn) -> ConstraintSet:
    """Blocks with a field, merges, a recipe with a range, choices of cells."""
    low = draw(st.sampled_from((1e-4, 1e-3, 1e-2)))
    high = draw(st.sampled_from((2e-2, 5e-2, 1e-1)))
    return ConstraintSet(
        {
            block: {"kernel": from_values(draw(some(KERNELS)))}
            for block in draw(some(BLOCKS))
        },
        from_values(draw(some(MERGES))),
        {
            "optimizer": from_values(draw(some(OPTIMIZERS))),
            "learning_rate": FloatRange(low, high, log=True),
        },
        choices={"op1": from_values(draw(some(("skip", "conv", "pool"))))},
    )


items: st.SearchStrategy[Item] = st.one_of(
    st.sampled_from(BLOCKS).map(lambda one: ("blocks", one)),
    st.tuples(
        st.sampled_from(BLOCKS).map(lambda one: f"blocks.{one}"),
        st.just("kernel"),
        st.sampled_from(KERNELS),
    ),
    st.sampled_from(MERGES).map(lambda one: ("merges", one)),
    st.sampled_from(OPTIMIZERS).map(lambda one: ("recipe", "optimizer", one)),
    st.sampled_from((5e-4, 5e-3, 7e-2)).map(
        lambda one: ("recipe", "learning_rate", one)
    ),
    st.sampled_from(("skip", "conv")).map(lambda one: ("choices", "op1", one)),
)


def whole(found: list[Item]) -> list[Item]:
    """Whoever uses a field of a block uses the block."""
    places = [str(one[0]).split(".") for one in found]
    return [*found, *(("blocks", p[1]) for p in places if len(p) > 1)]


uses = st.lists(items, max_size=6).map(whole)


def inside(made: ConstraintSet, item: Item) -> bool:
    """Whether a set has a thing, by what it answers for genes."""
    place, value = str(item[0]), item[-1]
    if place == "blocks":
        return made.allows(str(value), {})
    if place == "merges":
        return made.allows_merge(str(value))
    if place == "recipe":
        return made.allows_recipe({str(item[1]): value})
    if place == "choices":
        return made.allows_choices({str(item[1]): value})
    return made.allows(place.removeprefix("blocks."), {str(item[1]): value})


@given(sets(), st.lists(st.tuples(sets(), uses), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_used_goes_before_two_agree(
    first: ConstraintSet, steps: list[tuple[ConstraintSet, list[Item]]]
) -> None:
    """What goes was asked to go the time before, too; what is new is never lost."""
    old, asked = first, frozenset[Removal]()
    for new, used in steps:
        made, kept = settled(old, new, used, asked)
        for item in used:
            if not inside(old, item):
                continue
            removal = (".".join(map(str, item[:-1])), item[-1])
            block = ("blocks", str(item[0]).removeprefix("blocks."))
            assert inside(made, item) or removal in asked or block in asked
            assert (removal in kept) <= inside(made, item)
            if inside(new, item):
                assert removal not in kept
        for block in new.blocks or ():
            assert made.allows(block, {})
        assert (made == new) or kept
        # asked once more, all of it goes
        assert settled(made, new, used, kept)[1].isdisjoint(kept)
        old, asked = made, kept


def test_the_first_set_takes_nothing_away() -> None:
    """There was none before."""
    new = ConstraintSet(merges=Choice(("sum",)))
    assert settled(None, new, [("merges", "concat")], frozenset()) == (new, frozenset())


def test_what_is_kept_stands_where_it_stood() -> None:
    """Numbers in order, words at the end, ranges wider; a block whole."""
    old = ConstraintSet(
        {"conv": {"kernel": Ordinal((1, 3, 5))}, "dense": {"units": Ordinal((8, 16))}},
        Choice(("sum", "concat")),
        {"learning_rate": FloatRange(0.001, 0.1, log=True)},
    )
    new = ConstraintSet(
        {"conv": {"kernel": Ordinal((1, 5))}},
        Choice(("sum",)),
        {"learning_rate": FloatRange(0.01, 0.1, log=True)},
    )
    used: list[Item] = [
        ("blocks.conv", "kernel", 3),
        ("blocks", "dense"),
        ("merges", "concat"),
        ("recipe", "learning_rate", 0.002),
    ]
    made, kept = settled(old, new, used, frozenset())
    assert len(kept) == 4
    assert made.blocks is not None
    assert made.blocks["conv"]["kernel"] == Ordinal((1, 3, 5))
    assert made.blocks["dense"] == {}
    assert made.merges == Choice(("sum", "concat"))
    assert made.recipe["learning_rate"] == FloatRange(0.002, 0.1, log=True)
    assert settled(made, new, used, kept) == (new, frozenset())
