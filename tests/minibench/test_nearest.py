"""Which problems resemble a data set."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from bench_records import PROBLEM

from evonas.errors import DataError
from minibench import Characterisation, Problem
from minibench.nearest import BROAD_SCALE, resemblances, resembling


def number(value: float, epochs: int = 10) -> Characterisation:
    """A DCN."""
    return Characterisation("dcn", value, {"epochs": epochs})


def known(name: str, value: float, epochs: int = 10, **changes: object) -> Problem:
    """A problem with a DCN."""
    problem = replace(PROBLEM, name=name, characterisation=(number(value, epochs),))
    return replace(problem, **changes)  # type: ignore[arg-type]


def test_the_nearer_the_number_the_more_it_weighs() -> None:
    """Weights sum to 1; the problem itself, under any version, is no neighbour."""
    others = [known("near", 0.82), known("far", 0.3), known("dots", 0.8, version="v9")]
    found = resembling(PROBLEM, [number(0.8)], {one.key: one for one in others})
    assert set(found) == {"near@v1", "far@v1"}
    assert found["near@v1"] > 0.9
    assert sum(found.values()) == pytest.approx(1.0)


def test_only_equal_settings_and_modalities_are_compared() -> None:
    """Others have no say; without any it is said what to do."""
    others = [
        known("series", 0.8, modality="series", input_shape=(1, 9)),
        known("longer", 0.8, epochs=20),
    ]
    with pytest.raises(DataError, match="expected another problem of the modality"):
        resembling(PROBLEM, [number(0.8)], {one.key: one for one in others})
    with pytest.raises(DataError, match="expected its dcn, got none"):
        resembling(PROBLEM, [], {one.key: one for one in others})


# Resemblances -------------------------------------------------------------------------


def keyed(*problems: Problem) -> dict[str, Problem]:
    """By their keys."""
    return {one.key: one for one in problems}


def test_a_characterised_task_is_compared_by_its_number() -> None:
    """With those that have one of equal settings; itself is the nearest of all."""
    task = known("dots", 0.8)
    others = keyed(
        task,
        known("near", 0.82),
        known("far", 0.3),
        known("longer", 0.8, epochs=20),
        known("series", 0.8, modality="series", input_shape=(1, 9)),
    )
    found = resemblances(task, others)
    assert list(found) == ["dots@v1", "near@v1", "far@v1"]
    weights = [one.weight for one in found.values()]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1.0)
    assert found["far@v1"].why == "|ΔDCN| 0.5"
    assert weights[1] / weights[0] == pytest.approx(math.exp(-0.02 / 0.1))


def test_without_a_number_descriptors_tell() -> None:
    """Size of samples, outputs, what is predicted, how many samples."""
    task = replace(PROBLEM, characterisation=(Characterisation("samples", 1000.0, {}),))
    alike = replace(task, name="alike")
    larger = replace(task, name="larger", input_shape=(3, 32, 32))
    more = replace(task, name="more", outputs=30)
    fewer = replace(
        task, name="fewer", characterisation=(Characterisation("samples", 10.0, {}),)
    )
    other = replace(task, name="other", kind="regression", outputs=3)
    found = resemblances(task, keyed(alike, larger, more, fewer, other))
    far = {key.partition("@")[0]: one.weight for key, one in found.items()}
    assert far["alike"] == max(far.values())
    assert far["larger"] == min(far.values())
    assert far["alike"] / far["other"] == pytest.approx(math.exp(1 / BROAD_SCALE))
    assert far["alike"] / far["more"] == pytest.approx(
        math.exp(math.log(10) / BROAD_SCALE)
    )
    assert far["alike"] / far["fewer"] == pytest.approx(
        math.exp(math.log(100) / 2 / BROAD_SCALE)
    )
    assert found["alike@v1"].why == "by descriptors 0"


def test_nothing_resembles_a_task_of_another_modality() -> None:
    """Nor in an empty database."""
    assert resemblances(PROBLEM, {}) == {}
    series = known("series", 0.8, modality="series", input_shape=(1, 9))
    assert resemblances(PROBLEM, keyed(series)) == {}
