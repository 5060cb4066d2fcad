"""Parts of an explanation, and how figures are written in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from minibench.advice.trainings import OWN

#: digits of a record's id that are shown, enough for `minibench show`
DIGITS = 10


@dataclass(frozen=True)
class Section:
    """A part of the explanation.

    Attributes:
        title: of it.
        paragraphs: sentences.
        columns: of its table; none: it has no table.
        rows: of its table.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def short(key: str, keys: Iterable[str] = ()) -> str:
    """A problem's name; with its version where another one has that name.

    Args:
        key: of the problem.
        keys: of those beside which it is told.
    """
    name = key.partition("@")[0]
    same = [one for one in keys if one.partition("@")[0] == name]
    return key if len(same) > 1 else name


def record_text(name: str) -> str:
    """A record's id as `minibench show` takes it; of the search's own the place."""
    own = f"{OWN}/"
    if name.startswith(own):
        return f"number {int(name.removeprefix(own)) + 1}"
    return name[:DIGITS]


def weights_text(weights: Mapping[str, float], most: int = 6) -> str:
    """Weights of problems, the greatest first."""
    ranked = sorted(weights.items(), key=lambda one: -one[1])
    parts = [f"{short(key, weights)} {value:.2f}" for key, value in ranked[:most]]
    rest = sum(value for _, value in ranked[most:])
    return ", ".join(parts) + (f", others {rest:.2f}" if len(ranked) > most else "")


def percent(share: float) -> str:
    """A share as people read it."""
    if 0 < share < 0.001:
        return f"{share:.1e}"
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
