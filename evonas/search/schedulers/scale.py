"""What a result at a lower rung is worth at the last one.

A result after one epoch and one after nine are no more comparable than two metrics. The
inner strategy compares them nevertheless, so those of stopped candidates are moved by
what the candidates that went on have gained since.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from evonas.search.schedulers.contender import Contender

#: latest gains from one rung to the next that a median is taken over
WINDOW = 30

Shift = tuple[float, ...]


class Scale:
    """The median gain from each rung to the next, over the latest that went on.

    Args:
        top: number of the last rung.
        width: number of objectives.
    """

    def __init__(self, top: int, width: int) -> None:
        self._width = width
        self._gained: list[deque[Shift]] = [deque(maxlen=WINDOW) for _ in range(top)]

    def note(self, contender: Contender, rung: int) -> None:
        """Take in what a candidate gained from the rung before to this one."""
        before = contender.values.get(rung - 1)
        after = contender.values.get(rung)
        if before is not None and after is not None:
            self._gained[rung - 1].append(
                tuple(a - b for a, b in zip(after, before, strict=True))
            )

    def known(self, rung: int) -> bool:
        """Whether there is a gain for every step from a rung to the last one."""
        return all(self._gained[rung:])

    def shift(self, rung: int) -> Shift:
        """What to add to values at a rung; a step without a gain adds nothing."""
        total = [0.0] * self._width
        for step in self._gained[rung:]:
            for place, gained in enumerate(zip(*step, strict=True)):
                total[place] += statistics.median(gained)
        return tuple(total)

    def state(self) -> list[Any]:
        """Plain JSON from which `restore` goes on."""
        return [[list(gain) for gain in step] for step in self._gained]

    def restore(self, state: Sequence[Any]) -> None:
        """Take over a state written by `state`."""
        for step, gains in zip(self._gained, state, strict=True):
            step.clear()
            step.extend(tuple(gain) for gain in gains)


def shifts(members: Sequence[Contender], top: int, scale: Scale) -> Mapping[int, Shift]:
    """What to add to the values of one cohort, by number.

    With one objective no stopped candidate comes out above one that went on past its
    rung: all that were stopped at the same rung move down together until the best of
    them is level with the worst of those. What was measured further counts more than
    what is guessed. With several objectives there is no such order to keep.

    Args:
        members: that are through, failed or not.
        top: number of the last rung.
        scale: what going on has gained.
    """
    result: dict[int, Shift] = {}
    floor = float("inf")
    for rung in range(top, -1, -1):
        group = [c for c in members if c.rung == rung and c.value is not None]
        if not group:
            continue
        shift = scale.shift(rung)
        firsts = [c.value[0] for c in group if c.value is not None]
        if len(shift) == 1:
            over = max(firsts) + shift[0] - floor
            if over > 0:
                shift = (shift[0] - over,)
            floor = min(floor, min(firsts) + shift[0])
        result |= {contender.number: shift for contender in group}
    return result
