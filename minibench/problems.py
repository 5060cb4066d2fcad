"""Problems: a task as a class of the database, and what is known of its data set."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, get_args

from evonas.architecture import Shape
from evonas.architecture.wording import shown
from evonas.errors import ConflictError, DataError
from evonas.tasks.metrics import Direction, Kind
from evonas.tasks.task import Modality
from minibench import strict
from minibench.canonical import canonical

#: of the JSON form of problems and records
FORMAT = 1

#: least and greatest value that a metric can have at all; None: no limit
PLAUSIBLE: Mapping[str, tuple[float | None, float | None]] = MappingProxyType(
    {
        "accuracy": (0.0, 1.0),
        "balanced_accuracy": (0.0, 1.0),
        "matthews": (-1.0, 1.0),
        "cross_entropy": (0.0, None),
        "rmse": (0.0, None),
        "mse": (0.0, None),
        "mae": (0.0, None),
        "pearson": (-1.0, 1.0),
        "r2": (None, 1.0),
    }
)

# Names become names of files, on any system: no capitals, no separators, no dot first.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}@[a-z0-9][a-z0-9._-]{0,63}")

_CHARACTERISATION = ("name", "value", "settings")
_PROBLEM = (
    "format",
    "name",
    "version",
    "modality",
    "input_shape",
    "kind",
    "outputs",
    "metric",
    "direction",
    "plausible",
    "characterisation",
)


def check_key(value: Any, place: str) -> str:
    """The value, if it has the form of a problem's key.

    Args:
        value: from anywhere.
        place: of it, for messages.
    """
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise DataError(
            f"{place}: expected the key of a problem, name@version in small letters, "
            f"digits and ._-, got {shown(value)}"
        )
    return value


@dataclass(frozen=True)
class Characterisation:
    """One number that describes a data set.

    Two are comparable only where their names and settings are equal: the accuracy that
    a probe reaches depends on its epochs, resolution and augmentation.

    Attributes:
        name: what it is: `samples`, `dcn`, `probenet.regular`.
        value: finite.
        settings: that it was made with, plain JSON; empty: it has none.
    """

    name: str
    value: float
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = "characterisation"
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise DataError(
                f"{place}: name: expected small letters, digits and ._- (at most 64), "
                f"got {shown(self.name)}"
            )
        place = f"{place} {self.name}"
        if not isinstance(self.settings, Mapping):
            raise DataError(
                f"{place}: settings: expected an object, got {shown(self.settings)}"
            )
        settings = strict.plain(self.settings, f"{place}: settings")
        object.__setattr__(self, "value", strict.number(self.value, f"{place}: value"))
        object.__setattr__(self, "settings", MappingProxyType(settings))

    def __hash__(self) -> int:
        return hash((self.what, self.value))

    @property
    def what(self) -> tuple[str, str]:
        """Name and settings: equal for entries that can be compared."""
        return self.name, canonical(dict(self.settings))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "name": self.name,
            "value": self.value,
            "settings": dict(self.settings),
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "characterisation") -> Characterisation:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _CHARACTERISATION)
        values = [fields.raw(name) for name in _CHARACTERISATION]
        return strict.placed(place, "characterisation", lambda: cls(*values))


@dataclass(frozen=True)
class Problem:
    """A task as a class of the database.

    Attributes:
        name: short, as it begins the name of its file: `fashion-mnist`.
        version: of the data, `evonas.tasks.Task.version`, or a name that its publisher
            gave it; results of different versions are not comparable.
        modality: which families of layers fit.
        input_shape: of one sample, channels first.
        kind: whether classes or values are predicted.
        outputs: classes, or values of a regression.
        metric: that the records are ranked by; they have it as `validation_<metric>`.
        direction: which way the metric is better.
        plausible: least and greatest value that the metric can have here, where that
            says more than the metric's own range does; None: no limit.
        characterisation: of the data set, sorted; no two of the same name and settings.
    """

    name: str
    version: str
    modality: Modality
    input_shape: Shape
    kind: Kind
    outputs: int
    metric: str
    direction: Direction
    plausible: tuple[float | None, float | None] = (None, None)
    characterisation: tuple[Characterisation, ...] = ()

    def __post_init__(self) -> None:
        place = f"problem {shown(self.name)}"
        check_key(f"{self.name}@{self.version}", place)
        for name, choices in (
            ("modality", get_args(Modality)),
            ("kind", get_args(Kind)),
            ("direction", get_args(Direction)),
        ):
            if getattr(self, name) not in choices:
                raise DataError(
                    f"{place}: {name}: expected one of {', '.join(choices)}, got "
                    f"{shown(getattr(self, name))}"
                )
        shape = strict.shape(self.input_shape, f"{place}: input_shape")
        object.__setattr__(self, "input_shape", shape)
        if strict.whole(self.outputs, f"{place}: outputs") < 1:
            raise DataError(f"{place}: outputs: expected 1 or more, got 0")
        if not isinstance(self.metric, str) or not _NAME.fullmatch(self.metric):
            raise DataError(
                f"{place}: metric: expected small letters, digits and ._- (at most "
                f"64), got {shown(self.metric)}"
            )
        object.__setattr__(self, "plausible", _range(self.plausible, place))
        object.__setattr__(self, "characterisation", self._sorted(place))

    def _sorted(self, place: str) -> tuple[Characterisation, ...]:
        entries = sorted(self.characterisation, key=lambda one: one.what)
        for one, other in pairwise(entries):
            if one.what == other.what:
                raise DataError(
                    f"{place}: characterisation: expected one {one.name!r} with the "
                    f"settings {shown(dict(one.settings))}, got {one.value:g} and "
                    f"{other.value:g}"
                )
        return tuple(entries)

    @property
    def key(self) -> str:
        """`name@version`: what records name it by."""
        return f"{self.name}@{self.version}"

    @property
    def ranked_by(self) -> str:
        """The metric of records that they are ranked by."""
        return f"validation_{self.metric}"

    @property
    def identity(self) -> dict[str, Any]:
        """What two problems of one key must have in common, plain JSON."""
        data = self.to_json()
        return {
            name: value
            for name, value in data.items()
            if name not in ("plausible", "characterisation")
        }

    def check_same(self, other: Problem) -> None:
        """Complain unless another one of the same key is the same problem.

        Raises:
            ConflictError: naming the first field that differs.
        """
        own, others = self.identity, other.identity
        for name, value in own.items():
            if value != others[name]:
                raise ConflictError(
                    f"problem {self.key}: {name}: expected {shown(value)}, as it is "
                    f"known, got {shown(others[name])}; a problem with another metric "
                    "or shape needs another name"
                )

    def gain(self, value: float) -> float:
        """A value of the metric as something to be maximised; of a gain, the value.

        Args:
            value: of the problem's metric.
        """
        return value if self.direction == "maximise" else -value

    def range_of(self, metric: str) -> tuple[float, float]:
        """Least and greatest value that a record can have; infinite: no limit.

        By what such a metric can be at all and, of the problem's own, what it can be
        here.

        Args:
            metric: name in a record: `validation_accuracy`.
        """
        name = metric.partition("_")[2]
        ranges = [PLAUSIBLE.get(name, (None, None))]
        if name == self.metric:
            ranges.append(self.plausible)
        lows = [low for low, _ in ranges if low is not None]
        highs = [high for _, high in ranges if high is not None]
        return max(lows, default=-math.inf), min(highs, default=math.inf)

    def united(self, other: Problem) -> Problem:
        """The same problem with the characterisation of both.

        Raises:
            ConflictError: they are different problems, or know different numbers.
        """
        self.check_same(other)
        conflicts = self.conflicts(other)
        if conflicts:
            raise ConflictError(
                f"problem {self.key}: {conflicts[0]}; take one of them out, or choose "
                "with `minibench merge --prefer`"
            )
        return other.characterised(*self.characterisation)

    def preferring(self, other: Problem) -> Problem:
        """The same problem with the characterisation of both; the other's word holds.

        Args:
            other: of the same key, the same problem.
        """
        return replace(
            self.characterised(*other.characterisation), plausible=other.plausible
        )

    def conflicts(self, other: Problem) -> list[str]:
        """Where another one of the same key, the same problem, says otherwise."""
        found = []
        if self.plausible != other.plausible:
            found.append(
                f"plausible: expected {list(self.plausible)}, as it is known, got "
                f"{list(other.plausible)}"
            )
        known = {one.what: one.value for one in self.characterisation}
        found += [
            f"characterisation {one.name} {dict(one.settings)}: expected "
            f"{known[one.what]:g}, as it is known, got {one.value:g}"
            for one in other.characterisation
            if known.get(one.what, one.value) != one.value
        ]
        return found

    def characterised(self, *entries: Characterisation) -> Problem:
        """The same problem with further entries; they replace those of their kind."""
        kept = {one.what: one for one in (*self.characterisation, *entries)}
        return replace(self, characterisation=tuple(kept.values()))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "modality": self.modality,
            "input_shape": list(self.input_shape),
            "kind": self.kind,
            "outputs": self.outputs,
            "metric": self.metric,
            "direction": self.direction,
            "plausible": list(self.plausible),
            "characterisation": [one.to_json() for one in self.characterisation],
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "problem") -> Problem:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages: file and line.
        """
        fields = strict.Fields(data, place, _PROBLEM)
        check_format(fields)
        entries = [
            Characterisation.from_json(one, f"{place}: characterisation[{at}]")
            for at, one in enumerate(fields.items("characterisation", 10_000))
        ]
        values = {
            name: fields.raw(name)
            for name in _PROBLEM
            if name not in ("format", "characterisation")
        }
        return strict.placed(
            place,
            f"problem {shown(values['name'])}",
            lambda: cls(**values, characterisation=tuple(entries)),
        )


def check_format(fields: strict.Fields) -> None:
    """Complain about a problem or record that another version has written.

    Args:
        fields: of it; `format` is among them.
    """
    found = fields.raw("format")
    if type(found) is not int or found != FORMAT:
        newer = type(found) is int and found > FORMAT
        raise DataError(
            f"{fields.place}: format: expected {FORMAT}, got {shown(found)}; "
            + (
                "it is from a newer version of minibench: update evonas to read it"
                if newer
                else "it is no problem or record of minibench"
            )
        )


def _range(value: Any, place: str) -> tuple[float | None, float | None]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise DataError(
            f"{place}: plausible: expected [least, greatest], null for no limit, got "
            f"{shown(value)}"
        )
    low, high = (
        None if one is None else strict.number(one, f"{place}: plausible")
        for one in value
    )
    if low is not None and high is not None and low > high:
        raise DataError(
            f"{place}: plausible: expected the least value first, got {low:g} and "
            f"{high:g}"
        )
    return low, high
