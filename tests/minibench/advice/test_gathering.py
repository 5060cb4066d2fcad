"""What a database knows of a task."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench_networks import problem

from evonas.candidate import Candidate
from evonas.errors import ConfigError, DatabaseError
from evonas.genome import nasbench201_space
from minibench import State
from minibench.advice import AdviceSettings, Knowledge, Wanted, gather
from minibench.database import Reader


def wanted(**changes: object) -> Wanted:
    """Of the problem `dots`, not judged, by records of any state."""
    fields = {
        "task": problem("dots"),
        "settings": AdviceSettings(),
        "states": (State.APPROVED, State.PROVISIONAL),
        "best": 8,
        "judged": False,
    }
    return Wanted(**{**fields, **changes})  # type: ignore[arg-type]


def names(found: Knowledge) -> dict[str, float]:
    """Name of a problem → its weight."""
    return {key.partition("@")[0]: weight for key, weight in found.weights.items()}


def test_problems_of_the_modality_count_and_sum_to_one(reader: Reader) -> None:
    """Each says why; series have no say in images."""
    found = gather(reader, wanted())
    assert set(names(found)) == {"dots", "lines", "rings"}
    assert sum(names(found).values()) == pytest.approx(1.0)
    assert all(one.why.startswith("by descriptors") for one in found.sources)
    assert found.task == problem("dots").key
    assert (found.classifiers, found.unjudged) == (None, "not wanted")
    assert found.topology is None


@pytest.mark.parametrize("by_key", [False, True])
def test_what_is_left_out_has_no_say(reader: Reader, by_key: bool) -> None:
    """Neither in the sets nor in the seeds; by name or key."""
    name = problem("dots").key if by_key else "dots"
    found = gather(reader, wanted(leave_out=(name, "rings")))
    assert names(found) == {"lines": 1.0}
    ids = {one.id for one in reader.records() if one.problem == problem("lines").key}
    assert found.seeds
    assert {one.source for one in found.seeds} <= ids


def test_named_problems_count_alike(reader: Reader) -> None:
    """Of any modality; those left out do not, and an unknown name is told."""
    found = gather(reader, wanted(problems=("lines", "waves")))
    assert names(found) == {"lines": 0.5, "waves": 0.5}
    assert {one.why for one in found.sources} == {"named"}
    found = gather(reader, wanted(problems=("lines", "rings"), leave_out=("rings",)))
    assert names(found) == {"lines": 1.0}
    with pytest.raises(DatabaseError, match="blobs"):
        gather(reader, wanted(problems=("blobs",)))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"states": (State.APPROVED,)}, r"records \(approved\) of dots@v1, lines@v1"),
        (
            {"task": replace(problem("dots"), modality="text", input_shape=(9,))},
            "of a problem of the modality text in the database, got none",
        ),
        ({"leave_out": ("dots", "lines", "rings")}, "of the modality image in the"),
    ],
)
def test_where_nothing_is_found_it_says_what_was_looked_for(
    reader: Reader, changes: dict[str, object], complaint: str
) -> None:
    """And how to see what there is."""
    with pytest.raises(ConfigError, match=f"{complaint}.*`minibench list`|{complaint}"):
        gather(reader, wanted(**changes))


def test_so_many_seeds_as_wanted_the_best_first(reader: Reader) -> None:
    """By default ten; none where none are wanted."""
    assert len(gather(reader, wanted()).seeds) == 10
    assert gather(reader, wanted(seeds=0)).seeds == ()
    (first,) = gather(reader, wanted(seeds=1, leave_out=("dots", "rings"))).seeds
    lines = [one for one in reader.records() if one.problem == problem("lines").key]
    best = max(lines, key=lambda one: one.metrics["validation_accuracy"])
    assert first.source == best.id


def test_the_best_networks_graph_may_be_held(reader: Reader) -> None:
    """Also where no seeds are wanted."""
    found = gather(reader, wanted(seeds=0, held=True))
    assert found.seeds == ()
    assert found.topology == gather(reader, wanted(seeds=1)).seeds[0].candidate


def test_a_graph_is_held_that_fits(reader: Reader) -> None:
    """The best that hardly changes, else the one that changes least, else none."""
    held = wanted(seeds=3, held=True)
    ranked = [one.candidate for one in gather(reader, wanted(seeds=3)).seeds]

    def topology(*far: float | None) -> Candidate | None:
        known = {one.key(): found for one, found in zip(ranked, far, strict=True)}
        found = gather(
            reader, held, distance=lambda candidate: known.get(candidate.key())
        )
        assert found.topology == found.seeds[0].candidate
        assert len(found.seeds) == 3
        return found.topology

    assert topology(None, 0.1, 0.0) == ranked[1]
    assert topology(0.9, 0.8, 0.85) == ranked[1]
    with pytest.raises(ConfigError, match=r"constraints\.vary: expected a network of"):
        topology(None, None, None)


def test_sets_say_what_the_best_use(reader: Reader) -> None:
    """By the style of the problem."""
    found = gather(reader, wanted(leave_out=("dots", "rings")))
    (source,) = found.sources
    assert source.sets.networks == 8
    assert source.sets.share(("blocks", "separable_conv")) == 1.0
    assert source.sets.share(("merges", "sum")) < 0.5


def test_a_tables_cells_are_told_by_their_choices(reader: Reader) -> None:
    """Networks of layers that translate into none of them have none."""
    only = wanted(best=2, leave_out=("dots", "rings"))
    found = gather(reader, only, nasbench201_space())
    for source in found.sources:
        assert {str(item[0]) for item in source.sets.items} <= {"choices"}


def test_candidates_are_judged_or_it_is_said_why_not(
    reader: Reader, knowledge: Knowledge
) -> None:
    """By what is fitted, or by what was fitted before."""
    assert knowledge.classifiers is not None
    threshold = knowledge.classifiers.threshold
    warranted = threshold is not None and threshold.warranted
    assert (knowledge.unjudged == "") == warranted
    one = gather(reader, wanted(judged=True, leave_out=("dots", "rings")))
    assert one.classifiers is None
    assert "two" in one.unjudged or "problems" in one.unjudged
    two = gather(reader, wanted(judged=True, leave_out=("dots",)))
    assert two.classifiers is not None
    if two.classifiers.threshold is None:
        assert two.unjudged == (
            "no threshold: too few problems can be left out in turn"
        )
    given = gather(reader, wanted(judged=True, classifiers=knowledge.classifiers))
    assert given.classifiers is knowledge.classifiers


def test_the_same_database_gives_the_same_knowledge(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is so large that a part of it is read."""
    assert gather(reader, wanted()) == gather(reader, wanted())
    monkeypatch.setattr("minibench.advice.gathering._WHOLE", 10)
    monkeypatch.setattr("minibench.advice.gathering._PART", 2)
    part, again = (gather(reader, wanted(best=4)) for _ in range(2))
    assert part == again
    assert [one.source for one in part.seeds][:2] == [
        one.source for one in gather(reader, wanted(best=4)).seeds
    ][:2]
