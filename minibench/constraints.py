"""From classes to a constraint set: merge, regroup, linearise.

The sets of one problem's best networks, or of several that resemble a task, say which
part of a space is worth drawing from (Khamitov and Popova, "Mini-benchmarking"):

1. *merge*: unite what the problems use, with what each of them contributes;
2. *regroup*: put numbers on a common grid, drop what hardly any of the best uses and
   the outer tails of numbers;
3. *linearise*: each set becomes a list in order: numbers ascending, words by how often
   the best use them, real numbers the range between the ends of what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evonas.architecture.layer import Value
from evonas.errors import ConfigError
from evonas.space import ConstraintSet, Domain, FloatRange
from evonas.space.constraints import OUTSIDE, Mode
from evonas.space.domains import is_number
from evonas.space.text_form import from_values
from minibench.class_sets import NAMED, ClassSets, overlap
from minibench.grids import REAL, on_grid

#: shares with fewer digits are for people
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When things are taken over.

    Attributes:
        posterior: least probability of a problem's class for it to be merged.
        overlap: least Jaccard index of a problem with one that is merged for it to
            join; above 1: none joins.
        share: of the best networks of a problem that must use a thing.
        tail: share of a number's values that is cut at either end.

    The defaults are tuned by leaving out each problem of the database that comes along
    (`minibench.merge_tuning`): of all that leave at most 5 % of what its best networks
    use outside, these leave least of the space. The 5 % that share and tail had before
    left 8.7 % outside. With an overlap of 0.6 the posterior makes no difference there
    from 0.1 to 0.5, so both stay as the method's proposal has them.
    """

    posterior: float = 0.2
    overlap: float = 0.6
    share: float = 0.02
    tail: float = 0.01

    def __post_init__(self) -> None:
        for name, most in (("posterior", 1.0), ("share", 1.0), ("tail", 0.5)):
            if not 0 <= getattr(self, name) <= most:
                raise ConfigError(
                    f"{name}: expected a number from 0 to {most:g}, got "
                    f"{getattr(self, name)}"
                )
        if self.overlap < 0:
            raise ConfigError(f"overlap: expected 0 or more, got {self.overlap}")


USUAL = Thresholds()


def merged_problems(
    classes: Mapping[str, ClassSets],
    posterior: Mapping[str, float],
    thresholds: Thresholds = USUAL,
) -> dict[str, float]:
    """The problems whose sets are united, with the weight of each; they sum to 1.

    Those whose class is probable enough, and those whose sets are much the same as one
    of them. If none is probable enough, the most probable one.

    Args:
        classes: key of a problem → its sets.
        posterior: key → probability that the task's networks are of its class.
        thresholds: `posterior`, `overlap` and `share` matter.

    Raises:
        ConfigError: no class has a probability.
    """
    known = {key: posterior[key] for key in classes if posterior.get(key, 0.0) > 0}
    if not known:
        raise ConfigError(
            f"constraints: expected a probability above 0 of one of "
            f"{', '.join(classes) or 'no problems'}, got none"
        )
    chosen = [key for key, value in known.items() if value >= thresholds.posterior]
    chosen = chosen or [max(known, key=lambda key: known[key])]
    joining = [
        key
        for key in classes
        if key not in chosen
        and any(
            overlap(classes[key], classes[one], thresholds.share) >= thresholds.overlap
            for one in chosen
        )
    ]
    # one that only resembles them weighs as much as its probability, or a little
    floor = min(known[key] for key in chosen) * 0.5
    weights = {key: known[key] for key in chosen}
    weights |= {key: max(known.get(key, 0.0), floor) for key in joining}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}


def constraint_set(
    classes: Sequence[ClassSets],
    weights: Mapping[str, float],
    mode: Mode = "hard",
    thresholds: Thresholds = USUAL,
    outside: float = OUTSIDE,
) -> ConstraintSet:
    """The constraint set of several problems.

    Its provenance tells for each thing how often which problem's best use it, and ids
    of records that do.

    Args:
        classes: of the problems that are merged.
        weights: key of a problem → its weight; they sum to 1.
        mode: `hard`, `soft` or `off`.
        thresholds: `share` and `tail` matter.
        outside: chance of what lies outside, in mode `soft`.
    """
    made = _Maker(classes, weights, thresholds)
    blocks = {
        str(block): made.fields(f"blocks.{block}") for block in made.words("blocks")
    }
    merges = made.words("merges")
    recipe, choices = made.fields("recipe"), made.fields("choices")
    return ConstraintSet(
        # Of cells the blocks are not counted: their choices say it all.
        blocks=None if choices and not blocks else blocks,
        merges=from_values(merges) if merges else None,
        recipe=recipe,
        provenance=made.provenance(),
        mode=mode,
        choices=choices,
        weights=made.weights,
        outside=outside,
    )


