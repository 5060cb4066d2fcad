"""The threshold below which a network is refused, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_KEYS = ("value", "share", "false_rejection", "warranted", "area", "held_out")
_HELD_OUT = ("area", "by_value", "by_share")
_REFUSED = ("best", "background")


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
class Refused:
    """What a threshold does to networks of a problem.

    Attributes:
        best: share of its best that is refused: the false rejections.
        background: share of its background that is.
    """

    best: float
    background: float

    def to_json(self) -> dict[str, float]:
        """Plain JSON form."""
        return {"best": self.best, "background": self.background}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a problem's networks were judged by what the others have taught.

    Attributes:
        area: under the ROC curve, best against background; the interval treats networks
            as independent of each other (Hanley and McNeil 1982).
        by_value: what is refused by a probability that was tuned on the other problems.
        by_share: what is refused by a share that was tuned on the other problems, of
            these networks as a search's candidates.
    """

    area: Interval
    by_value: Refused
    by_share: Refused


@dataclass(frozen=True)
class Threshold:
    """The least probability of being among the best with which a network is accepted.

    Each problem in turn was held out, and its networks judged by what the others have
    taught: their classifiers of their best, weighted by how much its best resemble
    theirs.

    Attributes:
        value: networks below it are refused.
        share: of the candidates that a search has from its space; where these are
            known, networks below as many of them are refused instead. Probabilities are
            higher on one problem than on another, so that this holds better.
        false_rejection: share of a held-out problem's best that it was tuned to refuse,
            on average.
        area: mean of the held-out problems' areas; the interval is that of their mean,
            by Student's t, so that few or different problems make it wide.
        held_out: key of a problem → how it was judged when it was held out.
    """

    value: float
    share: float
    false_rejection: float
    area: Interval
    held_out: Mapping[str, HeldOut]

    @property
    def warranted(self) -> bool:
        """Whether classifiers know the best of a problem that they have not seen.

        Where the interval of `area` holds chance, a search has no reason to refuse
        anything; unless each of the problems by itself is surely above chance: of two
        or three the mean's interval is wide, however alike they are.
        """
        each = all(one.area.low > CHANCE for one in self.held_out.values())
        return self.area.low > CHANCE or each

    @property
    def by_value(self) -> Refused:
        """Mean of what is refused of the held-out problems by the value."""
        return _mean([one.by_value for one in self.held_out.values()])

    @property
    def by_share(self) -> Refused:
        """Mean of what is refused of the held-out problems by the share."""
        return _mean([one.by_share for one in self.held_out.values()])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "value": self.value,
            "share": self.share,
            "false_rejection": self.false_rejection,
            "warranted": self.warranted,
            "area": self.area.to_json(),
            "held_out": {
                key: {
                    "area": one.area.to_json(),
                    "by_value": one.by_value.to_json(),
                    "by_share": one.by_share.to_json(),
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
            _share(fields, "share"),
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
                f"areas' lower ends say, got {shown(fields.raw('warranted'))}"
            )
        return found


def _held_out(data: Any, place: str) -> HeldOut:
    fields = strict.Fields(data, place, _HELD_OUT)
    by_value, by_share = (_refused(fields, key) for key in _HELD_OUT[1:])
    return HeldOut(_interval(fields), by_value, by_share)


def _refused(fields: strict.Fields, key: str) -> Refused:
    own = strict.Fields(fields.raw(key), f"{fields.place}: {key}", _REFUSED)
    return Refused(_share(own, "best"), _share(own, "background"))


def _mean(refused: Sequence[Refused]) -> Refused:
    return Refused(
        fmean(one.best for one in refused), fmean(one.background for one in refused)
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
