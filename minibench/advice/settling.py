"""From one constraint set to the next without taking from the best what they use.

What a new set no longer has, and one of the elite uses, is only removed when two
reclassifications in a row ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from evonas.architecture.layer import Value
from evonas.space import Choice, ConstraintSet, Domain, FloatRange
from evonas.space.domains import is_number
from evonas.space.text_form import from_values
from minibench.class_sets import Item

#: a thing that would be removed: its place and its value
Removal = tuple[str, Value]


def settled(
    old: ConstraintSet | None,
    new: ConstraintSet,
    used: Iterable[Item],
    asked: frozenset[Removal],
) -> tuple[ConstraintSet, frozenset[Removal]]:
    """The new set with what the elite uses and is asked to go for the first time.

    Args:
        old: the set until now; None: this is the first one, which takes nothing away.
        new: as it would be.
        used: what the elite uses.
        asked: what was asked to go the last time.

    Returns:
        The set to use, and what it has although it was asked to go.
    """
    if old is None:
        return new, frozenset()
    kept = frozenset(
        removal
        for item in used
        if _has(old, removal := (".".join(map(str, item[:-1])), item[-1]))
        and not _has(new, removal)
        and removal not in asked
    )
    for place, value in sorted(kept, key=repr):
        new = _with(new, place, value)
    return new, kept


def _has(constraints: ConstraintSet, removal: Removal) -> bool:
    place, value = removal
    if place == "blocks":
        return constraints.blocks is None or value in constraints.blocks
    domain = _domain(constraints, place)
    return domain is None or domain.contains(value)


def _domain(constraints: ConstraintSet, place: str) -> Domain | None:
    """What a set says of a place; None: it says nothing, so that all may be."""
    if place == "merges":
        return constraints.merges
    section, _, name = place.partition(".")
    if section == "blocks":
        block, _, name = name.partition(".")
        return ((constraints.blocks or {}).get(block) or {}).get(name)
    found: Mapping[str, Domain] = getattr(constraints, section)
    return found.get(name)


def _with(constraints: ConstraintSet, place: str, value: Value) -> ConstraintSet:
    """The set with one more value at a place."""
    if place == "blocks":
        blocks = {**(constraints.blocks or {}), str(value): {}}
        return replace(constraints, blocks=blocks)
    domain = _domain(constraints, place)
    assert domain is not None  # or it would have the value
    wider = _wider(domain, value)
    if place == "merges":
        return replace(constraints, merges=wider)
    section, _, name = place.partition(".")
    if section == "blocks":
        block, _, name = name.partition(".")
        assert constraints.blocks is not None
        fields = {**constraints.blocks[block], name: wider}
        return replace(constraints, blocks={**constraints.blocks, block: fields})
    if section == "choices":
        return replace(constraints, choices={**constraints.choices, name: wider})
    return replace(constraints, recipe={**constraints.recipe, name: wider})


def _wider(domain: Domain, value: Value) -> Domain:
    values = domain.values()
    if values is None:
        assert isinstance(domain, FloatRange)
        low, high = min(domain.low, float(value)), max(domain.high, float(value))
        return FloatRange(low, high, domain.log and low > 0)
    if is_number(value) and all(is_number(one) for one in values):
        return from_values(sorted({*values, value}))
    return Choice((*values, value))
