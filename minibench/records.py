"""Records of the database: one network, how it was trained, what came of it.

An id is made from everything but the reviews, so that a review changes none, and the
same measurement has the same id wherever it is added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.architecture.wording import shown
from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError, ConfigError, ConflictError, DataError
from evonas.evaluation import Fidelity
from minibench import strict
from minibench.canonical import ID_DIGITS, canonical, digest
from minibench.cost import BenchCost
from minibench.problems import FORMAT, Problem, check_format, check_key
from minibench.provenance import Provenance
from minibench.reviews import Review, State
from minibench.written import check_kinds, written

#: most epochs that a curve can have
MAX_CURVE = 100_000
#: most reviews of one record
MAX_REVIEWS = 1_000

_KEYS = (
    "format",
    "id",
    "problem",
    "architecture",
    "input_shape",
    "recipe",
    "fidelity",
    "metrics",
    "curve",
    "cost",
    "seed",
    "strategy",
    "run",
    "provenance",
    "reviews",
)
_ID = re.compile(f"[0-9a-f]{{{ID_DIGITS}}}")

_USUAL_RECIPE = Recipe().to_json()

#: id of an architecture → the architecture, for records that only name theirs
Lookup = Callable[[str], Architecture]


def is_id(value: Any) -> bool:
    """Whether a value has the form of an id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