class _Maker:
    """Unites the sets of some problems; notes where everything is from."""

    def __init__(
        self,
        classes: Sequence[ClassSets],
        weights: Mapping[str, float],
        thresholds: Thresholds,
    ) -> None:
        self._classes = [one for one in classes if one.problem in weights]
        self._weights = weights
        self._thresholds = thresholds
        self._noted: dict[str, Any] = {}
        #: place → value → share of the networks that use it
        self.weights: dict[str, dict[Value, float]] = {}

    def words(self, *place: str) -> list[Value]:
        """Words and flags that are used enough, the most frequent first."""
        shares = self._united(place)
        found = [
            value
            for value in shares
            if any(
                one.share((*place, value)) >= self._thresholds.share
                for one in self._classes
            )
        ]
        found.sort(key=lambda value: (-shares[value], repr(value)))
        for value in found:
            self._note(place, value, [value])
        if found:
            self._weigh(place, {value: shares[value] for value in found})
        return found

    def _weigh(self, place: Sequence[str], shares: Mapping[Value, float]) -> None:
        self.weights[".".join(place)] = {
            value: round(share, _DIGITS) for value, share in shares.items()
        }

    def fields(self, place: str) -> dict[str, Domain]:
        """Field → what it may be, of a block or of the recipe."""
        names = {
            str(item[1])
            for one in self._classes
            for item in one.items
            if len(item) == 3 and item[0] == place
        }
        found = {}
        for name in sorted(names):
            values = self._united((place, name))
            numbers = all(is_number(value) for value in values)
            made = self._numbers if numbers else self._listed
            domain = made(place, name)
            if domain is not None:
                found[name] = domain
        return found

    def _listed(self, place: str, name: str) -> Domain | None:
        kept = self.words(place, name)
        return from_values(kept) if kept else None

    def _numbers(self, place: str, name: str) -> Domain:
        """Numbers on the grid, ascending, without the tails."""
        gridded: dict[Value, list[Value]] = {}
        shares = self._united((place, name))
        for value in shares:
            gridded.setdefault(on_grid(name, value), []).append(value)
        weights = {
            point: sum(shares[value] for value in values)
            for point, values in gridded.items()
        }
        left = without_tails(weights, self._thresholds.tail)
        for point in left:
            self._note((place, name), point, gridded[point])
        if name not in REAL:
            self._weigh((place, name), {point: weights[point] for point in left})
        if name in REAL and len(left) > 1:
            low, high = float(left[0]), float(left[-1])
            return FloatRange(low, high, log=REAL[name] and low > 0)
        return from_values(left)

    def _united(self, place: Sequence[str]) -> dict[Value, float]:
        """Value → share over all problems, each with its weight."""
        united: dict[Value, float] = {}
        for one in self._classes:
            for value, share in one.values(*place).items():
                weight = self._weights[one.problem]
                united[value] = united.get(value, 0.0) + weight * share
        return united

    def _note(
        self, place: Sequence[str], point: Value, values: Sequence[Value]
    ) -> None:
        """Remember who uses one of some values that are the same on the grid."""
        found = {}
        for one in self._classes:
            used = [
                one.items[item] for v in values if (item := (*place, v)) in one.items
            ]
            if used:
                networks = sum(support.networks for support in used)
                records = [name for support in used for name in support.records]
                found[one.problem] = {
                    "share": round(min(1.0, networks / one.networks), _DIGITS),
                    "records": records[:NAMED],
                }
        self._noted.setdefault(".".join(place), {})[str(point)] = found

    def provenance(self) -> dict[str, Any]:
        """Plain JSON: the problems, and who uses what."""
        return {
            "problems": {
                one.problem: {
                    "weight": round(self._weights[one.problem], _DIGITS),
                    "networks": one.networks,
                }
                for one in self._classes
            },
            "thresholds": asdict(self._thresholds),
            "items": self._noted,
        }


def without_tails(weights: Mapping[Value, float], tail: float) -> list[Value]:
    """Numbers in order, without those of the outer tails; one is always left.

    Args:
        weights: number → how much it weighs.
        tail: share of the whole weight that may be cut at either end.
    """
    points = sorted(weights)
    most = tail * sum(weights.values()) + 1e-12
    for at_end in (False, True):
        cut = 0.0
        while len(points) > 1:
            cut += weights[points[-1 if at_end else 0]]
            if cut > most:
                break
            points.pop(-1 if at_end else 0)
    return points
