"""Constraint sets as YAML that people read, edit and compare.

::

    format: 2
    mode: hard                    # or soft, off
    outside: 0.1                  # soft: chance of a draw from the whole space
    blocks:                       # blocks that are not named are not allowed
      conv:
        kernel: [3, 5]            # fields that are not named may be anything
        dropout: {low: 0.0, high: 0.3}
    merges: [concat, sum]
    recipe:
      optimizer: [adamw, sgd]
    choices:                      # of a table's cells, by name
      op_1: [skip_connect]
    weights:                      # how often each value is drawn, where not evenly
      blocks.conv.kernel: [[3, 0.8], [5, 0.2]]
    provenance: …                 # whose networks use what; nothing reads it
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml

from evonas.architecture.layer import Value
from evonas.candidate import Recipe
from evonas.config.source import Dumper, read_yaml
from evonas.errors import ConfigError
from evonas.space import ConstraintSet, Domain
from evonas.space.catalogue import BLOCKS
from evonas.space.constraints import OUTSIDE, Mode
from evonas.space.domains import is_number
from evonas.space.reading import unknown_key
from evonas.space.space import MERGES
from evonas.space.text_form import domain_from_json
from evonas.space.weighted import check_weights
from minibench.files import write_file
from minibench.grids import REAL

#: those that are read; the last one is written
FORMATS = (1, 2)
_KEYS = (
    "format",
    "mode",
    "outside",
    "blocks",
    "merges",
    "recipe",
    "choices",
    "weights",
    "provenance",
)
_HEADER = """\
# What the best networks of {problems} use.
# Edit it as you like; docs/minibench.md says what each part means.
"""


def write_constraints(path: Path, constraints: ConstraintSet) -> None:
    """Write a constraint set, whole or not at all.

    Args:
        path: of the file; one that is there is replaced.
        constraints: what is written.

    Raises:
        DataError: it cannot be written.
    """
    write_file(path, constraints_text(constraints).encode(), "constraint set")


def constraints_text(constraints: ConstraintSet) -> str:
    """A constraint set as YAML.

    Args:
        constraints: what is written.
    """
    data = constraints.to_json()
    problems = data["provenance"].get("problems", {})
    header = _HEADER.format(problems=", ".join(problems) or "somebody's choice")
    ordered = {key: data[key] for key in _KEYS}
    text = yaml.dump(
        ordered,
        Dumper=Dumper,
        default_flow_style=None,
        sort_keys=False,
        width=88,
        allow_unicode=True,
    )
    return header + text


def read_constraints(path: Path) -> ConstraintSet:
    """A constraint set of a YAML file.

    Args:
        path: of the file.

    Raises:
        ConfigError: with file and line: there is none, or something in it is wrong.
    """
    data, source = read_yaml(path)
    with source.locating():
        for key in data:
            if key not in _KEYS:
                raise unknown_key("constraint set", key, _KEYS)
        if data.get("format") not in FORMATS:
            raise ConfigError(
                f"format: expected one of {', '.join(map(str, FORMATS))}, got "
                f"{data.get('format')!r}; it is no constraint set, or one of another "
                "version"
            )
        mode = data.get("mode", "hard")
        if mode not in get_args(Mode):
            raise ConfigError(
                f"mode: expected one of {', '.join(get_args(Mode))}, got {mode!r}"
            )
        merges = data.get("merges")
        return ConstraintSet(
            blocks=_blocks(data.get("blocks")),
            merges=None if merges is None else _merges(merges),
            recipe=_fields("recipe", data.get("recipe") or {}, _RECIPE),
            provenance=_section("provenance", data.get("provenance") or {}),
            mode=mode,
            choices=_fields("choices", data.get("choices") or {}, None),
            weights=_weights(_section("weights", data.get("weights") or {})),
            outside=_outside(data.get("outside", OUTSIDE)),
        )


#: block → its fields, of whatever modality
_FIELDS = {
    block: {name for blocks in BLOCKS.values() for name in blocks.get(block, ())}
    for blocks in BLOCKS.values()
    for block in blocks
}
_RECIPE = set(Recipe().to_json())


def _section(path: str, data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{path}: expected a section with keys, got {data!r}")
    return data


def _blocks(data: Any) -> dict[str, dict[str, Domain]] | None:
    if data is None:
        return None
    found = {}
    for block, fields in _section("blocks", data).items():
        # a layer kind of the user's own has fields that only its class knows
        own = ":" in block
        if not own and block not in _FIELDS:
            raise unknown_key("blocks", block, _FIELDS)
        known = None if own else _FIELDS[block]
        found[block] = _fields(f"blocks.{block}", fields or {}, known)
    return found


def _fields(path: str, data: Any, known: set[str] | None) -> dict[str, Domain]:
    found = {}
    for name, text in _section(path, data).items():
        if known is not None and name not in known:
            raise unknown_key(path, name, known)
        found[name] = _domain(f"{path}.{name}", text, real=name in REAL)
    return found


def _weights(data: Mapping[str, Any]) -> dict[str, dict[Value, float]]:
    found = {}
    for place, pairs in data.items():
        try:
            found[place] = dict(pairs)
            check_weights(found[place])
        except (TypeError, ValueError):
            raise ConfigError(
                f"weights.{place}: expected pairs [value, weight], with weights of 0 "
                f"or more, got {pairs!r}"
            ) from None
    return found


def _outside(data: Any) -> float:
    if not is_number(data) or not 0 <= data <= 1:
        raise ConfigError(f"outside: expected a chance from 0 to 1, got {data!r}")
    return float(data)


def _merges(data: Any) -> Domain:
    domain = _domain("merges", data, real=False)
    for value in domain.extremes():
        if value not in MERGES:
            raise ConfigError(
                f"merges: expected one or more of {', '.join(MERGES)}, got {value!r}"
            )
    return domain


def _domain(path: str, data: Any, *, real: bool) -> Domain:
    try:
        return domain_from_json(data, real=real)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