@dataclass(frozen=True)
class BenchRecord:
    """One training of one network on one problem.

    `evonas.evaluation.Record` is what a search gets back; this is what is kept of it
    for years. Checked when made; measured values become floats, so that equal contents
    have equal ids.

    Attributes:
        problem: key of the problem, see `Problem.key`.
        architecture: that was trained.
        input_shape: of one sample as it read it, channels first.
        recipe: that it was trained with; None: not known.
        fidelity: that it was trained at.
        metrics: name → value: `validation_<metric>`, `test_<metric>` and others.
        cost: of the network and its training.
        curve: one entry an epoch: {"epoch", "validation_<metric>", …}.
        seed: of the training; None: not known.
        strategy: that proposed it: `codeepneat`, `published`, `table`.
        run: that it comes from, as its owner names it; records of one run are not
            independent of each other.
        provenance: where the measurement comes from.
        reviews: history, oldest first; the last one gives the state.
    """

    problem: str
    architecture: Architecture
    input_shape: Shape
    recipe: Recipe | None
    fidelity: Fidelity
    metrics: Mapping[str, float]
    cost: BenchCost
    provenance: Provenance
    curve: tuple[Mapping[str, float], ...] = ()
    seed: int | None = None
    strategy: str = "unknown"
    run: str = "unknown"
    reviews: tuple[Review, ...] = ()

    def __post_init__(self) -> None:
        place = "record"
        check_key(self.problem, f"{place}: problem")
        put = object.__setattr__
        written(self.architecture)  # which complains about layers that cannot be
        put(self, "input_shape", strict.shape(self.input_shape, "record: input_shape"))
        put(self, "recipe", _uniform_recipe(self.recipe))
        put(self, "fidelity", _uniform_fidelity(self.fidelity))
        metrics = strict.numbers(self.metrics, f"{place}: metrics")
        put(self, "metrics", MappingProxyType(metrics))
        if len(self.curve) > MAX_CURVE:
            raise DataError(
                f"{place}: curve: expected at most {MAX_CURVE:,} points, got "
                f"{len(self.curve):,}"
            )
        curve = [
            MappingProxyType(strict.numbers(point, f"{place}: curve[{at}]"))
            for at, point in enumerate(self.curve)
        ]
        put(self, "curve", tuple(curve))
        if self.seed is not None:
            strict.whole(self.seed, f"{place}: seed")
        for name in ("strategy", "run"):
            if not strict.text(getattr(self, name), f"{place}: {name}", 400):
                raise DataError(f"{place}: {name}: expected a text, got an empty one")
        put(self, "reviews", tuple(sorted(set(self.reviews))))

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def id(self) -> str:
        """32 hex digits, equal where everything but the reviews is."""
        return digest(canonical(self._content(self.architecture_id)))

    @property
    def architecture_id(self) -> str:
        """See `minibench.written.Written.id`."""
        return written(self.architecture).id

    @property
    def fingerprint(self) -> str:
        """Of the architecture: equal up to isomorphism."""
        return self.architecture.fingerprint()

    @property
    def candidate(self) -> Candidate | None:
        """What a search would have to propose to ask for it; None: no known recipe."""
        if self.recipe is None:
            return None
        return Candidate(self.architecture, self.recipe)

    @property
    def state(self) -> State:
        """What the last review has found."""
        return self.reviews[-1].state if self.reviews else State.PROVISIONAL

    @property
    def reason(self) -> str:
        """Of the last review; "": it gave none."""
        return self.reviews[-1].reason if self.reviews else ""

    def value(self, problem: Problem) -> float | None:
        """What it is ranked by among the records of its problem; None: it has none."""
        return self.metrics.get(problem.ranked_by)

    def again(self, **changes: Any) -> BenchRecord:
        """Another training of the same network, whose id is not worked out again.

        Args:
            changes: the fields that differ; not the architecture.
        """
        return replace(self, **changes)

    def reviewed(self, *reviews: Review) -> BenchRecord:
        """The same record with further reviews."""
        return replace(self, reviews=(*self.reviews, *reviews))

    def to_json(self, *, reference: bool = False) -> dict[str, Any]:
        """Plain JSON form.

        Args:
            reference: give the architecture's id for the architecture.
        """
        known = self.architecture_id if reference else self.architecture.to_json()
        return {
            "format": FORMAT,
            "id": self.id,
            **self._content(known),
            "reviews": [review.to_json() for review in self.reviews],
        }

    def _content(self, architecture: Any) -> dict[str, Any]:
        """Plain JSON of everything that the id is made of."""
        return {
            "problem": self.problem,
            "architecture": architecture,
            "input_shape": list(self.input_shape),
            "recipe": None if self.recipe is None else self.recipe.lasting_json(),
            "fidelity": self.fidelity.to_json(),
            "metrics": dict(self.metrics),
            "curve": [dict(point) for point in self.curve],
            "cost": self.cost.to_json(),
            "seed": self.seed,
            "strategy": self.strategy,
            "run": self.run,
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(
        cls, data: Any, place: str = "record", lookup: Lookup | None = None
    ) -> BenchRecord:
        """The inverse of `to_json`; DataError for anything else.

        `id`, `curve` and `reviews` may be absent.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages: file and line.
            lookup: gives the architecture of an id, where the record only names it; it
                raises KeyError for one that it does not know.

        Raises:
            ConflictError: it names an id that is not made of this content.
        """
        fields = strict.Fields(data, place, _KEYS)
        check_format(fields)
        architecture = _architecture(fields, lookup)
        curve = fields.items("curve", MAX_CURVE) if fields.has("curve") else []
        reviews = fields.items("reviews", MAX_REVIEWS) if fields.has("reviews") else []
        known: dict[str, Any] = {
            "recipe": _recipe(fields),
            "fidelity": _fidelity(fields),
            "cost": BenchCost.from_json(fields.raw("cost"), f"{place}: cost"),
            "provenance": Provenance.from_json(
                fields.raw("provenance"), f"{place}: provenance"
            ),
            "reviews": tuple(
                Review.from_json(one, f"{place}: reviews[{at}]")
                for at, one in enumerate(reviews)
            ),
        }
        for name in ("problem", "input_shape", "metrics", "seed", "strategy", "run"):
            known[name] = fields.raw(name)
        made = strict.placed(
            place,
            "record",
            lambda: cls(architecture=architecture, curve=tuple(curve), **known),
        )
        if fields.has("id") and fields.raw("id") != made.id:
            raise ConflictError(
                f"{place}: id: expected {made.id}, which its content gives, got "
                f"{shown(fields.raw('id'))}; the record was changed after it was "
                "written: take the content back, or leave `id` out to make it a new one"
            )
        return made


def _architecture(fields: strict.Fields, lookup: Lookup | None) -> Architecture:
    found, place = fields.raw("architecture"), f"{fields.place}: architecture"
    if isinstance(found, str):
        if lookup is None:
            raise DataError(
                f"{place}: expected an object with format, layers and edges, got "
                f"{shown(found)}"
            )
        try:
            return lookup(found)
        except KeyError:
            raise DataError(
                f"{place}: expected an architecture that stands before its records, "
                f"got {shown(found)}"
            ) from None
    return read_architecture(found, place)


def read_architecture(data: Any, place: str) -> Architecture:
    """The architecture of a JSON form; DataError for anything else.

    Args:
        data: JSON values from anywhere.
        place: of them, for messages.
    """
    layers = data.get("layers") if isinstance(data, Mapping) else None
    if isinstance(layers, list):
        ops = [layer[0] for layer in layers if isinstance(layer, list) and layer]
        strict.placed(place, "record", lambda: check_kinds(ops))
    try:
        return Architecture.from_json(data)
    except ArchitectureError as error:
        raise DataError(f"{place}: {error}") from None


def _recipe(fields: strict.Fields) -> Recipe | None:
    found, place = fields.raw("recipe"), f"{fields.place}: recipe"
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise DataError(f"{place}: expected an object or null, got {shown(found)}")
    # Looked at here, since what follows remembers what it was given.
    for name, value in found.items():
        if not _is_scalar(value):
            raise DataError(
                f"{place}.{name}: expected a number, a word, true or false, got "
                f"{shown(value)}"
            )
    try:
        return _read_recipe(tuple(found), *found.values())
    except ConfigError as error:
        raise DataError(f"{fields.place}: {error}") from None


def _is_scalar(value: Any) -> bool:
    """Whether a value is one that a field of a recipe could have."""
    return (
        type(value) in (float, bool)
        or (type(value) is int and -(2**31) < value < 2**31)
        or (type(value) is str and len(value) < 40)
    )


@lru_cache(maxsize=8_192, typed=True)
def _read_recipe(names: tuple[str, ...], *values: Any) -> Recipe:
    """The recipe of these fields; records of one table or run have few."""
    return Recipe.from_json(dict(zip(names, values, strict=True)))


def _fidelity(fields: strict.Fields) -> Fidelity:
    place = f"{fields.place}: fidelity"
    names = ("epochs", "data_share", "resolution", "width")
    own = strict.Fields(fields.raw("fidelity"), place, names)
    values = {name: own.number(name) for name in names if own.has(name)}
    own.raw("epochs")
    try:
        return Fidelity(**values)
    except ConfigError as error:
        raise DataError(f"{fields.place}: {error}") from None


def _uniform_recipe(recipe: Recipe | None) -> Recipe | None:
    """With floats wherever a float is meant: 0 and 0.0 give one id."""
    if recipe is None:
        return None
    return _made_uniform(*[getattr(recipe, name) for name in _USUAL_RECIPE])


@lru_cache(maxsize=8_192, typed=True)
def _made_uniform(*values: Any) -> Recipe:
    """The recipe with these values of all its fields, in their order."""
    fields: dict[str, Any] = {}
    for (name, usual), value in zip(_USUAL_RECIPE.items(), values, strict=True):
        if isinstance(usual, float):
            value = strict.number(value, f"record: recipe.{name}")
        elif type(value) is not type(usual):
            words = {bool: "true or false", int: "a whole number", str: "a text"}
            raise DataError(
                f"record: recipe.{name}: expected {words[type(usual)]}, got "
                f"{shown(value)}"
            )
        fields[name] = value
    return Recipe(**fields)


def _uniform_fidelity(fidelity: Fidelity) -> Fidelity:
    values = {
        name: strict.number(value, f"record: fidelity.{name}")
        for name, value in fidelity.to_json().items()
    }
    if values["epochs"] < 0 or not 0 < values["data_share"] <= 1:
        raise DataError(
            "record: fidelity: expected epochs of 0 or more and a data_share above 0 "
            f"and up to 1, got {values['epochs']:g} and {values['data_share']:g}"
        )
    return Fidelity(**values)
