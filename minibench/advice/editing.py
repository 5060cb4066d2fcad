"""A person's word on a constraint set: one of their own, or an edit of a run's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from evonas.advice import Revision
from evonas.space import ConstraintSet
from evonas.space.constraints import Mode
from minibench.constraint_text import constraints_text, read_constraints
from minibench.files import write_file

#: ready sets that come along, by name
READY = ("full", "limited")
_SETS = Path(__file__).parent.parent / "shipped" / "sets"
#: in the provenance of an edit: whether the advisor is to leave the set alone
_HOLD = "hold"


def given_set(name: str, mode: Mode, outside: float) -> ConstraintSet:
    """A constraint set of a file, or one that comes along.

    Args:
        name: path of a YAML file, or one of `READY`.
        mode: to apply it in.
        outside: chance of what lies outside, in mode `soft`.

    Raises:
        ConfigError: there is none, or something in it is wrong.
    """
    path = _SETS / f"{name}.yaml" if name in READY else Path(name)
    return replace(read_constraints(path), mode=mode, outside=outside)


def read_edit(path: Path) -> Revision:
    """A person's edit of a run's constraint set.

    Args:
        path: of the YAML file.

    Raises:
        ConfigError: something in it is wrong.
    """
    found = read_constraints(path)
    provenance = dict(found.provenance)
    note: dict[str, Any] = {"by": "person", "hold": bool(provenance.pop(_HOLD, True))}
    note["hash"] = found.content_hash()
    return Revision(replace(found, provenance=provenance), note)


def write_edit(path: Path, constraints: ConstraintSet, *, hold: bool) -> None:
    """Leave an edit where the run finds it.

    Args:
        path: of the YAML file.
        constraints: the set to use.
        hold: whether it stays as it is; else the advisor goes on from it.
    """
    provenance = {_HOLD: hold, **constraints.provenance}
    text = constraints_text(replace(constraints, provenance=provenance))
    write_file(path, text.encode(), "constraint set")
