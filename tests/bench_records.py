"""Problems and records of the mini-benchmark database, drawn and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from architecture_strategies import architectures
from hypothesis import strategies as st
from small_networks import convolutional

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from minibench import (
    BenchCost,
    BenchRecord,
    Characterisation,
    Problem,
    Provenance,
    Review,
    State,
)

SHAPE = (1, 8, 8)

#: a problem of 3 classes whose samples `small_networks.convolutional` reads
PROBLEM = Problem(
    name="dots",
    version="v1",
    modality="image",
    input_shape=SHAPE,
    kind="classification",
    outputs=3,
    metric="accuracy",
    direction="maximise",
)
PROVENANCE = Provenance("Ada", "2026-11-22T10:15:00Z", "run/first", "CC0-1.0")


def record(accuracy: float = 0.5, filters: int = 6, **changes: Any) -> BenchRecord:
    """A record of `PROBLEM`; equal arguments give the same one.

    Args:
        accuracy: on the validation data.
        filters: of its network.
        changes: other fields.
    """
    architecture = convolutional(filters=filters)
    fields: dict[str, Any] = {
        "problem": PROBLEM.key,
        "architecture": architecture,
        "input_shape": SHAPE,
        "recipe": Recipe(),
        "fidelity": Fidelity(2.0),
        "metrics": {"validation_accuracy": accuracy},
        "curve": ({"epoch": 1, "validation_accuracy": accuracy / 2},),
        "cost": BenchCost.of(architecture, SHAPE, 1.5),
        "provenance": PROVENANCE,
        "seed": 1,
        "strategy": "random",
        "run": "first",
    }
    return BenchRecord(**{**fields, **changes})


def review(state: State = State.APPROVED, day: int = 1, **changes: Any) -> Review:
    """A review; equal arguments give the same one."""
    fields: dict[str, Any] = {
        "when": f"2026-12-{day:02}T00:00:00Z",
        "who": "Grace",
        "state": state,
        "reason": "trained again" if state is State.APPROVED else "cannot be right",
    }
    return Review(**{**fields, **changes})


_word = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=9
)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_name = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True)
_plain = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**63, 2**63 - 1) | _finite | _word,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_word, inner),
    max_leaves=5,
)
_whens = st.sampled_from(
    ("2015", "2015-12", "2026-02-28", "2026-11-22T10:15:00Z", "2024-02-29")
)

characterisations = st.builds(
    Characterisation, _name, _finite, st.dictionaries(_word, _plain, max_size=2)
)
problems = st.builds(
    Problem,
    name=_name,
    version=_name,
    modality=st.sampled_from(("image", "series", "text", "table")),
    input_shape=st.lists(st.integers(1, 2**20), min_size=1, max_size=4).map(tuple),
    kind=st.sampled_from(("classification", "regression")),
    outputs=st.integers(1, 2**31),
    metric=st.sampled_from(("accuracy", "rmse", "own.metric")),
    direction=st.sampled_from(("maximise", "minimise")),
    plausible=st.sampled_from(((None, None), (0.0, 1.0), (None, 3.0))),
    characterisation=st.lists(
        characterisations, max_size=2, unique_by=lambda one: one.what
    ).map(tuple),
)
recipes = st.builds(
    Recipe,
    optimizer=st.sampled_from(("sgd", "adam")),
    learning_rate=st.floats(0, 1e3) | st.integers(0, 10),
    batch_size=st.integers(1, 4096),
    crop=st.floats(0.1, 1.0),
    nesterov=st.booleans(),
)
provenances = st.builds(Provenance, _word, _whens, _word, _word)
_times = st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}".zfill(20))
reviews = st.builds(
    Review, _times, _word, st.sampled_from(State), st.text("because", min_size=1)
)
numbers = st.dictionaries(
    st.sampled_from(("validation_accuracy", "test_accuracy", "validation_loss")),
    _finite,
)


@st.composite
def records(
    draw: st.DrawFn, of: Sequence[str] = ("digits@v1", "protein@v2")
) -> BenchRecord:
    """A record over the whole catalogue of layers, of one of these problems."""
    architecture, shape = draw(architectures(max_layers=6))
    return BenchRecord(
        problem=draw(st.sampled_from(of)),
        architecture=architecture,
        input_shape=shape,
        recipe=draw(st.none() | recipes),
        fidelity=Fidelity(draw(st.floats(0, 1e6)), draw(st.floats(0.01, 1))),
        metrics=draw(numbers),
        cost=BenchCost.of(architecture, shape, draw(st.none() | st.floats(0, 1e9))),
        curve=tuple(draw(st.lists(numbers, max_size=2))),
        seed=draw(st.none() | st.integers(0, 2**63 - 1)),
        strategy=draw(_word),
        run=draw(_word),
        provenance=draw(provenances),
        reviews=tuple(draw(st.lists(reviews, max_size=2))),
    )
