"""Domains as text, and what two domains have in common.

The text form is the one that a user writes in the `space:` section of a config:

====================================  ====================================
text form                             domain
====================================  ====================================
`relu`, `3`, `true`                   `Choice` of this one value
`[relu, elu]`                         `Choice`
`[8, 16, 32]` (ascending numbers)     `Ordinal`
`{low: 8, high: 64, step: 8}`         `IntegerRange`
`{low: 1.0e-4, high: 0.1, log: true}`  `FloatRange`
====================================  ====================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space.domains import Choice, Domain, Ordinal, ascending, is_number
from evonas.space.ranges import FloatRange, IntegerRange


def from_values(values: Sequence[Value]) -> Domain:
    """The domain of listed values: ascending numbers are an `Ordinal`."""
    options = tuple(values)
    return Ordinal(options) if ascending(options) else Choice(options)


def domain_from_json(data: Any, *, real: bool = False) -> Domain:
    """Read a text form; a `ConfigError` says what was expected (without the path).

    Args:
        data: the text form.
        real: whether the field takes real numbers, so that {low: 0, high: 1} means all
            of them between and not the two integers.
    """
    if isinstance(data, Mapping):
        return _range_from_json(data, real)
    listed = data if isinstance(data, list | tuple) else [data]
    for value in listed:
        if not (isinstance(value, str | bool) or is_number(value)):
            raise ConfigError(
                "expected a value, a list of values or {low, high}, with words, finite "
                f"numbers, true or false as values, got {value!r}"
            )
    return from_values(listed)


def restrict(domain: Domain, allowed: Domain) -> Domain | None:
    """What two domains have in common, with the order of the first; None: nothing."""
    values = domain.values()
    if values is not None:
        kept = [value for value in values if allowed.contains(value)]
        return domain if len(kept) == len(values) else _from_kept(kept)
    listed = allowed.values()
    if listed is not None:
        return _from_kept(sorted(value for value in listed if domain.contains(value)))
    assert isinstance(domain, FloatRange)
    assert isinstance(allowed, FloatRange)
    low, high = max(domain.low, allowed.low), min(domain.high, allowed.high)
    if low < high:
        return FloatRange(low, high, domain.log)
    return Choice((low,)) if low == high else None


def _from_kept(kept: Sequence[Value]) -> Domain | None:
    return from_values(kept) if kept else None


def _range_from_json(data: Mapping[str, Any], real: bool) -> Domain:
    unknown = [key for key in data if key not in ("low", "high", "step", "log")]
    if unknown or "low" not in data or "high" not in data:
        raise ConfigError(
            "expected a range {low, high} with step or log as further keys, "
            f"got {dict(data)!r}"
        )
    low, high = data["low"], data["high"]
    step, log = data.get("step"), data.get("log", False)
    if not is_number(low) or not is_number(high):
        raise ConfigError(f"expected numbers as low and high, got {low!r} and {high!r}")
    if not isinstance(log, bool):
        raise ConfigError(f"expected true or false as log, got {log!r}")
    if step is None and (real or not (isinstance(low, int) and isinstance(high, int))):
        return FloatRange(low, high, log)
    step = 1 if step is None else step
    for value in (low, high, step):
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigError(f"expected whole numbers with step, got {dict(data)!r}")
    return IntegerRange(int(low), int(high), step, log)
