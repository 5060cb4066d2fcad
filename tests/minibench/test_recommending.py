"""What a database expects of data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_records import PROBLEM, SHAPE, record, review
from hypothesis import given
from hypothesis import strategies as st

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity
from evonas.genome import NetworkGenomes
from evonas.space import default_space
from minibench import (
    Batch,
    BenchCost,
    BenchRecord,
    Characterisation,
    Problem,
    Provenance,
    State,
)
from minibench.database import Database, Reader
from minibench.recommendation import Recommendation
from minibench.recommending import quantile, recommend

GENOMES = NetworkGenomes(default_space("image", SHAPE), SHAPE, 3)


def problem(name: str, dcn: float | None, **changes: object) -> Problem:
    """A problem of images, perhaps with a ProbeNet number."""
    numbers = [Characterisation("samples", 1000.0)]
    if dcn is not None:
        numbers.append(Characterisation("dcn", dcn, {"epochs": 10}))
    made = replace(PROBLEM, name=name, characterisation=tuple(numbers))
    return replace(made, **changes)  # type: ignore[arg-type]


def of(
    one: Problem, value: float, run: str, seed: int, *, approved: bool = True
) -> BenchRecord:
    """A record whose network the space can say exactly."""
    rng = np.random.default_rng(seed)
    while True:
        candidate = GENOMES.decode(GENOMES.draw(rng))
        if not GENOMES.refusal(candidate):
            break
    made = record(
        problem=one.key,
        architecture=candidate.architecture,
        recipe=candidate.recipe,
        metrics={one.ranked_by: value},
        cost=BenchCost.of(candidate.architecture, SHAPE, 10.0 * value),
        run=run,
        seed=seed,
    )
    return replace(made, reviews=(review(),)) if approved else made


TASK = problem("task", 0.8)
#: near, far, of another metric, of units of its own, of another modality
NEAR, FAR = problem("near", 0.79), problem("far", 0.4)
OTHER = problem("other", 0.75, metric="matthews")
ERRORS = problem("errors", 0.8, kind="regression", metric="rmse", direction="minimise")
SERIES = problem("series", 0.8, modality="series", input_shape=(1, 9))
RECORDS = [
    of(NEAR, 0.9, "near-0", 0),
    of(NEAR, 0.7, "near-0", 1),
    of(NEAR, 0.8, "near-1", 2),
    of(NEAR, 0.99, "near-1", 3, approved=False),
    of(FAR, 0.5, "far-0", 4),
    of(OTHER, 0.3, "other-0", 5),
    of(ERRORS, 12.0, "errors-0", 6),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Of a database of these."""
    path: Path = tmp_path_factory.mktemp("known") / "bench.sqlite"
    problems = (NEAR, FAR, OTHER, ERRORS, SERIES)
    with Database.create(str(path))[0] as database:
        database.add(Batch(problems, RECORDS))
        with database.reading() as found:
            yield found


def asked(reader: Reader, task: Problem = TASK, **changes: object) -> Recommendation:
    """What is recommended."""
    return recommend(reader, task, GENOMES, **changes)  # type: ignore[arg-type]


def test_the_nearest_problems_come_first_with_what_is_known(reader: Reader) -> None:
    """Approved records alone; searches by name, the best first; weights sum to 1."""
    found = asked(reader)
    names = [one.problem.name for one in found.neighbours]
    assert names == ["errors", "near", "other", "far"]
    assert sum(one.weight for one in found.neighbours) == pytest.approx(1.0)
    near = found.neighbours[1]
    assert near.why == "|ΔDCN| 0.01"
    assert [(run.name, run.networks, run.best) for run in near.runs] == [
        ("near-0", 2, 0.9),
        ("near-1", 1, 0.8),
    ]
    assert near.runs[0].seconds == pytest.approx(16.0)
    assert found.modalities == ("image",)  # of the series nobody has a record
    every = asked(reader, states=(State.APPROVED, State.PROVISIONAL))
    assert every.neighbours[1].runs[0].best == 0.99


def test_only_values_that_mean_the_same_are_carried_over(reader: Reader) -> None:
    """Equal metrics of an equal kind; an error in its own units on its own data."""
    found = asked(reader)
    assert found.metric is not None
    assert set(found.metric.problems) == {NEAR.key, FAR.key}
    assert found.metric.count == 3
    assert found.metric.quantiles[0] in (0.5, 0.8)
    assert found.metric.quantiles[2] == 0.9
    errors = replace(ERRORS, name="rest")
    assert asked(reader, errors).metric is None
    own = asked(reader, ERRORS)
    assert own.known
    assert own.metric is not None
    assert own.metric.quantiles == (12.0, 12.0, 12.0)


