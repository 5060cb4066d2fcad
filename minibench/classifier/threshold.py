"""The threshold below which a network is refused, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from evonas.architecture.wording import shown
from evonas.errors import DataError
from minibench import strict
from minibench.classifier import arrays
from minibench.problems import check_key

#: of a held-out problem's best that may be refused, where nothing else is said
FALSE_REJECTION = 0.05
#: area under the ROC curve of whoever knows nothing
CHANCE = 0.5

_KEYS = ("value", "false_rejection", "warranted", "area", "held_out")
_HELD_OUT = ("area", "best_refused", "background_refused")


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval.

    Attributes:
        value: measured.
        low: lower end.
        high: upper end.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> list[float]:
        """Value, lower and upper end."""
        return [self.value, self.low, self.high]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a problem's networks were judged by what the others have taught.

    Attributes:
        area: under the ROC curve, best against background; the interval treats networks
            as independent of each other (Hanley and McNeil 1982).
        best_refused: share of its best that is refused by a threshold that was tuned on
            the other problems: the false rejections.
        background_refused: share of its background that is.
    """

    area: Interval
    best_refused: float
    background_refused: float


@dataclass(frozen=True)
class Threshold:
    """The least probability of being among the best with which a network is accepted.

    Each problem in turn was held out, and its networks judged by what the others have
    taught: their classifiers of their best, weighted by how much its best resemble
    theirs.

    Attributes:
        value: networks below it are refused.
        false_rejection: share of a held-out problem's best that it was tuned to refuse,
            on average.
        area: mean of the held-out problems' areas; the interval is that of their mean,
            by Student's t, so that few or different problems make it wide.
        held_out: key of a problem → how it was judged when it was held out.
    """

    value: float
    false_rejection: float
    area: Interval
    held_out: Mapping[str, HeldOut]

    @property
    def warranted(self) -> bool:
        """Whether classifiers know the best of a problem that they have not seen.

        Where the interval of `area` holds chance, a search has no reason to refuse
        anything.
        """
        return self.area.low > CHANCE

    @property
    def best_refused(self) -> float:
        """Mean share of the held-out problems' best that is refused."""
        return fmean(one.best_refused for one in self.held_out.values())

    @property
    def background_refused(self) -> float:
        """Mean share of the held-out problems' background that is refused."""
        return fmean(one.background_refused for one in self.held_out.values())

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "value": self.value,
            "false_rejection": self.false_rejection,
            "warranted": self.warranted,
            "area": self.area.to_json(),
            "held_out": {
                key: {
                    "area": one.area.to_json(),
                    "best_refused": one.best_refused,
                    "background_refused": one.background_refused,
                }
                for key, one in self.held_out.items()
            },
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "threshold") -> Threshold:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        held_out = fields.raw("held_out")
        if not isinstance(held_out, Mapping) or not held_out:
            raise DataError(
                f"{place}: held_out: expected an object of problems, got "
                f"{shown(held_out)}"
            )
        found = cls(
            _share(fields, "value"),
            _share(fields, "false_rejection"),
            _interval(fields),
            {
                check_key(key, f"{place}: held_out"): _held_out(
                    one, f"{place}: held_out: {key}"
                )
                for key, one in held_out.items()
            },
        )
        if fields.raw("warranted") is not found.warranted:
            raise DataError(
                f"{place}: warranted: expected {str(found.warranted).lower()}, as the "
                f"area's lower end says, got {shown(fields.raw('warranted'))}"
            )
        return found


def _held_out(data: Any, place: str) -> HeldOut:
    fields = strict.Fields(data, place, _HELD_OUT)
    return HeldOut(
        _interval(fields),
        _share(fields, "best_refused"),
        _share(fields, "background_refused"),
    )


def _share(fields: strict.Fields, key: str) -> float:
    value = fields.number(key)
    if not 0.0 <= value <= 1.0:
        raise DataError(
            f"{fields.place}: {key}: expected a number from 0 to 1, got {value:g}"
        )
    return value


def _interval(fields: strict.Fields) -> Interval:
    place = f"{fields.place}: area"
    value, low, high = arrays.read(fields.raw("area"), place, (3,)).tolist()
    if not 0.0 <= low <= value <= high <= 1.0:
        raise DataError(
            f"{place}: expected a value with the ends of its interval, from 0 to 1, "
            f"got {value:g}, {low:g}, {high:g}"
        )
    return Interval(value, low, high)
