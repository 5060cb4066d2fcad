"""Constraint sets of the controls: sets alone, hard, with all values inside alike."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace

import numpy as np

from evonas.architecture.layer import Value
from evonas.build import Resolved, find_knowledge, resolve
from evonas.config import config_from_json
from evonas.space import ConstraintSet, Domain, FloatRange, Space
from evonas.space.text_form import from_values
from minibench.advice import Knowledge
from minibench.constraints import Thresholds, constraint_set, merged_problems

#: arms that are a set alone
SETS = ("set", "random", "union", "oracle")
#: everything that any of the best uses
_ALL = Thresholds(share=0.0, tail=0.0)
#: keeps the draws apart from others of the seed
_TAG = 17


def control_set(
    resolved: Resolved, arm: str, database: str, own: str, seed: int
) -> ConstraintSet:
    """The constraint set of a control.

    Args:
        resolved: the unconstrained search.
        arm: `set`: what constrained searches start from; `random`: as many values,
            drawn; `union`: all that the best of any other problem use; `oracle`: what
            the problem's own best use.
        database: that knows all problems.
        own: the problem's name in it.
        seed: of the search, for `random`.
    """
    if arm == "oracle":
        return _merged(_known(resolved, database, {"problems": [own]}))
    if arm == "union":
        others = other_problems(database, own)
        known = _known(resolved, database, {"problems": others})
        classes = [one.sets for one in known.sources]
        weights = {one.problem: 1 / len(classes) for one in classes}
        return _bare(constraint_set(classes, weights, "hard", _ALL))
    made = _merged(_known(resolved, database, {"leave_out": [own]}))
    if arm == "set":
        return made
    rng = np.random.default_rng([_TAG, seed, zlib.crc32(own.encode())])
    return random_set(resolved.space, made.apply(resolved.space), rng)


def other_problems(database: str, own: str) -> list[str]:
    """Names of the database's problems with approved records, but for one."""
    from minibench.database import Database
    from minibench.reviews import State
    from minibench.selection import Selection

    with Database.open(database) as opened, opened.reading() as reader:
        return sorted(
            problem.name
            for key, problem in reader.problems().items()
            if problem.name != own
            and reader.ids(Selection(problem=key, states=(State.APPROVED,)))
        )


def random_set(
    space: Space, narrowed: Space, rng: np.random.Generator
) -> ConstraintSet:
    """As many blocks and values as are left of a space, drawn from it evenly.

    Of a real number an interval as long as the one that is left is drawn. Fields of a
    block of which nothing is left are free.

    Args:
        space: the whole.
        narrowed: what is left of it.
        rng: draws.
    """
    names = sorted(space.blocks)
    drawn = sorted(rng.permutation(len(names))[: len(narrowed.blocks)])
    blocks = {}
    for block in (names[place] for place in drawn):
        left = narrowed.blocks.get(block, space.blocks[block])
        blocks[block] = {
            name: drawn_domain(domain, left[name], rng)
            for name, domain in space.blocks[block].items()
        }
    return ConstraintSet(
        blocks=blocks,
        merges=drawn_domain(space.merges, narrowed.merges, rng),
        recipe={
            name: drawn_domain(domain, narrowed.recipe[name], rng)
            for name, domain in space.recipe.items()
        },
    )


def drawn_domain(whole: Domain, left: Domain, rng: np.random.Generator) -> Domain:
    """A part of a domain that is as large as another part of it.

    Args:
        whole: from which is drawn.
        left: how large a part.
        rng: draws.
    """
    values = whole.values()
    if values is not None:
        count = len(left.values() or values)
        found = set(values) if count == len(values) else set[Value]()
        while len(found) < count:
            found.add(whole.draw(rng))  # evenly on the domain's own scale
        return from_values([value for value in values if value in found])
    assert isinstance(whole, FloatRange)
    inner = left.values()
    if inner is None:
        assert isinstance(left, FloatRange)
        ends = _scaled(whole, left.low), _scaled(whole, left.high)
        length = ends[1] - ends[0]
    else:
        length = 0.0
    start = rng.uniform(0.0, 1.0 - length)
    low, high = _value(whole, start), _value(whole, start + length)
    if low < high:
        return FloatRange(max(low, whole.low), min(high, whole.high), whole.log)
    return from_values([low])


def _scaled(domain: FloatRange, value: float) -> float:
    """Where a value stands between the ends of a range, 0 to 1."""
    low, high = domain.low, domain.high
    if domain.log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _value(domain: FloatRange, place: float) -> float:
    """The inverse of `_scaled`."""
    low, high = domain.low, domain.high
    if domain.log:
        return float(low * (high / low) ** place)
    return float(low + place * (high - low))


def _known(
    resolved: Resolved, database: str, section: dict[str, list[str]]
) -> Knowledge:
    """What an advisor would know."""
    config = resolved.config.to_json()
    config["constraints"] = {"database": database, "classifier": "none", **section}
    known = find_knowledge(resolve(config_from_json(config)), None)
    assert known is not None
    return known


def _merged(known: Knowledge) -> ConstraintSet:
    classes = {one.sets.problem: one.sets for one in known.sources}
    merged = merged_problems(classes, known.weights)
    return _bare(constraint_set(list(classes.values()), merged, "hard"))


def _bare(made: ConstraintSet) -> ConstraintSet:
    """All values inside alike; nothing reads where they are from."""
    return replace(made, weights={}, provenance={})