def test_the_starting_network_is_the_best_of_the_nearest(reader: Reader) -> None:
    """Told in the space, and how exactly; what is left out has no say."""
    found = asked(reader, leave_out=("errors",)).start
    assert found is not None
    assert found.record.id == RECORDS[0].id
    assert found.changes == ()
    assert found.distance == 0
    assert found.candidate.architecture.fingerprint() == RECORDS[0].fingerprint
    assert found.parameters == RECORDS[0].cost.parameters
    assert asked(reader).closest is None  # nothing is nearer than the same


def test_a_network_that_can_be_told_better_is_named(tmp_path: Path) -> None:
    """Beside the best one, which loses something in the space."""
    best = replace(
        record(0.99, problem=NEAR.key), reviews=(review(),), fidelity=Fidelity(2.0)
    )
    with Database.create(str(tmp_path / "bench.sqlite"))[0] as database:
        database.add(Batch((NEAR,), [*RECORDS[:3], best]))
        with database.reading() as reader:
            found = asked(reader)
    assert found.start is not None
    assert found.start.record.id == best.id
    assert found.start.changes
    assert found.closest is not None
    assert found.closest.record.id == RECORDS[0].id
    assert found.closest.changes == ()


def test_a_guess_is_held_against_what_is_known(reader: Reader) -> None:
    """Each problem from the others: `near` (0.85 in the middle) from `far`."""
    found = asked(reader)
    assert found.misses == {
        NEAR.key: pytest.approx(0.35),
        FAR.key: pytest.approx(0.3),
    }
    assert found.miss == pytest.approx(0.325)
    assert asked(reader, ERRORS).miss is None


def test_without_a_number_descriptors_decide(reader: Reader) -> None:
    """And it says so."""
    found = asked(reader, problem("task", None))
    assert all(one.why.startswith("by descriptors") for one in found.neighbours)
    assert found.samples(found.neighbours[0]) == pytest.approx(1.0)


def test_of_another_modality_nothing_is_known(reader: Reader) -> None:
    """No neighbour, no network, no expectation."""
    text = problem("letters", 0.8, modality="text", input_shape=(1, 9))
    found = asked(reader, text)
    assert found.neighbours == ()
    assert (found.start, found.metric, found.seconds) == (None, None, None)
    assert found.miss is None


def test_records_of_the_fidelity_of_most_are_compared(tmp_path: Path) -> None:
    """Longer trainings of a few are better and say nothing of the others."""
    long = replace(
        of(NEAR, 0.99, "near-0", 9),
        fidelity=Fidelity(50.0),
        provenance=Provenance("Ada", "2026", "elsewhere", "CC0-1.0"),
    )
    unknown = replace(of(NEAR, 0.95, "near-0", 8), recipe=None)
    with Database.create(str(tmp_path / "bench.sqlite"))[0] as database:
        database.add(Batch((NEAR,), [*RECORDS[:3], long, unknown]))
        with database.reading() as reader:
            found = asked(reader)
    (near,) = found.neighbours
    assert near.runs[0].best == 0.95
    assert near.fidelity == RECORDS[0].fidelity
    assert found.start is not None
    # of an unknown recipe the usual one is taken
    assert found.start.record.recipe is None
    assert isinstance(found.start.candidate.recipe, Recipe)


values = st.lists(
    st.tuples(st.floats(-9, 9), st.floats(0.1, 9)), min_size=1, max_size=9
)


@given(values, st.floats(0, 1), st.floats(0, 1))
def test_quantiles_are_values_and_ascend(
    weighted: list[tuple[float, float]], one: float, other: float
) -> None:
    """The ends are the least and the greatest."""
    known = [value for value, _ in weighted]
    low, high = sorted((one, other))
    assert quantile(weighted, low) in known
    assert quantile(weighted, low) <= quantile(weighted, high)
    assert quantile(weighted, 0) == min(known)
    assert quantile(weighted, 1) == max(known)


def test_a_weight_counts_as_so_many_values() -> None:
    """Three of weight one are one of weight three."""
    assert quantile([(1.0, 3.0), (2.0, 1.0)], 0.5) == 1.0
    assert quantile([(1.0, 1.0), (2.0, 3.0)], 0.5) == 2.0
