"""NAS-HPO-Bench-II as records: an object like the official package's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from formats.test_nashpobench2 import Api

from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError, DataError
from minibench.importers import read_source
from minibench.importers.nashpobench2 import nashpobench2_architecture


def records(**options: Any) -> list[Any]:
    """All records of the small object."""
    return [one for _, one in read_source("nas-hpo-bench-ii", Api(), **options)]


def test_each_training_is_a_record_with_its_recipe() -> None:
    """Cells times rates times sizes times seeds."""
    found = records()
    assert len(found) == 2 * 2 * 2 * 2
    assert len({one.id for one in found}) == len(found)
    recipes = {(one.recipe.learning_rate, one.recipe.batch_size) for one in found}
    assert recipes == {(0.1, 16), (0.1, 32), (0.2, 16), (0.2, 32)}
    assert {one.seed for one in found} == {0, 1}
    assert {one.problem for one in found} == {"cifar10@nas-hpo-bench-ii"}
    assert {one.fidelity.epochs for one in found} == {12.0}


def test_the_curve_is_taken_where_it_is_asked_for() -> None:
    """Twelve epochs, whose last is the metric."""
    assert records()[0].curve == ()
    curve = records(curves=True)[0].curve
    assert [point["epoch"] for point in curve] == list(range(1, 13))
    metric = records()[0].metrics["validation_accuracy"]
    assert curve[-1]["validation_accuracy"] == metric


def test_the_network_has_biases_outside_its_cells() -> None:
    """304 parameters more than NAS-Bench-201's: stem, and three of each reduction."""
    plain = NasBench201Cell("333333").architecture().cost((3, 32, 32))
    own = nashpobench2_architecture("333333").cost((3, 32, 32))
    assert own.parameters - plain.parameters == 16 + 3 * 32 + 3 * 64
    assert own.multiply_adds == plain.multiply_adds


def test_a_path_is_refused_with_the_way_to_hand_the_object_over(tmp_path: Path) -> None:
    """Its files are pickles, which nobody here opens."""
    for source in (tmp_path, str(tmp_path / "bench12.pkl")):
        with pytest.raises(DataError, match=r"are pickles.*NASHPOBench2API"):
            read_source("nas-hpo-bench-ii", source)
    with pytest.raises(ConfigError, match="expected an object from Python, got none"):
        read_source("nas-hpo-bench-ii")
